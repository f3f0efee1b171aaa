"""How long films are, how well they are rated and by how many: numbers with a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.query.conditions import Condition
from matinee.query.phrases import PhraseTable
from matinee.query.reading import Reading
from matinee.query.vocabulary import FILM_NOUNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.query.conditions import RangeField
    from matinee.query.tokens import Query

_LONGEST_RUNTIME = 360
"""Minutes; longer spans ("24 hours to live") are of stories."""
_ABOUT_MINUTES = 10
"""Minutes on either side of "about 90 minutes"."""
SHORT_FILM = 40
"""Minutes: what academies and festivals call a short film."""
_SHORT, _LONG = 95, 150
"""Minutes: of the films of a catalogue of 30,000, a third are shorter than the one, 4 % longer than
the other."""
HIGH_RATING = 7.5
"""Of 10: of films with 100 votes or more, a fifth are rated so or higher."""
_OPEN_ENDED = frozenset("higher above better up more lower less below".split())
_VAGUE = 0.6
"""Weight of bounds that were not said in numbers."""

_UNDER, _AT_MOST, _OVER, _AT_LEAST, _ABOUT = "under", "at most", "over", "at least", "about"
_CUES = PhraseTable(
    dict.fromkeys(
        ("under", "less than", "fewer than", "shorter than", "below", "lower than"), _UNDER
    )
    | dict.fromkeys(
        (
            "at most",
            "up to",
            "max",
            "maximum",
            "no longer than",
            "no more than",
            "not longer than",
            "not more than",
            "not over",
        ),
        _AT_MOST,
    )
    | dict.fromkeys(
        ("over", "more than", "longer than", "above", "greater than", "higher than", "better than"),
        _OVER,
    )
    | dict.fromkeys(("at least", "min", "minimum", "not under", "no less than"), _AT_LEAST)
    | dict.fromkeys(("about", "around", "roughly", "approximately", "circa"), _ABOUT)
)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_HOURS = frozenset("h hr hrs hour hours".split())
_MINUTES = frozenset("m min mins minute minutes".split())
_LENGTHY = FILM_NOUNS | frozenset("comedy thriller drama documentary horror epic watch".split())
"""Nouns before which "short" and "long" tell a runtime: "long hair" and "short life" do not."""
_VOTES = frozenset("vote votes ratings".split())
_VOTE_UNITS = {"k": 1000, "thousand": 1000, "hundred": 100, "million": 1_000_000}
_RATING = PhraseTable(
    dict.fromkeys(
        (
            "rating",
            "ratings",
            "a rating",
            "rated",
            "imdb rating",
            "imdb score",
            "imdb",
            "score",
            "scored",
            "scoring",
            "with a rating",
            "with rating",
            "with ratings",
            "with an imdb rating",
            "vote average",
        ),
        0,
    )
)
_WELL_RATED = PhraseTable(
    dict.fromkeys(
        (
            "highly rated",
            "high rated",
            "well rated",
            "top rated",
            "best rated",
            "highest rated",
            "high rating",
            "high ratings",
            "good rating",
            "good ratings",
            "with high ratings",
            "with a high rating",
            "with good ratings",
        ),
        0,
    )
)
_NOT_LONG = PhraseTable(
    dict.fromkeys(("not too long", "not very long", "nothing too long", "not so long"), 120)
    | dict.fromkeys(("quick watch", "not long"), 100)
)
"""Minutes at most: of a catalogue of 30,000, half are shorter than 100, four fifths than 120."""
_BEHIND = PhraseTable(
    dict.fromkeys(("rating", "imdb rating", "on imdb", "imdb", "out of 10", "out of ten"), 0)
)
_OF_SCALE = PhraseTable(
    dict.fromkeys(("out of 10", "out of ten", "on imdb", "stars", "percent", "or more"), _AT_LEAST)
    | dict.fromkeys(("or higher", "or above", "or better", "and up", "and above"), _AT_LEAST)
    | dict.fromkeys(("or lower", "or less", "or below"), _AT_MOST)
)


class Measures:
    """Reads runtimes, ratings and numbers of votes."""

    def read(self, query: Query, filmish: Sequence[bool]) -> list[Reading]:
        """Return the measures of a query; ``filmish`` tells the words that mean films."""
        readings = []
        for start, end, _ in _WELL_RATED.scan(query):
            condition = Condition(
                field="rating", low=HIGH_RATING, hard=False, weight=_VAGUE, label="highly rated"
            )
            readings.append(Reading(start, end, (condition,)))
        for start, end, minutes in _NOT_LONG.scan(query):
            condition = Condition(
                field="runtime", high=minutes, hard=False, weight=_VAGUE, label="not long"
            )
            readings.append(Reading(start, end, (condition,)))
        for start, end, _ in _RATING.scan(query):
            if (reading := _rating(query, start, end)) is not None:
                readings.append(reading)
        for i, word in enumerate(query.words):
            if "0" <= word[0] <= "9" or word in _NUMBERS:
                reading = (
                    _runtime(query, i, filmish) or _votes(query, i) or _rating_behind(query, i)
                )
            elif word in ("short", "long") and query.word(i + 1) in _LENGTHY:
                reading = _vague_length(query, i)
            else:
                continue
            if reading is not None:
                readings.append(reading)
        return readings


def _vague_length(query: Query, i: int) -> Reading | None:
    if query.breaks[i + 1]:
        return None
    low: float | None = None
    high: float | None = None
    if query.words[i] == "long":
        low, label = _LONG, "long"
    elif query.word(i + 1) in ("film", "films"):
        high, label = SHORT_FILM, "short film"
    else:
        high, label = _SHORT, "short"
    condition = Condition(
        field="runtime", low=low, high=high, hard=False, weight=_VAGUE, label=label
    )
    return Reading(i, i + 1, (condition,))


def _runtime(query: Query, i: int, filmish: Sequence[bool]) -> Reading | None:
    found = _duration(query, i)
    if found is None:
        return None
    end, minutes = found
    start, cue = i, ""
    if i and not query.breaks[i] and (before := _CUES.ending(query, i)):
        start, cue = before
    if (after := _OF_SCALE.at(query, end)) and not query.breaks[end]:
        if after[1] == _AT_LEAST and query.word(after[0] - 1) in ("more", "up", "above"):
            end, cue = after[0], _AT_LEAST
        elif after[1] == _AT_MOST:
            end, cue = after[0], _AT_MOST
    if not 1 <= minutes <= _LONGEST_RUNTIME:
        return None
    hard, weight = True, 1.0
    if not cue:
        long = query.word(end) in ("long", "runtime")
        end += long
        of_films = end < query.stops[i] and (filmish[end] or query.words[end] in _LENGTHY)
        if not long and not of_films:
            return None
        cue = _ABOUT
    if cue == _ABOUT:
        hard, weight = False, 0.8
    elif query.word(end) in ("long", "runtime"):
        end += 1
    slack = _ABOUT_MINUTES
    low, high = {
        _UNDER: (None, minutes - 1),
        _AT_MOST: (None, minutes),
        _OVER: (minutes + 1, None),
        _AT_LEAST: (minutes, None),
        _ABOUT: (max(1, minutes - slack), minutes + slack),
    }[cue]
    if high == 0:
        return None
    condition = Condition(
        field="runtime",
        low=low,
        high=high,
        hard=hard,
        weight=weight,
        label=f"{cue} {_length(minutes)}",
    )
    return Reading(start, end, (condition,))


def _duration(query: Query, i: int) -> tuple[int, int] | None:
    """Return the end and the minutes of a length: "two and a half hours", "1h 30min", "90 min"."""
    words, stop = query.words, query.stops[i]
    word, end = words[i], i + 1
    unit = ""
    if word in _NUMBERS:
        number = float(_NUMBERS[word])
    else:
        digits = len(word) - len(word.lstrip("0123456789."))
        if not digits or digits > 5 or not word[:digits].isascii():
            return None
        try:
            number = float(word[:digits])
        except ValueError:
            return None
        unit = word[digits:]
    hours, letter, more = unit.partition("h")
    if not hours and letter and more.isdecimal() and len(more) == 2:
        return end, round(number * 60) + int(more)
    if not unit:
        if words[end : end + 3] == ["and", "a", "half"] and end + 3 < stop:
            number, end = number + 0.5, end + 3
        if end >= stop:
            return None
        unit, end = words[end], end + 1
    if unit in _MINUTES:
        return end, round(number)
    if unit not in _HOURS:
        return None
    minutes = number * 60
    if words[end : end + 3] == ["and", "a", "half"] and end + 3 <= stop:
        return end + 3, round(minutes + 30)
    rest = end + (query.word(end) == "and")
    if rest < stop:
        more = words[rest].rstrip("minutes")
        if more.isdecimal() and len(more) < 3:
            named = words[rest] != more
            if named or (rest + 1 < stop and words[rest + 1] in _MINUTES):
                return rest + 1 + (not named), round(minutes) + int(more)
    return end, round(minutes)


def _length(minutes: int) -> str:
    """Return how a length is shown.

    >>> _length(120), _length(150), _length(90)
    ('2 h', '2 h 30 min', '90 min')
    """
    hours, rest = divmod(minutes, 60)
    if minutes <= 100 and rest:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _votes(query: Query, i: int) -> Reading | None:
    word, end = query.words[i], i + 1
    digits = len(word) - len(word.lstrip("0123456789"))
    if not 0 < digits < 9 or not word[:digits].isascii():
        return None
    factor = 1
    if word[digits:]:
        factor = _VOTE_UNITS.get(word[digits:], 0)
    elif query.word(end) in _VOTE_UNITS:
        factor, end = _VOTE_UNITS[query.word(end)], end + 1
    if not factor or query.word(end) not in _VOTES or query.stops[i] <= end or not i:
        return None
    found = _CUES.ending(query, i)
    if found is None:
        return None
    start, cue = found
    count = int(word[:digits]) * factor
    above = cue in (_OVER, _AT_LEAST)
    if cue == _ABOUT:
        return None
    exact = count + (cue == _OVER) - (cue == _UNDER)
    return _bounded("votes", start, end + 1, exact, above=above, label=f"{cue} {count:,} votes")


def _rating(query: Query, start: int, end: int) -> Reading | None:
    """Return a rating said first: "rating over 8", "rated 8 or higher"."""
    if query.word(end) == "of":
        end += 1
    found = _CUES.at(query, end)
    cue = ""
    if found is not None:
        end, cue = found
    number = _of_ten(query.word(end))
    if number is None or query.stops[start] <= end:
        return None
    return _rated(query, start, end + 1, number, cue, certificate=query.words[start] == "rated")


def _rating_behind(query: Query, i: int) -> Reading | None:
    """Return a rating said last: "over 8 rating", "8+ on imdb"."""
    number = _of_ten(query.words[i])
    found = _BEHIND.at(query, i + 1) if i + 1 < query.stops[i] else None
    if number is None or found is None:
        return None
    start, cue = i, ""
    if not query.breaks[i] and (before := _CUES.ending(query, i)):
        start, cue = before
    if query.text[query.ends[i] : query.ends[i] + 1] == "+":
        cue = _AT_LEAST
    return _rated(query, start, found[0], number, cue, certificate=False)


def _rated(
    query: Query, start: int, end: int, number: float, cue: str, *, certificate: bool
) -> Reading | None:
    while end < len(query) and not query.breaks[end] and (after := _OF_SCALE.at(query, end)):
        last = query.words[after[0] - 1]
        end, cue = after[0], after[1] if not cue and last in _OPEN_ENDED else cue
    if not cue and certificate:
        # "Rated 18" is a certificate.
        return None
    cue = cue or _AT_LEAST
    above = cue not in (_UNDER, _AT_MOST)
    return _bounded("rating", start, end, number, above=above, label=f"rated {cue} {number:g}")


def _of_ten(word: str) -> float | None:
    """Return a rating from 0 to 10, of percent too; None if the word is none."""
    if not word[:1].isdecimal() or not word.isascii():
        return None
    try:
        number = float(word)
    except ValueError:
        return None
    if 10 < number <= 100:
        number /= 10
    return number if number <= 10 else None


def _bounded(
    field: RangeField, start: int, end: int, bound: float, *, above: bool, label: str
) -> Reading:
    low, high = (bound, None) if above else (None, bound)
    return Reading(start, end, (Condition(field=field, low=low, high=high, label=label),))
