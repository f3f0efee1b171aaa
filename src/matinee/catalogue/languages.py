"""Languages: ISO 639-1 codes, and a few of ISO 639-3 that films are spoken in.

TMDb's codes that are not of ISO 639-1 are read as the language they mean: ``cn`` (its Cantonese)
as ``zh``, ``sh`` as ``sr``, ``mo`` as ``ro``, ``nb`` and ``nn`` as ``no``; ``xx`` is no language.
"""

from __future__ import annotations

import unicodedata

# Code: (English name, other names and codes).
_LANGUAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "aa": ("Afar", ("Qafar", "aar")),
    "ab": ("Abkhazian", ("Аԥсшәа", "abk")),
    "ae": ("Avestan", ("ave",)),
    "af": ("Afrikaans", ("afr",)),
    "ak": ("Akan", ("aka", "Twi")),
    "am": ("Amharic", ("አማርኛ", "amh")),
    "an": ("Aragonese", ("aragonés", "arg")),
    "ang": ("Old English", ()),
    "ar": ("Arabic", ("العربية", "ara")),
    "arc": ("Aramaic", ("Official Aramaic",)),
    "as": ("Assamese", ("অসমীয়া", "asm")),
    "ase": ("American Sign Language", ("ASL",)),
    "ast": ("Asturian", ("asturianu",)),
    "av": ("Avaric", ("ava",)),
    "awa": ("Awadhi", ()),
    "ay": ("Aymara", ("aym",)),
    "az": ("Azerbaijani", ("azərbaycan", "aze")),
    "ba": ("Bashkir", ("башҡорт теле", "bak")),
    "ban": ("Balinese", ()),
    "bar": ("Bavarian", ()),
    "be": ("Belarusian", ("беларуская", "bel")),
    "bfi": ("British Sign Language", ()),
    "bg": ("Bulgarian", ("български", "bul")),
    "bhb": ("Bhili", ()),
    "bho": ("Bhojpuri", ("भोजपुरी",)),
    "bi": ("Bislama", ("bis",)),
    "bm": ("Bambara", ("bamanakan", "bam", "Bamanankan")),
    "bn": ("Bengali", ("বাংলা", "ben")),
    "bo": ("Tibetan", ("བོད་སྐད་", "bod", "tib")),
    "br": ("Breton", ("brezhoneg", "bre")),
    "bs": ("Bosnian", ("bosanski", "bos")),
    "ca": ("Catalan", ("català", "cat", "Valencian")),
    "ce": ("Chechen", ("нохчийн", "che")),
    "ch": ("Chamorro", ("cha",)),
    "chr": ("Cherokee", ("ᏣᎳᎩ",)),
    "ckb": ("Central Kurdish", ("کوردیی ناوەندی",)),
    "co": ("Corsican", ("corsu", "cos")),
    "cop": ("Coptic", ()),
    "cr": ("Cree", ("cre",)),
    "crs": ("Seselwa Creole French", ()),
    "cs": ("Czech", ("čeština", "ces", "cze")),
    "cu": ("Church Slavic", ("церковнослове́нскїй", "chu")),
    "cv": ("Chuvash", ("чӑваш", "chv")),
    "cy": ("Welsh", ("Cymraeg", "cym", "wel")),
    "da": ("Danish", ("dansk", "dan")),
    "de": ("German", ("Deutsch", "deu", "ger")),
    "doi": ("Dogri", ("डोगरी",)),
    "dv": ("Dhivehi", ("ދިވެހިބަސް", "div")),
    "dz": ("Dzongkha", ("རྫོང་ཁ", "dzo")),
    "ee": ("Ewe", ("eʋegbe",)),
    "el": ("Greek", ("Ελληνικά", "Modern Greek", "ell", "gre")),
    "en": ("English", ("eng", "American English", "British English")),
    "eo": ("Esperanto", ("epo",)),
    "es": ("Spanish", ("español", "spa", "Castilian", "Castellano", "Spanish; Castilian")),
    "et": ("Estonian", ("eesti", "est")),
    "eu": ("Basque", ("euskara", "eus", "baq")),
    "fa": ("Persian", ("فارسی", "fas", "per", "Farsi", "Dari", "prs")),
    "ff": ("Fula", ("Pulaar", "Fulah", "ful", "Fulfulde")),
    "fi": ("Finnish", ("suomi", "fin")),
    "fj": ("Fijian", ("fij",)),
    "fo": ("Faroese", ("føroyskt", "fao")),
    "fr": ("French", ("français", "fra", "fre", "Québécois")),
    "fur": ("Friulian", ("furlan",)),
    "fy": ("Western Frisian", ("Frysk", "fry")),
    "ga": ("Irish", ("Gaeilge", "gle")),
    "gbm": ("Garhwali", ()),
    "gd": ("Scottish Gaelic", ("Gàidhlig", "gla", "Gaelic", "Scots Gaelic")),
    "gl": ("Galician", ("galego", "glg")),
    "gn": ("Guarani", ("avañe’ẽ", "grn")),
    "got": ("Gothic", ()),
    "grc": ("Ancient Greek", ()),
    "gsw": ("Swiss German", ("Schwiizertüütsch",)),
    "gu": ("Gujarati", ("ગુજરાતી", "guj")),
    "gv": ("Manx", ("Gaelg", "glv")),
    "ha": ("Hausa", ("hau",)),
    "haw": ("Hawaiian", ("ʻŌlelo Hawaiʻi",)),
    "he": ("Hebrew", ("עברית", "heb", "iw", "Modern Hebrew")),
    "hi": ("Hindi", ("हिन्दी", "hin")),
    "hmn": ("Hmong", ()),
    "hne": ("Chhattisgarhi", ()),
    "ho": ("Hiri Motu", ("hmo",)),
    "hr": ("Croatian", ("hrvatski", "hrv")),
    "ht": ("Haitian Creole", ("Kreyòl Ayisyen", "Haitian", "hat")),
    "hu": ("Hungarian", ("magyar", "hun")),
    "hy": ("Armenian", ("հայերեն", "hye", "arm")),
    "hz": ("Herero", ("her",)),
    "ia": ("Interlingua", ("ina",)),
    "id": ("Indonesian", ("Indonesia", "ind", "in", "Bahasa Indonesia")),
    "ie": ("Interlingue", ("ile",)),
    "ig": ("Igbo", ("ibo",)),
    "ii": ("Sichuan Yi", ("ꆈꌠꉙ", "iii")),
    "ik": ("Inupiaq", ("ipk",)),
    "io": ("Ido", ()),
    "is": ("Icelandic", ("íslenska", "isl", "ice")),
    "it": ("Italian", ("italiano", "ita")),
    "iu": ("Inuktitut", ("ᐃᓄᒃᑎᑐᑦ", "iku")),
    "ja": ("Japanese", ("日本語", "jpn")),
    "jv": ("Javanese", ("Jawa", "jav", "jw")),
    "ka": ("Georgian", ("ქართული", "kat", "geo")),
    "kab": ("Kabyle", ("Taqbaylit",)),
    "kg": ("Kongo", ("kon",)),
    "kha": ("Khasi", ()),
    "ki": ("Kikuyu", ("Gikuyu", "kik")),
    "kj": ("Kuanyama", ("kua",)),
    "kk": ("Kazakh", ("қазақ тілі", "kaz")),
    "kl": ("Kalaallisut", ("kal", "Greenlandic")),
    "km": ("Khmer", ("ខ្មែរ", "khm", "Central Khmer")),
    "kn": ("Kannada", ("ಕನ್ನಡ", "kan")),
    "ko": ("Korean", ("한국어", "kor")),
    "kok": ("Konkani", ("कोंकणी",)),
    "kr": ("Kanuri", ("kau",)),
    "ks": ("Kashmiri", ("کٲشُر", "kas")),
    "ksh": ("Colognian", ("Kölsch",)),
    "ku": ("Kurdish", ("kurdî (kurmancî)", "kur")),
    "kv": ("Komi", ("kom",)),
    "kw": ("Cornish", ("kernewek", "cor")),
    "ky": ("Kyrgyz", ("кыргызча", "Kirghiz", "kir")),
    "la": ("Latin", ("Latina", "lat")),
    "lb": ("Luxembourgish", ("Lëtzebuergesch", "ltz", "Letzeburgesch")),
    "lg": ("Ganda", ("Luganda", "lug")),
    "li": ("Limburgish", ("Limburgan", "lim")),
    "lkt": ("Lakota", ("Lakȟólʼiyapi",)),
    "ln": ("Lingala", ("lingála", "lin")),
    "lo": ("Lao", ("ລາວ",)),
    "lt": ("Lithuanian", ("lietuvių", "lit")),
    "lu": ("Luba-Katanga", ("Tshiluba", "lub")),
    "lus": ("Mizo", ("Lushai",)),
    "lv": ("Latvian", ("latviešu", "lav")),
    "mag": ("Magahi", ()),
    "mai": ("Maithili", ("मैथिली",)),
    "mg": ("Malagasy", ("mlg",)),
    "mh": ("Marshallese", ("mah",)),
    "mi": ("Maori", ("mri", "mao")),
    "mk": ("Macedonian", ("македонски", "mkd", "mac")),
    "ml": ("Malayalam", ("മലയാളം", "mal")),
    "mn": ("Mongolian", ("монгол", "mon")),
    "mni": ("Manipuri", ("মৈতৈলোন্",)),
    "mr": ("Marathi", ("मराठी", "mar")),
    "ms": ("Malay", ("Melayu", "msa", "may", "Bahasa Malaysia", "Bahasa Melayu")),
    "mt": ("Maltese", ("Malti", "mlt")),
    "mwl": ("Mirandese", ()),
    "my": ("Burmese", ("မြန်မာ", "mya", "bur", "Myanmar")),
    "myv": ("Erzya", ("эрзянь кель",)),
    "na": ("Nauru", ("nau",)),
    "nap": ("Neapolitan", ()),
    "nd": ("North Ndebele", ("isiNdebele", "nde")),
    "nds": ("Low German", ("Neddersass’sch",)),
    "ne": ("Nepali", ("नेपाली", "nep")),
    "ng": ("Ndonga", ("ndo",)),
    "njo": ("Ao Naga", ()),
    "nl": ("Dutch", ("Nederlands", "nld", "dut", "Flemish", "Vlaams")),
    "no": (
        "Norwegian",
        (
            "norsk",
            "nor",
            "nb",
            "nn",
            "nob",
            "nno",
            "Norwegian Bokmål",
            "Bokmål",
            "Bokmal",
            "Nynorsk",
            "Norwegian Nynorsk",
        ),
    ),
    "nqo": ("N’Ko", ("ߒߞߏ", "N'Ko")),
    "nr": ("South Ndebele", ("isiNdebele", "nbl")),
    "nv": ("Navajo", ("Diné Bizaad", "nav")),
    "ny": ("Nyanja", ("Chichewa", "nya", "Chewa")),
    "oc": ("Occitan", ("oci",)),
    "oj": ("Ojibwa", ("oji",)),
    "om": ("Oromo", ("Oromoo", "orm")),
    "or": ("Odia", ("ଓଡ଼ିଆ", "Oriya", "ori")),
    "os": ("Ossetic", ("ирон", "Ossetian", "oss")),
    "pa": ("Punjabi", ("ਪੰਜਾਬੀ", "Panjabi", "pan")),
    "pap": ("Papiamento", ("Papiamentu",)),
    "pi": ("Pali", ("pli",)),
    "pl": ("Polish", ("polski", "pol")),
    "ps": ("Pashto", ("پښتو", "Pushto", "pus")),
    "pt": ("Portuguese", ("português", "por", "Brazilian Portuguese", "Brazilian")),
    "qu": ("Quechua", ("Runasimi", "que")),
    "raj": ("Rajasthani", ("राजस्थानी",)),
    "rm": ("Romansh", ("rumantsch", "roh")),
    "rn": ("Rundi", ("Ikirundi", "run")),
    "ro": ("Romanian", ("română", "ron", "rum", "mo", "mol", "Moldovan", "Moldavian")),
    "rom": ("Romany", ()),
    "ru": ("Russian", ("русский", "rus")),
    "rw": ("Kinyarwanda", ("Ikinyarwanda", "kin")),
    "sa": ("Sanskrit", ("संस्कृत भाषा", "san")),
    "sat": ("Santali", ("ᱥᱟᱱᱛᱟᱲᱤ",)),
    "sc": ("Sardinian", ("sardu", "srd")),
    "scn": ("Sicilian", ("sicilianu",)),
    "sco": ("Scots", ()),
    "sd": ("Sindhi", ("سنڌي", "snd")),
    "se": ("Northern Sami", ("davvisámegiella", "sme", "Sami", "Northern Sámi")),
    "sg": ("Sango", ("Sängö", "sag")),
    "sgn": ("Sign Language", ("Sign Languages",)),
    "si": ("Sinhala", ("සිංහල", "sin", "Singhalese")),
    "sk": ("Slovak", ("slovenčina", "slk", "slo")),
    "sl": ("Slovenian", ("slovenščina", "slv")),
    "sm": ("Samoan", ("smo",)),
    "smn": ("Inari Sami", ("anarâškielâ",)),
    "sms": ("Skolt Sami", ("sääʹmǩiõll",)),
    "sn": ("Shona", ("chiShona", "sna")),
    "so": ("Somali", ("Soomaali", "som")),
    "sq": ("Albanian", ("shqip", "sqi", "alb")),
    "sr": ("Serbian", ("српски", "srp", "sh", "hbs", "Serbo-Croatian", "Serbocroatian", "Srpski")),
    "srn": ("Sranan Tongo", ()),
    "ss": ("Swati", ("siSwati", "ssw")),
    "st": ("Southern Sotho", ("Sesotho", "sot")),
    "su": ("Sundanese", ("Basa Sunda", "sun")),
    "sv": ("Swedish", ("svenska", "swe")),
    "sw": ("Swahili", ("Kiswahili", "swa")),
    "syr": ("Syriac", ("ܣܘܪܝܝܐ",)),
    "ta": ("Tamil", ("தமிழ்", "tam")),
    "tcy": ("Tulu", ()),
    "te": ("Telugu", ("తెలుగు", "tel")),
    "tg": ("Tajik", ("тоҷикӣ", "tgk")),
    "th": ("Thai", ("ไทย", "tha")),
    "ti": ("Tigrinya", ("ትግርኛ", "tir")),
    "tk": ("Turkmen", ("türkmen dili", "tuk")),
    "tl": ("Tagalog", ("tgl", "Filipino", "fil", "Wikang Tagalog")),
    "tlh": ("Klingon", ()),
    "tn": ("Tswana", ("Setswana", "tsn")),
    "to": ("Tongan", ("lea fakatonga", "Tonga", "ton")),
    "tpi": ("Tok Pisin", ()),
    "tr": ("Turkish", ("Türkçe", "tur")),
    "trp": ("Kok Borok", ()),
    "ts": ("Tsonga", ("Xitsonga", "tso")),
    "tt": ("Tatar", ("татар", "tat")),
    "tw": ("Twi", ()),
    "ty": ("Tahitian", ("tah",)),
    "tzo": ("Tzotzil", ()),
    "ug": ("Uyghur", ("ئۇيغۇرچە", "Uighur", "uig")),
    "uk": ("Ukrainian", ("українська", "ukr")),
    "ur": ("Urdu", ("اردو", "urd")),
    "uz": ("Uzbek", ("o‘zbek", "uzb")),
    "ve": ("Venda", ("Tshivenḓa", "ven")),
    "vec": ("Venetian", ("veneto",)),
    "vi": ("Vietnamese", ("Tiếng Việt", "vie")),
    "vo": ("Volapük", ("vol",)),
    "wa": ("Walloon", ("walon", "wln")),
    "wo": ("Wolof", ("wol",)),
    "xh": ("Xhosa", ("IsiXhosa", "xho")),
    "yi": ("Yiddish", ("ייִדיש", "yid", "ji")),
    "yo": ("Yoruba", ("Èdè Yorùbá", "yor")),
    "yua": ("Yucateco", ()),
    "za": ("Zhuang", ("Vahcuengh", "zha")),
    "zh": (
        "Chinese",
        (
            "中文",
            "zho",
            "chi",
            "Mandarin",
            "Mandarin Chinese",
            "Cantonese",
            "Cantonese Chinese",
            "Yue",
            "普通话",
            "國語",
            "国语",
            "汉语",
            "漢語",
            "广州话",
            "廣州話",
            "广州话 / 廣州話",
            "粵語",
            "cn",
            "cmn",
            "wuu",
            "nan",
            "hak",
            "Shanghainese",
            "Hokkien",
            "Hakka",
            "Min Nan",
            "Taiwanese",
        ),
    ),
    "zu": ("Zulu", ("isiZulu", "zul")),
    "zza": ("Zaza", ()),
}

NO_LANGUAGE = frozenset(("xx", "und", "zxx", "mul", "mis", "no language", "silent", "unknown"))
"""What sources write where no language is spoken or known."""


def _fold(text: str) -> str:
    """Return text without case and accents, for comparison."""
    parts = unicodedata.normalize("NFKD", text.strip().casefold())
    kept = "".join(c for c in parts if not 0x300 <= ord(c) <= 0x36F)
    return unicodedata.normalize("NFC", kept).replace("_", "-")


def _table() -> dict[str, str]:
    # Codes before names before aliases: "or" is Odia whatever else might be called so.
    table = {code: code for code in _LANGUAGES}
    for code, (name, _) in _LANGUAGES.items():
        table.setdefault(_fold(name), code)
    for code, (_, aliases) in _LANGUAGES.items():
        for alias in aliases:
            table.setdefault(_fold(alias), code)
    return table


_CODES = _table()


def language_code(text: str) -> str | None:
    """Return the code of a language by code, English name or own name, None if unknown.

    >>> language_code("Français"), language_code("cn"), language_code("en-US")
    ('fr', 'zh', 'en')
    >>> language_code("xx") is None
    True
    """
    folded = _fold(text)
    if folded in NO_LANGUAGE:
        return None
    found = _CODES.get(folded)
    if found is None and "-" in folded:
        head = folded.partition("-")[0]
        found = _CODES.get(head) if len(head) in (2, 3) else None
    return found


def language_name(code: str) -> str | None:
    """Return the English name of a code, None if unknown.

    >>> language_name("ko")
    'Korean'
    """
    entry = _LANGUAGES.get(code)
    return None if entry is None else entry[0]


def language_codes() -> tuple[str, ...]:
    """Return every code, in alphabetical order."""
    return tuple(_LANGUAGES)
