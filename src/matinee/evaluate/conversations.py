"""Recommendation dialogues as queries: what the seeker said, and the film then recommended.

The data is INSPIRED (Hayati and others, "INSPIRED: Toward sociable recommendation dialog systems",
2020): two people talk, a recommender finds a film for a seeker. How a dialogue becomes queries,
decision by decision:

* One query for each turn in which the recommender names a film for the first time in the dialogue.
  A film that either has named before is talk about a known film, not a recommendation.
* The query is every utterance of the seeker before that turn, in order. The recommender's words are
  no part of it: nobody types those into a search box.
* Relevant are all films first named in that turn, with grade 1.
* Only dialogues that the data labels as ending in the acceptance of a new film
  (``coarse_label`` is ``accept_new``). Which of the films was accepted is not labelled. A seeker
  says "I accept" in fewer than half of the dialogues, and the film linked just before is often
  another, so the words are not used to tell.
* Sentences labelled ``no_strategy`` or ``acknowledgment`` recommend nothing: there the linker took
  a word for a film ("Am I right?" for Mr. Right). Their films count neither as recommended nor as
  named before. The same happens in other sentences ("November" for a film of that name) and cannot
  be told there, so the highest value that a search can reach is well below 1.
* A film is mapped to the catalogue's title of the same name, leading article, case and accents
  aside, whose year is the same, or else one year off, since sources disagree about the first
  release. Of several the one with most votes. A film that cannot be mapped is left out, and a turn
  that has no other with it.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from matinee.catalogue.words import plain_words
from matinee.evaluate.judgments import JudgedQuery, Questions
from matinee.evaluate.readers import CATALOGUE, lines, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FILE = "conversations/inspired_dev.tsv.gz"
_ACCEPTED = "accept_new"
_NOT_RECOMMENDING = frozenset({"no_strategy", "acknowledgment"})
_FILM = re.compile(r"(.+) \((\d{4})\)")
_ARTICLES = frozenset({"the", "a", "an"})

_REJECTED = "dialogues that did not end in acceptance"
_UNMAPPED = "recommended films that the catalogue does not know"
_ELSE = "films in sentences that recommend nothing"
_SILENT = "turns before the seeker said anything"
_EMPTY = "turns of which no film could be mapped"


def conversations(data: Path) -> Questions:
    """Read the dialogues of the development part; see the module for how.

    Raises:
        JudgmentsError: a file is absent or cannot be read.
    """
    known = _known_films(data)
    dialogues: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(lines(data / FILE), delimiter="\t"):
        dialogues[row["dialog_id"]].append(row)
    queries: list[JudgedQuery] = []
    left_out: Counter[str] = Counter()
    for name, rows in dialogues.items():
        if rows[0]["coarse_label"] == _ACCEPTED:
            queries += _queries(name, rows, known, left_out)
        else:
            left_out[_REJECTED] += 1
    return Questions(tuple(queries), dict(left_out))


def _queries(
    name: str,
    rows: Iterable[Mapping[str, str]],
    known: Mapping[tuple[str, int], str],
    left_out: Counter[str],
) -> list[JudgedQuery]:
    said: list[str] = []
    named: set[str] = set()
    words: dict[str, str] = {}
    films: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        linked = [film.strip() for film in row["movies"].split(";") if film.strip()]
        if row["speaker"] == "SEEKER":
            said.append(row["text"].replace("QUOTATION_MARK", '"'))
        elif row["expert_label"] in _NOT_RECOMMENDING:
            left_out[_ELSE] += len(linked)
            continue
        else:
            # A turn has several sentences; the query is what was said before the first.
            words.setdefault(row["turn_id"], " ".join(said))
            films[row["turn_id"]] += [film for film in linked if film not in named]
        named.update(linked)
    queries = []
    for turn, recommended in films.items():
        found = {film: _find(film, known) for film in dict.fromkeys(recommended)}
        left_out[_UNMAPPED] += sum(identifier is None for identifier in found.values())
        relevance = {identifier: 1.0 for identifier in found.values() if identifier}
        if found and not words[turn]:
            left_out[_SILENT] += 1
        elif found and not relevance:
            left_out[_EMPTY] += 1
        elif relevance:
            queries.append(JudgedQuery(f"{name}/{turn}", words[turn], relevance))
    return queries


def _known_films(data: Path) -> dict[tuple[str, int], str]:
    """Return the id of the most voted title by its folded name and year."""
    columns = ["tmdb_id", "title", "release_date", "vote_count"]
    rows = table(data / CATALOGUE, columns).to_pylist()
    rows.sort(key=lambda row: row["vote_count"] or 0)
    return {
        (_folded(row["title"]), int(row["release_date"][:4])): f"tmdb:{row['tmdb_id']}"
        for row in rows
        if row["title"] and row["release_date"]
    }


def _find(film: str, known: Mapping[tuple[str, int], str]) -> str | None:
    named = _FILM.fullmatch(film)
    if named is None:
        return None
    name, year = _folded(named[1]), int(named[2])
    years = (year, year - 1, year + 1)
    return next((known[name, y] for y in years if (name, y) in known), None)


def _folded(name: str) -> str:
    """Return a name without case, accents, punctuation and leading article.

    >>> _folded("The Mirror Crack'd")
    'mirror crackd'
    """
    found = plain_words(name)
    return " ".join(found[1:] if len(found) > 1 and found[0] in _ARTICLES else found)
