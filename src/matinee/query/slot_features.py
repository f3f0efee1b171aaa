"""What the slot tagger sees of a query: its words, and numbers for what is to be seen of them.

A feature is the CRC-32 of its description ("the word before is 'starring'"), so the model holds
numbers and no words. The trainer and the tagger both read this module.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from matinee.catalogue.words import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]+|\d+")
"""Letters or digits: the corpus has "1950 s" and "children s" for 1950s and children's."""

OFFSETS = (-2, -1, 0, 1, 2)
"""Places of the words that are looked at, from the word that is tagged."""
_BEFORE, _AFTER = "<", ">"
"""Stand for the words before the first and after the last."""
_AFFIX = 4
"""Longest beginning and ending of a word: "-ing", "-less"; longer ones are nearly the word."""
_REACH = 8
"""How far a telling word is felt; a clause has about as many words."""
_TELLING = frozenset(
    """
    movie film this that what which who starring stars star directed director by about in where name
    year character played plays based novel book sequel series won award oscar best comedy drama
    thriller and as is with featuring quote line actor actress
    """.split()
)
"""Words that tell what kind of thing stands some way before or after them."""

CLASSES = 4
"""Classes of a word: three partitions by use, coarse to fine, and how often it has a capital."""
UNKNOWN = (-1,) * CLASSES
"""Classes of a word that was too rare to be given any."""


class Token(NamedTuple):
    """A folded word and its place, [start, end) in characters of the text."""

    word: str
    start: int
    end: int


def tokenise(text: str) -> list[Token]:
    """Return the words of a text as the corpus cuts them.

    >>> [token.word for token in tokenise("Amélie's 1990s")]
    ['amelie', 's', '1990', 's']
    """
    return [Token(fold(m.group()), *m.span()) for m in _WORD.finditer(text)]


def word_key(word: str) -> int:
    """Return the number under which the classes of a word are kept."""
    return crc32(word.encode("utf-8", "surrogatepass"))


def word_features(word: str, classes: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Return the features a word gives to the words around it, one tuple for each of OFFSETS.

    The tuple of offset o is for the word o places before it: at offset 0, for itself.

    Args:
        word: a folded word.
        classes: its classes, :data:`UNKNOWN` if it has none.
    """
    seen = [f"w={word}"]
    if word not in (_BEFORE, _AFTER):
        seen += (f"c{i}={value}" for i, value in enumerate(classes))
    around = [[f"{offset}{what}" for what in seen] for offset in OFFSETS]
    own = around[OFFSETS.index(0)]
    for length in range(1, _AFFIX + 1):
        own += (f"p{length}={word[:length]}", f"s{length}={word[-length:]}")
    return tuple(tuple(map(word_key, descriptions)) for descriptions in around)


def padded(words: Sequence[str]) -> list[str]:
    """Return the words with as many marks on both sides as the window needs."""
    return [_BEFORE] * -OFFSETS[0] + list(words) + [_AFTER] * OFFSETS[-1]


def context_features(words: Sequence[str]) -> list[list[int]]:
    """Return, for every word, the features that more than one word makes."""
    opening = f"q={words[0]}|{words[1] if len(words) > 1 else _AFTER}"
    found = [[word_key(f"q={words[0]}"), word_key(opening)] for _ in words]
    around = [_BEFORE, *words, _AFTER]
    for i, own in enumerate(found):
        before, word, after = around[i : i + 3]
        own.append(word_key(f"{before}|{word}|"))
        own.append(word_key(f"|{word}|{after}"))
    telling = [(i, word) for i, word in enumerate(words) if word in _TELLING]
    for i, word in telling:
        left, right = word_key(f"L={word}"), word_key(f"R={word}")
        for j in range(i + 1, min(len(words), i + 1 + _REACH)):
            if left not in found[j]:
                found[j].append(left)
        for j in range(max(0, i - _REACH), i):
            if right not in found[j]:
                found[j].append(right)
    return found
