"""Text to terms: folding, word breaking, stemming. One way for documents and queries alike.

Words are runs of letters, digits and combining marks, so that Indic scripts keep their vowel
signs. Latin, Greek and Cyrillic diacritics are folded. Runs of Han and kana, which are written
without spaces, become overlapping bigrams; Hangul is spaced and stays whole. English words are
stemmed by Snowball ("robberies", "robbery"); words of other scripts pass through unchanged.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from itertools import chain

import Stemmer

STOP_WORDS = frozenset(
    """
    a about above against all am an and any are arent as at be because been being below between
    both but by cannot cant could couldnt did didnt do does doesnt doing dont during each few
    for from further had hadnt has hasnt have havent having he hed her here heres hers herself
    hes him himself his how hows i if im in into is isnt it its itself ive lets me more most
    mustnt my myself nor of on only or other ought our ours ourselves out shant she shes should
    shouldnt so some such than that thats the their theirs them themselves then there theres
    these they theyd theyll theyre theyve this those through to too until very was wasnt we
    were werent weve what whats when whens where wheres which while who whom whos why whys will
    with wont would wouldnt you youd youll your youre yours yourself yourselves youve
    """.split()
)
"""Words too common to tell titles apart, after Snowball's English list with apostrophes closed up.

Kept because they name things or turn a meaning: no, not, same, own, up, down, over, under, well,
hell ("he'll"), shell. A title made of stop words alone is found by the title index.
"""

# Every combining mark that folding keeps lies in one of these ranges; all of Unicode takes .2 s.
_MARKS = "".join(
    chr(c)
    for c in chain(range(0x370, 0x1F000), range(0xE0100, 0xE01F0))
    if unicodedata.category(chr(c)) in {"Mn", "Mc"}
)
_WORD = re.compile(rf"(?:[^\W_]+|[{re.escape(_MARKS)}]+)+")
_ASCII_WORD = re.compile("[a-z0-9]+")
_FOLDED_MARKS = re.compile("[\u0300-\u036f]")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_APOSTROPHE = re.compile("(?<=\\w)['\u2019\u02bc](?=\\w)")
_local = threading.local()


def fold(text: str) -> str:
    """Return ``text`` in lower case without diacritics, compatibility forms made plain.

    >>> fold("Amélie ＣＡＦÉ ½")
    'amelie cafe 1⁄2'
    """
    if text.isascii():
        return text.lower()
    # Case is folded after compatibility forms are made plain: some of these are capitals.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", _FOLDED_MARKS.sub("", decomposed))


def words(text: str) -> list[str]:
    """Return the folded words of ``text``, apostrophes closed up ("ocean's" is "oceans").

    >>> words("Ocean's Twelve: L'été")
    ['oceans', 'twelve', 'lete']
    """
    whole = plain_words(text)
    if text.isascii():
        return whole
    found: list[str] = []
    for word in whole:
        if word.isascii() or not _UNSPACED.search(word):
            found.append(word)
        else:
            found.extend(_split_unspaced(word))
    return found


def plain_words(text: str) -> list[str]:
    """Return the folded words of ``text`` with unspaced scripts left whole."""
    folded = fold(text)
    if "'" in folded or not folded.isascii():
        folded = _APOSTROPHE.sub("", folded)
    return (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)


def terms(text: str) -> list[str]:
    """Return the index terms of ``text``: words without stop words, stemmed.

    >>> terms("The robberies in Paris")
    ['robberi', 'pari']
    """
    return [_stem(word) for word in words(text) if word not in STOP_WORDS]


def _split_unspaced(word: str) -> list[str]:
    parts: list[str] = []
    end = 0
    for match in _UNSPACED.finditer(word):
        if match.start() > end:
            parts.append(word[end : match.start()])
        run = match.group()
        parts.extend(run[i : i + 2] for i in range(max(1, len(run) - 1)))
        end = match.end()
    if end < len(word):
        parts.append(word[end:])
    return parts


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    if not word.isascii():
        return word
    # A Snowball stemmer keeps a buffer of its own, so threads must not share one.
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english", 0)
    return str(stemmer.stemWord(word))
