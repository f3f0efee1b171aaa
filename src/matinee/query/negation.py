"""What films are not to be: "not horror", "without gore", "nothing scary", "non-English".

Negations are hard, except of fame and likeness, which only order films. A negated word that means
nothing else becomes a theme the titles' own texts must not have.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from matinee.query.conditions import INTENTS, RANGES, Condition
from matinee.query.phrases import PhraseTable
from matinee.query.reading import Reading
from matinee.query.vocabulary import FILM_NOUNS, FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matinee.query.lexicon import Lexicon
    from matinee.query.tokens import Query

_NOT: Final = "not"
_WITHOUT: Final = "without"
_NON: Final = "non"
_DISLIKES = (
    "i dont want",
    "i don t want",
    "i do not want",
    "i am not interested in",
    "im not interested in",
    "i hate",
    "i dislike",
)
_CUES = PhraseTable(
    dict.fromkeys(
        ("not", "but not", "and not", "isnt", "isn t", "arent", "aren t", "is not", "are not"),
        _NOT,
    )
    | dict.fromkeys(
        (
            "no",
            "but no",
            "and no",
            "with no",
            "without",
            "but without",
            "without any",
            "nothing",
            "but nothing",
            "except",
            "except for",
            "excluding",
            "exclude",
            "other than",
            "apart from",
            "minus",
            "anything but",
            "everything but",
            "rather than",
            "instead of",
            "avoid",
            "please no",
            "neither",
            *_DISLIKES,
        ),
        _WITHOUT,
    )
    | {"non": _NON}
)
_NOT_THEMES = frozenset("long short old new good bad boring great big small fast set made".split())
"""Words of films, not of their stories, and so never met in what tells of these."""
_NOT_NEGATING = frozenset(
    "only another just merely simply sure necessarily to one longer matter idea doubt because"
    " until even yet always all everyone everybody me him wonder surprisingly else but less more"
    " sooner knowing later".split()
)
"""Words after which "not" and "no" negate nothing that is asked."""
_BETWEEN = frozenset(
    "too very so a an any really overly super that much the all about with being be is it in from"
    " of for your typical more many those these movies films movie film kind type anything"
    " something set taking takes place".split()
)
"""Words that may stand between a negation and what it negates."""
_EMPHATIC = frozenset("too very so overly super really much".split())
_OPENERS = frozenset("but and or please with just though although yet".split())
_RELATIVE = frozenset("that which are is its".split())
"""Words between a noun that means films and a negation: "films that aren't sad"."""
_LONGEST_THEME = 3
"""Words of a negated theme; more are a clause of the story."""
_TITLE_WORDS = 3
"""Words from which a title that begins with "no" is one ("no country for old men")."""
_LONGEST_TITLE = 6
_FORMS = {
    "violent": ("violent", "violence"),
    "gory": ("gore", "gory"),
    "bloody": ("bloody", "gore"),
    "sexual": ("sexual", "sex"),
    "sad": ("sad", "tragic"),
    "depressing": ("depressing", "bleak"),
    "superheroes": ("superhero",),
    "subtitles": ("subtitles",),
}
"""Adjectives that stories rather say by a noun."""


def negate(
    query: Query, readings: Sequence[Reading], lexicon: Lexicon, *, themes: bool
) -> list[Reading]:
    """Return the readings with those that are negated turned into what must not be.

    Args:
        query: the query.
        readings: none overlapping, in the order of their words.
        lexicon: tells titles that begin with a negation.
        themes: whether other negated words are themes; not in stories, where much is not so.
    """
    at = {reading.start: reading for reading in readings}
    taken = {i for reading in readings for i in range(reading.start, reading.end)}
    result = dict(at)
    done = 0
    for start, end, kind in _CUES.scan(query):
        if start < done or start in taken or end - 1 in taken:
            continue
        if not _negates(query, end, lexicon):
            continue
        for before, after in _targets(query, start, end, kind, at, taken, themes=themes):
            if before is not None:
                del result[before.start]
            result[after.start] = after
            done = after.end
    return sorted(result.values(), key=lambda reading: reading.start)


def _negates(query: Query, end: int, lexicon: Lexicon) -> bool:
    if query.word(end) in _NOT_NEGATING or end >= len(query):
        return False
    last = query.words[end - 1]
    if last in ("no", "not", "nothing", "without"):
        begin = end - 1
        for stop in range(min(begin + _LONGEST_TITLE, query.stops[begin]), begin + 1, -1):
            words = stop - begin
            if words < _TITLE_WORDS:
                break
            if lexicon.named(query.raw(begin, stop)):
                return False
    return True


def _targets(
    query: Query,
    start: int,
    end: int,
    kind: str,
    at: dict[int, Reading],
    taken: set[int],
    *,
    themes: bool,
) -> Iterator[tuple[Reading | None, Reading]]:
    """Yield (reading, negated reading) for what a cue negates; no reading where it is a theme."""
    place, emphatic = end, False
    while place < len(query) and place not in at and query.words[place] in _BETWEEN:
        if query.breaks[place] or kind == _NON:
            return
        emphatic = emphatic or query.words[place] in _EMPHATIC
        place += 1
    if place >= len(query) or (query.breaks[place] and place > start):
        return
    target = at.get(place)
    if target is not None:
        yield target, _negated(target, start)
        stop = target.end
    else:
        if not themes or kind == _NON or place in taken:
            return
        if not (emphatic and kind == _NOT) and not _opens(query, start, taken):
            return
        theme = _theme(query, start, place, taken, whole=not emphatic)
        if theme is not None and kind == _NOT:
            theme = _relabelled(theme)
        if theme is None:
            return
        yield None, theme
        stop = theme.end
    yield from _more(query, (start, end), stop, target, at, taken, themes=themes)


def _more(
    query: Query,
    cue: tuple[int, int],
    stop: int,
    target: Reading | None,
    at: dict[int, Reading],
    taken: set[int],
    *,
    themes: bool,
) -> Iterator[tuple[Reading | None, Reading]]:
    """Yield what "or" and "and" add to what was negated: "no horror or gore"."""
    while (joint := query.word(stop)) in ("or", "nor", "and") and not query.breaks[stop]:
        place = stop + 1
        while query.word(place) in ("no", "any", "too", "a", "an", "the") and place not in at:
            place += 1
        following = at.get(place)
        if following is not None:
            same = target is not None and following.field == target.field
            if joint == "and" and not same:
                return
            yield following, replace(_negated(following, following.start), cue=cue)
            stop, target = following.end, following
            continue
        if not themes or place >= len(query) or place in taken:
            return
        if joint == "and" and target is not None:
            return
        theme = _theme(query, place, place, taken, whole=True)
        if theme is None:
            return
        yield None, replace(theme, cue=cue)
        stop, target = theme.end, None


def _opens(query: Query, start: int, taken: set[int]) -> bool:
    """Return whether a negation stands where one says what is not wanted, not inside a story."""
    if start == 0 or query.breaks[start] or start - 1 in taken:
        return True
    at = start - 1
    while at and query.words[at] in _RELATIVE:
        at -= 1
    before = query.words[at]
    if at < start - 1:
        return at in taken or before in FILM_NOUNS
    return before in _OPENERS or before in FILM_NOUNS or query.words[start] in _OPENERS - {"with"}


def _theme(query: Query, start: int, place: int, taken: set[int], *, whole: bool) -> Reading | None:
    """Return the theme of the words at ``place``; with ``whole``, only if they end a phrase."""
    end = place
    while (
        end < query.stops[place]
        and end not in taken
        and query.words[end] not in FUNCTION_WORDS
        and query.words[end] not in FILM_NOUNS
    ):
        end += 1
    count = end - place
    if not 0 < count <= _LONGEST_THEME:
        return None
    follows = query.word(end) if end < query.stops[place] else ""
    if whole and follows and end not in taken and follows not in _AFTER_THEME | FILM_NOUNS:
        return None
    if query.text[query.ends[end - 1] : query.ends[end - 1] + 1] == ":":
        # "No Direction Home: Bob Dylan"
        return None
    word = query.joined(place, end)
    if word in _NOT_THEMES or not word.replace(" ", "").isalpha():
        return None
    values = _FORMS.get(word, (word,))
    condition = Condition(field="theme", values=values, negated=True, label=f"no {word}")
    return Reading(start, end, (condition,))


def _relabelled(theme: Reading) -> Reading:
    """Return the theme of an adjective: "not violent"."""
    condition = theme.conditions[0]
    label = condition.label.replace("no ", "not ", 1)
    return replace(theme, conditions=(replace(condition, label=label),))


_AFTER_THEME = frozenset("and or nor but with from please in".split())


def _negated(reading: Reading, start: int) -> Reading:
    if reading.negative is not None:
        negative = (
            replace(c, negated=True, label=f"{'no' if c.field == 'theme' else 'not'} {c.label}")
            for c in reading.negative
        )
        return replace(reading, start=start, conditions=tuple(negative))
    first = reading.conditions[0]
    if first.field == "person":
        values = (*first.values, *(v for other in first.alternatives for v in other.values))
        first = replace(first, values=values, alternatives=())
    # A film that fits any reading must not be there: each is a condition of its own. What was
    # vague ("old") stays so.
    conditions = (
        replace(
            condition,
            negated=not condition.negated,
            hard=condition.field not in INTENTS and (first.hard or first.field not in RANGES),
            weight=1.0,
            label=f"not {condition.label}",
            alternatives=(),
        )
        for condition in (first, *first.alternatives)
    )
    return replace(reading, start=start, conditions=tuple(conditions), leaves=True)
