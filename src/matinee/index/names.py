"""Names of titles as they are compared: folded, without article, and otherwise spelt.

"Rocky 2" is "Rocky II", and "The 3 Musketeers" are "The Three Musketeers". A title is found under
each of these names, so that a query needs no second look-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.catalogue.words import plain_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST = 120
"""Characters; no name is longer, and a longer query is a description."""
_ARTICLES = frozenset("the a an le la les el los las il lo der die das".split())
_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
_ROMAN = " i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split(" ")
_FROM_WORDS = {word: str(number) for number, word in enumerate(_WORDS)}
_TO_WORDS = {digits: word for word, digits in _FROM_WORDS.items()}
# "I" is a word and "X" a letter; as numbers they stand in few names.
_FROM_ROMAN = {roman: str(n) for n, roman in enumerate(_ROMAN) if len(roman) > 1} | {"v": "5"}
_TO_ROMAN = {digits: roman for roman, digits in _FROM_ROMAN.items()}
_BRITISH = dict(
    pair.split()
    for pair in (
        "armour armor,behaviour behavior,catalogue catalog,centre center,centres centers,"
        "colour color,colours colors,coloured colored,counsellor counselor,defence defense,"
        "dialogue dialog,endeavour endeavor,favour favor,favourite favorite,flavour flavor,"
        "fulfilment fulfillment,grey gray,harbour harbor,honour honor,honourable honorable,"
        "humour humor,jewellery jewelry,labour labor,licence license,litre liter,metre meter,"
        "mum mom,mums moms,neighbour neighbor,neighbours neighbors,neighbourhood neighborhood,"
        "offence offense,parlour parlor,plough plow,programme program,pyjamas pajamas,"
        "rumour rumor,rumours rumors,saviour savior,sceptic skeptic,splendour splendor,"
        "theatre theater,theatres theaters,traveller traveler,travellers travelers,"
        "travelling traveling,tyre tire,vapour vapor,valour valor"
    ).split(",")
)
_AMERICAN = {american: british for british, american in _BRITISH.items()}


def normalise(name: str) -> str:
    """Return the form in which names are compared: folded words, no leading article.

    >>> normalise("The Good, the Bad & the Ugly")
    'good the bad and the ugly'
    """
    found = _words_of(name)
    if len(found) > 1 and found[0] in _ARTICLES:
        found = found[1:]
    return " ".join(found) or name.strip().casefold()


def names_of(names: Iterable[str]) -> dict[str, bool]:
    """Return the normalised names of a title, and whether each is another way to write one."""
    own = dict.fromkeys((form for name in names for form in _forms(name) if form), False)
    others = (other[:LONGEST] for name in own for other in other_names(name))
    return dict.fromkeys(others, True) | own


def other_names(name: str) -> tuple[str, ...]:
    """Return the other ways to write a normalised name, none of them the name itself.

    >>> other_names("rocky ii"), other_names("color of night")
    (('rocky 2', 'rocky two'), ('colour of night',))
    """
    words = name.split()
    digits = _each(words, _FROM_WORDS)
    if len(words) > 1:
        # Roman numerals count parts, and a part has a name before it.
        digits = [words[0], *_each(digits[1:], _FROM_ROMAN)] if digits[0] == words[0] else digits
    ways = (
        digits,
        _each(digits, _TO_WORDS),
        [*digits[:1], *_each(digits[1:], _TO_ROMAN)],
        _each(words, _AMERICAN),
        _each(words, _BRITISH),
    )
    return tuple(dict.fromkeys(other for way in ways if (other := " ".join(way)) != name))


def trigrams(name: str) -> set[str]:
    """Return the character trigrams of a normalised name, its ends marked by a space.

    >>> sorted(trigrams("up"))
    [' up', 'up ']
    """
    padded = f" {name} "
    return {padded[i : i + 3] for i in range(max(1, len(padded) - 2))} if name else set()


def _forms(name: str) -> tuple[str, str]:
    """Return a name without and with its article: "Tqe Thief Lord" is an edit from the latter."""
    return normalise(name)[:LONGEST], " ".join(_words_of(name))[:LONGEST]


def _words_of(name: str) -> list[str]:
    return plain_words(name.replace("&", " and "))


def _each(words: list[str], table: Mapping[str, str]) -> list[str]:
    return [table.get(word, word) for word in words]
