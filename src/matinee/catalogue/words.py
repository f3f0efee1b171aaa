"""Text to words: folding and word breaking, one way for everything that compares text.

Words are runs of letters, digits and combining marks, so that Indic scripts keep their vowel
signs. Latin, Greek and Cyrillic diacritics are folded. Runs of Han and kana, which are written
without spaces, become overlapping bigrams; Hangul is spaced and stays whole.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

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
