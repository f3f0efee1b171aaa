"""Countries: ISO 3166-1 alpha-2 codes, their names, and the adjectives people search with.

Countries that are no more have the code they had: ``SU``, ``YU``, ``CS``; Czechoslovakia has
``XC`` as TMDb writes it, since its old code went to Serbia and Montenegro. Both Germanies are
``DE``. A country on two continents is put where its films are.
"""

from __future__ import annotations

import unicodedata

REGIONS: dict[str, tuple[str, ...]] = {
    "Africa": ("African",),
    "Antarctica": ("Antarctic",),
    "Asia": ("Asian",),
    "Europe": ("European",),
    "North America": ("North American",),
    "Oceania": ("Oceanian", "Australasian"),
    "South America": ("South American",),
}
"""Region to its adjectives."""

# Code: (English name, region, adjectives, other names and codes).
_COUNTRIES: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "AD": ("Andorra", "Europe", ("Andorran",), ("AND",)),
    "AE": ("United Arab Emirates", "Asia", ("Emirati",), ("UAE", "ARE")),
    "AF": ("Afghanistan", "Asia", ("Afghan",), ("AFG",)),
    "AG": (
        "Antigua and Barbuda",
        "North America",
        ("Antiguan", "Barbudan"),
        ("Antigua & Barbuda", "ATG"),
    ),
    "AI": ("Anguilla", "North America", ("Anguillan",), ("AIA",)),
    "AL": ("Albania", "Europe", ("Albanian",), ("ALB",)),
    "AM": ("Armenia", "Asia", ("Armenian",), ("ARM",)),
    "AN": ("Netherlands Antilles", "North America", ("Antillean",), ("ANT",)),
    "AO": ("Angola", "Africa", ("Angolan",), ("AGO",)),
    "AQ": ("Antarctica", "Antarctica", ("Antarctic",), ("ATA",)),
    "AR": (
        "Argentina",
        "South America",
        ("Argentine", "Argentinian", "Argentinean"),
        ("Argentine Republic", "ARG"),
    ),
    "AS": ("American Samoa", "Oceania", ("American Samoan",), ("ASM",)),
    "AT": ("Austria", "Europe", ("Austrian",), ("Österreich", "AUT")),
    "AU": ("Australia", "Oceania", ("Australian", "Aussie"), ("AUS",)),
    "AW": ("Aruba", "North America", ("Aruban",), ("ABW",)),
    "AX": ("Åland Islands", "Europe", ("Ålandic",), ("ALA",)),
    "AZ": ("Azerbaijan", "Asia", ("Azerbaijani", "Azeri"), ("AZE",)),
    "BA": (
        "Bosnia and Herzegovina",
        "Europe",
        ("Bosnian", "Herzegovinian"),
        ("Bosnia", "Bosnia & Herzegovina", "Bosnia-Herzegovina", "BIH"),
    ),
    "BB": ("Barbados", "North America", ("Barbadian",), ("BRB",)),
    "BD": ("Bangladesh", "Asia", ("Bangladeshi",), ("BGD",)),
    "BE": ("Belgium", "Europe", ("Belgian",), ("Belgique", "België", "BEL")),
    "BF": ("Burkina Faso", "Africa", ("Burkinabe",), ("Upper Volta", "BFA")),
    "BG": ("Bulgaria", "Europe", ("Bulgarian",), ("BGR",)),
    "BH": ("Bahrain", "Asia", ("Bahraini",), ("BHR",)),
    "BI": ("Burundi", "Africa", ("Burundian",), ("BDI",)),
    "BJ": ("Benin", "Africa", ("Beninese",), ("Dahomey", "BEN")),
    "BL": ("Saint Barthélemy", "North America", (), ("Saint Barthelemy", "BLM")),
    "BM": ("Bermuda", "North America", ("Bermudian",), ("BMU",)),
    "BN": ("Brunei", "Asia", ("Bruneian",), ("Brunei Darussalam", "BRN")),
    "BO": (
        "Bolivia",
        "South America",
        ("Bolivian",),
        ("Plurinational State of Bolivia", "BOL", "Bolivia, Plurinational State of"),
    ),
    "BQ": (
        "Caribbean Netherlands",
        "North America",
        (),
        ("Bonaire, Sint Eustatius and Saba", "Bonaire", "BES"),
    ),
    "BR": ("Brazil", "South America", ("Brazilian",), ("Brasil", "BRA")),
    "BS": ("Bahamas", "North America", ("Bahamian",), ("The Bahamas", "BHS")),
    "BT": ("Bhutan", "Asia", ("Bhutanese",), ("BTN",)),
    "BV": ("Bouvet Island", "Antarctica", (), ("BVT",)),
    "BW": ("Botswana", "Africa", ("Botswanan",), ("BWA",)),
    "BY": ("Belarus", "Europe", ("Belarusian",), ("Byelorussia", "BLR")),
    "BZ": ("Belize", "North America", ("Belizean",), ("BLZ",)),
    "CA": ("Canada", "North America", ("Canadian",), ("CAN",)),
    "CC": ("Cocos Islands", "Oceania", (), ("Cocos (Keeling) Islands", "CCK")),
    "CD": (
        "Democratic Republic of the Congo",
        "Africa",
        ("Congolese",),
        (
            "DR Congo",
            "DRC",
            "Congo-Kinshasa",
            "Zaire",
            "The Democratic Republic of the Congo",
            "Congo, The Democratic Republic of the",
            "COD",
        ),
    ),
    "CF": ("Central African Republic", "Africa", ("Central African",), ("CAF",)),
    "CG": (
        "Congo",
        "Africa",
        ("Congolese",),
        ("Republic of the Congo", "Congo-Brazzaville", "COG"),
    ),
    "CH": ("Switzerland", "Europe", ("Swiss",), ("Schweiz", "Suisse", "CHE")),
    "CI": ("Ivory Coast", "Africa", ("Ivorian",), ("Côte d'Ivoire", "Cote D'Ivoire", "CIV")),
    "CK": ("Cook Islands", "Oceania", ("Cook Islander",), ("COK",)),
    "CL": ("Chile", "South America", ("Chilean",), ("CHL",)),
    "CM": ("Cameroon", "Africa", ("Cameroonian",), ("CMR",)),
    "CN": (
        "China",
        "Asia",
        ("Chinese",),
        ("People's Republic of China", "PRC", "Mainland China", "CHN"),
    ),
    "CO": ("Colombia", "South America", ("Colombian",), ("COL",)),
    "CR": ("Costa Rica", "North America", ("Costa Rican",), ("CRI",)),
    "CS": ("Serbia and Montenegro", "Europe", (), ("SCG", "CSXX")),
    "CU": ("Cuba", "North America", ("Cuban",), ("CUB",)),
    "CV": ("Cape Verde", "Africa", ("Cape Verdean",), ("Cabo Verde", "CPV")),
    "CW": ("Curaçao", "North America", ("Curaçaoan",), ("Curacao", "CUW")),
    "CX": ("Christmas Island", "Oceania", (), ("CXR",)),
    "CY": ("Cyprus", "Asia", ("Cypriot",), ("CYP",)),
    "CZ": ("Czech Republic", "Europe", ("Czech",), ("Czechia", "CZE")),
    "DE": (
        "Germany",
        "Europe",
        ("German", "West German", "East German"),
        (
            "Deutschland",
            "West Germany",
            "East Germany",
            "Federal Republic of Germany",
            "German Democratic Republic",
            "GDR",
            "FRG",
            "XG",
            "XWG",
            "DEU",
        ),
    ),
    "DJ": ("Djibouti", "Africa", ("Djiboutian",), ("DJI",)),
    "DK": ("Denmark", "Europe", ("Danish",), ("Danmark", "DNK")),
    "DM": ("Dominica", "North America", (), ("DMA",)),
    "DO": ("Dominican Republic", "North America", ("Dominican",), ("DOM",)),
    "DZ": ("Algeria", "Africa", ("Algerian",), ("DZA",)),
    "EC": ("Ecuador", "South America", ("Ecuadorian",), ("ECU",)),
    "EE": ("Estonia", "Europe", ("Estonian",), ("EST",)),
    "EG": ("Egypt", "Africa", ("Egyptian",), ("EGY",)),
    "EH": ("Western Sahara", "Africa", ("Sahrawi",), ("ESH",)),
    "ER": ("Eritrea", "Africa", ("Eritrean",), ("ERI",)),
    "ES": ("Spain", "Europe", ("Spanish",), ("España", "ESP")),
    "ET": ("Ethiopia", "Africa", ("Ethiopian",), ("ETH",)),
    "FI": ("Finland", "Europe", ("Finnish",), ("Suomi", "FIN")),
    "FJ": ("Fiji", "Oceania", ("Fijian",), ("FJI",)),
    "FK": (
        "Falkland Islands",
        "South America",
        ("Falkland",),
        ("Malvinas", "Falkland Islands (Malvinas)", "FLK"),
    ),
    "FM": (
        "Micronesia",
        "Oceania",
        ("Micronesian",),
        ("Federated States of Micronesia", "FSM", "Micronesia, Federated States of"),
    ),
    "FO": ("Faroe Islands", "Europe", ("Faroese",), ("Faeroe Islands", "FRO")),
    "FR": ("France", "Europe", ("French",), ("French Republic", "FRA")),
    "GA": ("Gabon", "Africa", ("Gabonese",), ("GAB",)),
    "GB": (
        "United Kingdom",
        "Europe",
        ("British", "English", "Scottish", "Welsh", "Northern Irish"),
        (
            "UK",
            "U.K.",
            "Great Britain",
            "Britain",
            "England",
            "Scotland",
            "Wales",
            "Northern Ireland",
            "United Kingdom of Great Britain and Northern Ireland",
            "XI",
            "GBR",
        ),
    ),
    "GD": ("Grenada", "North America", ("Grenadian",), ("GRD",)),
    "GE": ("Georgia", "Asia", ("Georgian",), ("Republic of Georgia", "GEO")),
    "GF": ("French Guiana", "South America", ("French Guianese",), ("GUF",)),
    "GG": ("Guernsey", "Europe", (), ("GGY",)),
    "GH": ("Ghana", "Africa", ("Ghanaian",), ("GHA",)),
    "GI": ("Gibraltar", "Europe", ("Gibraltarian",), ("GIB",)),
    "GL": ("Greenland", "North America", ("Greenlandic",), ("GRL",)),
    "GM": ("Gambia", "Africa", ("Gambian",), ("The Gambia", "GMB")),
    "GN": ("Guinea", "Africa", ("Guinean",), ("GIN",)),
    "GP": ("Guadeloupe", "North America", ("Guadeloupean",), ("GLP",)),
    "GQ": ("Equatorial Guinea", "Africa", ("Equatorial Guinean", "Equatoguinean"), ("GNQ",)),
    "GR": ("Greece", "Europe", ("Greek", "Hellenic"), ("Hellas", "EL", "GRC")),
    "GS": ("South Georgia and the South Sandwich Islands", "Antarctica", (), ("SGS",)),
    "GT": ("Guatemala", "North America", ("Guatemalan",), ("GTM",)),
    "GU": ("Guam", "Oceania", ("Guamanian",), ("GUM",)),
    "GW": ("Guinea-Bissau", "Africa", ("Bissau-Guinean",), ("GNB",)),
    "GY": ("Guyana", "South America", ("Guyanese",), ("GUY",)),
    "HK": (
        "Hong Kong",
        "Asia",
        ("Hong Kong", "Hongkongese"),
        ("Hong Kong SAR China", "Hong Kong SAR", "Hongkong", "HKG"),
    ),
    "HM": (
        "Heard Island and McDonald Islands",
        "Antarctica",
        (),
        ("Heard and McDonald Islands", "HMD"),
    ),
    "HN": ("Honduras", "North America", ("Honduran",), ("HND",)),
    "HR": ("Croatia", "Europe", ("Croatian",), ("HRV",)),
    "HT": ("Haiti", "North America", ("Haitian",), ("HTI",)),
    "HU": ("Hungary", "Europe", ("Hungarian",), ("Magyarország", "HUN")),
    "ID": ("Indonesia", "Asia", ("Indonesian",), ("IDN",)),
    "IE": ("Ireland", "Europe", ("Irish",), ("Republic of Ireland", "Éire", "IRL")),
    "IL": ("Israel", "Asia", ("Israeli",), ("ISR",)),
    "IM": ("Isle of Man", "Europe", ("Manx",), ("IMN",)),
    "IN": ("India", "Asia", ("Indian",), ("Bharat", "IND")),
    "IO": ("British Indian Ocean Territory", "Asia", (), ("IOT",)),
    "IQ": ("Iraq", "Asia", ("Iraqi",), ("IRQ",)),
    "IR": (
        "Iran",
        "Asia",
        ("Iranian", "Persian"),
        ("Islamic Republic of Iran", "Iran, Islamic Republic of", "Persia", "IRN"),
    ),
    "IS": ("Iceland", "Europe", ("Icelandic",), ("ISL",)),
    "IT": ("Italy", "Europe", ("Italian",), ("Italia", "ITA")),
    "JE": ("Jersey", "Europe", (), ("JEY",)),
    "JM": ("Jamaica", "North America", ("Jamaican",), ("JAM",)),
    "JO": ("Jordan", "Asia", ("Jordanian",), ("JOR",)),
    "JP": ("Japan", "Asia", ("Japanese",), ("Nippon", "JPN")),
    "KE": ("Kenya", "Africa", ("Kenyan",), ("KEN",)),
    "KG": ("Kyrgyzstan", "Asia", ("Kyrgyz",), ("Kyrgyz Republic", "KGZ")),
    "KH": ("Cambodia", "Asia", ("Cambodian", "Khmer"), ("Kampuchea", "KHM")),
    "KI": ("Kiribati", "Oceania", (), ("KIR",)),
    "KM": ("Comoros", "Africa", ("Comorian",), ("COM",)),
    "KN": ("Saint Kitts and Nevis", "North America", ("Kittitian",), ("St. Kitts & Nevis", "KNA")),
    "KP": (
        "North Korea",
        "Asia",
        ("North Korean",),
        (
            "Democratic People's Republic of Korea",
            "DPRK",
            "PRK",
            "Korea, Democratic People's Republic of",
        ),
    ),
    "KR": (
        "South Korea",
        "Asia",
        ("South Korean", "Korean"),
        ("Korea", "Republic of Korea", "Korea, Republic of", "KOR"),
    ),
    "KW": ("Kuwait", "Asia", ("Kuwaiti",), ("KWT",)),
    "KY": ("Cayman Islands", "North America", ("Caymanian",), ("CYM",)),
    "KZ": ("Kazakhstan", "Asia", ("Kazakh", "Kazakhstani"), ("KAZ",)),
    "LA": ("Laos", "Asia", ("Lao", "Laotian"), ("Lao People's Democratic Republic", "LAO")),
    "LB": ("Lebanon", "Asia", ("Lebanese",), ("LBN",)),
    "LC": ("Saint Lucia", "North America", ("Saint Lucian",), ("St. Lucia", "LCA")),
    "LI": ("Liechtenstein", "Europe", ("Liechtensteiner",), ("LIE",)),
    "LK": ("Sri Lanka", "Asia", ("Sri Lankan",), ("Ceylon", "LKA")),
    "LR": ("Liberia", "Africa", ("Liberian",), ("LBR",)),
    "LS": ("Lesotho", "Africa", ("Basotho",), ("LSO",)),
    "LT": ("Lithuania", "Europe", ("Lithuanian",), ("LTU",)),
    "LU": ("Luxembourg", "Europe", ("Luxembourgish",), ("LUX",)),
    "LV": ("Latvia", "Europe", ("Latvian",), ("LVA",)),
    "LY": ("Libya", "Africa", ("Libyan",), ("Libyan Arab Jamahiriya", "LBY")),
    "MA": ("Morocco", "Africa", ("Moroccan",), ("MAR",)),
    "MC": ("Monaco", "Europe", ("Monégasque", "Monegasque"), ("MCO",)),
    "MD": (
        "Moldova",
        "Europe",
        ("Moldovan",),
        ("Republic of Moldova", "MDA", "Moldova, Republic of"),
    ),
    "ME": ("Montenegro", "Europe", ("Montenegrin",), ("MNE",)),
    "MF": (
        "Saint Martin",
        "North America",
        (),
        ("St. Martin", "MAF", "Saint Martin (French part)"),
    ),
    "MG": ("Madagascar", "Africa", ("Malagasy",), ("MDG",)),
    "MH": ("Marshall Islands", "Oceania", ("Marshallese",), ("MHL",)),
    "MK": (
        "North Macedonia",
        "Europe",
        ("Macedonian",),
        ("Macedonia", "Republic of Macedonia", "MKD"),
    ),
    "ML": ("Mali", "Africa", ("Malian",), ("MLI",)),
    "MM": ("Myanmar", "Asia", ("Burmese",), ("Burma", "BU", "MMR")),
    "MN": ("Mongolia", "Asia", ("Mongolian",), ("MNG",)),
    "MO": ("Macau", "Asia", ("Macanese",), ("Macao", "Macao SAR China", "MAC")),
    "MP": ("Northern Mariana Islands", "Oceania", (), ("MNP",)),
    "MQ": ("Martinique", "North America", ("Martinican",), ("MTQ",)),
    "MR": ("Mauritania", "Africa", ("Mauritanian",), ("MRT",)),
    "MS": ("Montserrat", "North America", ("Montserratian",), ("MSR",)),
    "MT": ("Malta", "Europe", ("Maltese",), ("MLT",)),
    "MU": ("Mauritius", "Africa", ("Mauritian",), ("MUS",)),
    "MV": ("Maldives", "Asia", ("Maldivian",), ("MDV",)),
    "MW": ("Malawi", "Africa", ("Malawian",), ("MWI",)),
    "MX": ("Mexico", "North America", ("Mexican",), ("México", "MEX")),
    "MY": ("Malaysia", "Asia", ("Malaysian",), ("MYS",)),
    "MZ": ("Mozambique", "Africa", ("Mozambican",), ("MOZ",)),
    "NA": ("Namibia", "Africa", ("Namibian",), ("NAM",)),
    "NC": ("New Caledonia", "Oceania", ("New Caledonian",), ("NCL",)),
    "NE": ("Niger", "Africa", ("Nigerien",), ("NER",)),
    "NF": ("Norfolk Island", "Oceania", (), ("NFK",)),
    "NG": ("Nigeria", "Africa", ("Nigerian",), ("NGA",)),
    "NI": ("Nicaragua", "North America", ("Nicaraguan",), ("NIC",)),
    "NL": ("Netherlands", "Europe", ("Dutch",), ("The Netherlands", "Holland", "Nederland", "NLD")),
    "NO": ("Norway", "Europe", ("Norwegian",), ("Norge", "NOR")),
    "NP": ("Nepal", "Asia", ("Nepali", "Nepalese"), ("NPL",)),
    "NR": ("Nauru", "Oceania", ("Nauruan",), ("NRU",)),
    "NU": ("Niue", "Oceania", ("Niuean",), ("NIU",)),
    "NZ": ("New Zealand", "Oceania", ("New Zealand", "Kiwi"), ("NZL",)),
    "OM": ("Oman", "Asia", ("Omani",), ("OMN",)),
    "PA": ("Panama", "North America", ("Panamanian",), ("PAN",)),
    "PE": ("Peru", "South America", ("Peruvian",), ("PER",)),
    "PF": ("French Polynesia", "Oceania", ("Tahitian", "French Polynesian"), ("Tahiti", "PYF")),
    "PG": ("Papua New Guinea", "Oceania", ("Papua New Guinean",), ("PNG",)),
    "PH": ("Philippines", "Asia", ("Filipino", "Philippine"), ("The Philippines", "PHL")),
    "PK": ("Pakistan", "Asia", ("Pakistani",), ("PAK",)),
    "PL": ("Poland", "Europe", ("Polish",), ("Polska", "POL")),
    "PM": ("Saint Pierre and Miquelon", "North America", (), ("St. Pierre & Miquelon", "SPM")),
    "PN": ("Pitcairn Islands", "Oceania", (), ("Pitcairn", "PCN")),
    "PR": ("Puerto Rico", "North America", ("Puerto Rican",), ("PRI",)),
    "PS": (
        "Palestine",
        "Asia",
        ("Palestinian",),
        (
            "Palestinian Territory",
            "Palestinian Territories",
            "State of Palestine",
            "Occupied Palestinian Territory",
            "PSE",
            "Palestine, State of",
        ),
    ),
    "PT": ("Portugal", "Europe", ("Portuguese",), ("PRT",)),
    "PW": ("Palau", "Oceania", ("Palauan",), ("PLW",)),
    "PY": ("Paraguay", "South America", ("Paraguayan",), ("PRY",)),
    "QA": ("Qatar", "Asia", ("Qatari",), ("QAT",)),
    "RE": ("Réunion", "Africa", ("Réunionese",), ("Reunion", "REU")),
    "RO": ("Romania", "Europe", ("Romanian",), ("ROU",)),
    "RS": ("Serbia", "Europe", ("Serbian",), ("SRB",)),
    "RU": ("Russia", "Europe", ("Russian",), ("Russian Federation", "RUS")),
    "RW": ("Rwanda", "Africa", ("Rwandan",), ("RWA",)),
    "SA": ("Saudi Arabia", "Asia", ("Saudi", "Saudi Arabian"), ("SAU",)),
    "SB": ("Solomon Islands", "Oceania", ("Solomon Islander",), ("SLB",)),
    "SC": ("Seychelles", "Africa", ("Seychellois",), ("SYC",)),
    "SD": ("Sudan", "Africa", ("Sudanese",), ("SDN",)),
    "SE": ("Sweden", "Europe", ("Swedish",), ("Sverige", "SWE")),
    "SG": ("Singapore", "Asia", ("Singaporean",), ("SGP",)),
    "SH": (
        "Saint Helena",
        "Africa",
        ("Saint Helenian",),
        ("St. Helena", "SHN", "Saint Helena, Ascension and Tristan da Cunha"),
    ),
    "SI": ("Slovenia", "Europe", ("Slovenian", "Slovene"), ("SVN",)),
    "SJ": ("Svalbard and Jan Mayen", "Europe", (), ("SJM",)),
    "SK": ("Slovakia", "Europe", ("Slovak", "Slovakian"), ("Slovak Republic", "SVK")),
    "SL": ("Sierra Leone", "Africa", ("Sierra Leonean",), ("SLE",)),
    "SM": ("San Marino", "Europe", ("Sammarinese",), ("SMR",)),
    "SN": ("Senegal", "Africa", ("Senegalese",), ("SEN",)),
    "SO": ("Somalia", "Africa", ("Somali",), ("SOM",)),
    "SR": ("Suriname", "South America", ("Surinamese",), ("SUR",)),
    "SS": ("South Sudan", "Africa", ("South Sudanese",), ("SSD",)),
    "ST": ("São Tomé and Príncipe", "Africa", ("São Toméan",), ("Sao Tome and Principe", "STP")),
    "SU": (
        "Soviet Union",
        "Europe",
        ("Soviet",),
        ("USSR", "U.S.S.R.", "Union of Soviet Socialist Republics", "SUN", "SUHH"),
    ),
    "SV": ("El Salvador", "North America", ("Salvadoran", "Salvadorian"), ("SLV",)),
    "SX": ("Sint Maarten", "North America", (), ("SXM", "Sint Maarten (Dutch part)")),
    "SY": ("Syria", "Asia", ("Syrian",), ("Syrian Arab Republic", "SYR")),
    "SZ": ("Eswatini", "Africa", ("Swazi",), ("Swaziland", "SWZ")),
    "TC": ("Turks and Caicos Islands", "North America", (), ("TCA",)),
    "TD": ("Chad", "Africa", ("Chadian",), ("TCD",)),
    "TF": ("French Southern Territories", "Antarctica", (), ("ATF",)),
    "TG": ("Togo", "Africa", ("Togolese",), ("TGO",)),
    "TH": ("Thailand", "Asia", ("Thai",), ("Siam", "THA")),
    "TJ": ("Tajikistan", "Asia", ("Tajik",), ("TJK",)),
    "TK": ("Tokelau", "Oceania", ("Tokelauan",), ("TKL",)),
    "TL": ("East Timor", "Asia", ("Timorese",), ("Timor-Leste", "TP", "TLS")),
    "TM": ("Turkmenistan", "Asia", ("Turkmen",), ("TKM",)),
    "TN": ("Tunisia", "Africa", ("Tunisian",), ("TUN",)),
    "TO": ("Tonga", "Oceania", ("Tongan",), ("TON",)),
    "TR": ("Turkey", "Asia", ("Turkish",), ("Türkiye", "Turkiye", "TUR")),
    "TT": (
        "Trinidad and Tobago",
        "North America",
        ("Trinidadian", "Tobagonian"),
        ("Trinidad & Tobago", "Trinidad", "TTO"),
    ),
    "TV": ("Tuvalu", "Oceania", ("Tuvaluan",), ("TUV",)),
    "TW": (
        "Taiwan",
        "Asia",
        ("Taiwanese",),
        ("Republic of China", "Taiwan, Province of China", "TWN"),
    ),
    "TZ": (
        "Tanzania",
        "Africa",
        ("Tanzanian",),
        ("United Republic of Tanzania", "TZA", "Tanzania, United Republic of"),
    ),
    "UA": ("Ukraine", "Europe", ("Ukrainian",), ("UKR",)),
    "UG": ("Uganda", "Africa", ("Ugandan",), ("UGA",)),
    "UM": ("United States Minor Outlying Islands", "Oceania", (), ("U.S. Outlying Islands", "UMI")),
    "US": (
        "United States",
        "North America",
        ("American",),
        (
            "USA",
            "U.S.",
            "U.S.A.",
            "United States of America",
            "The United States",
            "America",
            "USA",
        ),
    ),
    "UY": ("Uruguay", "South America", ("Uruguayan",), ("URY",)),
    "UZ": ("Uzbekistan", "Asia", ("Uzbek",), ("UZB",)),
    "VA": (
        "Vatican City",
        "Europe",
        ("Vatican",),
        ("Holy See", "Vatican", "VAT", "Holy See (Vatican City State)"),
    ),
    "VC": (
        "Saint Vincent and the Grenadines",
        "North America",
        ("Vincentian",),
        ("St. Vincent & the Grenadines", "VCT"),
    ),
    "VE": (
        "Venezuela",
        "South America",
        ("Venezuelan",),
        ("Bolivarian Republic of Venezuela", "VEN", "Venezuela, Bolivarian Republic of"),
    ),
    "VG": ("British Virgin Islands", "North America", (), ("VGB", "Virgin Islands, British")),
    "VI": (
        "U.S. Virgin Islands",
        "North America",
        (),
        ("US Virgin Islands", "VIR", "Virgin Islands, U.S."),
    ),
    "VN": ("Vietnam", "Asia", ("Vietnamese",), ("Viet Nam", "VNM")),
    "VU": ("Vanuatu", "Oceania", ("Ni-Vanuatu",), ("VUT",)),
    "WF": ("Wallis and Futuna", "Oceania", (), ("WLF",)),
    "WS": ("Samoa", "Oceania", ("Samoan",), ("Western Samoa", "WSM")),
    "XC": ("Czechoslovakia", "Europe", ("Czechoslovak", "Czechoslovakian"), ("CSK", "CSHH")),
    "XK": ("Kosovo", "Europe", ("Kosovan", "Kosovar"), ()),
    "YE": ("Yemen", "Asia", ("Yemeni",), ("YEM",)),
    "YT": ("Mayotte", "Africa", ("Mahoran",), ("MYT",)),
    "YU": (
        "Yugoslavia",
        "Europe",
        ("Yugoslav", "Yugoslavian"),
        ("YUG", "YUCS", "Federal Republic of Yugoslavia"),
    ),
    "ZA": ("South Africa", "Africa", ("South African",), ("ZAF",)),
    "ZM": ("Zambia", "Africa", ("Zambian",), ("ZMB",)),
    "ZW": ("Zimbabwe", "Africa", ("Zimbabwean",), ("Rhodesia", "ZWE")),
}


def _fold(text: str) -> str:
    """Return text without case, accents, dots and a leading article, for comparison."""
    parts = unicodedata.normalize("NFKD", text.strip().casefold())
    kept = "".join(c for c in parts if not unicodedata.combining(c)).replace(".", "")
    return kept.replace("’", "'").removeprefix("the ")


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for code, (name, _, _, aliases) in _COUNTRIES.items():
        for text in (code, name, *aliases):
            table.setdefault(_fold(text), code)
    # A code comes before any name or alias with the same letters.
    table.update((code.casefold(), code) for code in _COUNTRIES)
    return table


_CODES = _table()


def country_code(text: str) -> str | None:
    """Return the code of a country by code or name, None if unknown.

    >>> country_code("USA"), country_code("West Germany"), country_code("Türkiye")
    ('US', 'DE', 'TR')
    """
    return _CODES.get(_fold(text))


def country_name(code: str) -> str | None:
    """Return the English name of a code, None if unknown.

    >>> country_name("KR")
    'South Korea'
    """
    entry = _COUNTRIES.get(code)
    return None if entry is None else entry[0]


def demonyms(code: str) -> tuple[str, ...]:
    """Return the adjectives of a country, the usual one first.

    >>> demonyms("KR")
    ('South Korean', 'Korean')
    """
    entry = _COUNTRIES.get(code)
    return () if entry is None else entry[2]


def adjectives() -> dict[str, tuple[str, ...]]:
    """Return every adjective, without case and accents, and the codes of its countries.

    >>> adjectives()["korean"], adjectives()["congolese"]
    (('KR',), ('CD', 'CG'))
    """
    found: dict[str, tuple[str, ...]] = {}
    for code, (_, _, words, _) in _COUNTRIES.items():
        for folded in dict.fromkeys(map(_fold, words)):
            found[folded] = (*found.get(folded, ()), code)
    return found


def region_codes(name: str) -> tuple[str, ...]:
    """Return the codes of the countries of a region, in alphabetical order.

    >>> region_codes("South America")[:3]
    ('AR', 'BO', 'BR')
    """
    return tuple(code for code, (_, where, _, _) in _COUNTRIES.items() if where == name)


def region(code: str) -> str | None:
    """Return the continent of a country; see :data:`REGIONS` for adjectives.

    >>> region("FR")
    'Europe'
    """
    entry = _COUNTRIES.get(code)
    return None if entry is None else entry[1]


def country_codes() -> tuple[str, ...]:
    """Return every code, in alphabetical order."""
    return tuple(_COUNTRIES)
