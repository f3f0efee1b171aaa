"""The named judged sets: where their queries come from and what is measured on them.

A set is one entry of :data:`SETS`, published or generated from the library. Its name is what
``matinee evaluate search --set`` takes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from matinee.errors import InputError
from matinee.evaluate import conversations, generated, readers
from matinee.evaluate.judgments import Questions
from matinee.evaluate.kinds import ConstraintSet, JudgedSet, Material, SlotSet
from matinee.evaluate.slots import read_tagged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matinee.evaluate.generated import GeneratedQuery
    from matinee.evaluate.kinds import SearchSet

CATALOGUE = readers.CATALOGUE
_TAGGED = "mit_movie_queries/trivia10k13train.bio.gz"
"""Part "trivia10k13" of the MIT movie corpus: Liu, Pasupat, Cyphers and Glass, "ASGARD: a portable
architecture for multilingual dialogue systems", 2013."""
ALL = "all"
"""Stands for every set that is no part of another."""


_ONE_FILM = ("mrr", "success@1", "success@10", "success@100")
_NAMED = ("success@1", "success@10", "mrr")


def _published(reader: Callable[[Path], Questions]) -> Callable[[Material], Questions]:
    return lambda material: reader(material.folder())


def _tip(split: str, part_of: str | None = None) -> JudgedSet:
    return JudgedSet(
        name=f"tip_of_the_tongue/{split}",
        about="Long vague descriptions of a film somebody has forgotten; one film is right.",
        measures=_ONE_FILM,
        read=_published(partial(readers.tip_of_the_tongue, split=split)),
        part_of=part_of,
    )


def _generated(
    make: Callable[..., Sequence[GeneratedQuery]],
) -> Callable[[Material], Questions]:
    def read(material: Material) -> Questions:
        made = make(material.titles(), seed=material.seed)
        return Questions(tuple(query.judged() for query in made))

    return read


_SETS: tuple[SearchSet, ...] = (
    JudgedSet(
        name="title_judgments",
        about="Short queries for titles, with films graded 0 to 4.",
        measures=("ndcg@10", "mrr", "success@1"),
        read=_published(readers.title_judgments),
    ),
    _tip("2023-train"),
    _tip("2024-train"),
    # The 2025 track gave its first splits anew, with fewer queries.
    _tip("train-2025", part_of="tip_of_the_tongue/2024-train"),
    _tip("dev1-2025", part_of="tip_of_the_tongue/2023-train"),
    JudgedSet(
        name="tag_genome",
        about="A tag as the query; only the genome's films are ranked, by how true it is of them.",
        measures=("ndcg@10",),
        read=_published(readers.tag_genome),
        # The genome's relevance is a share already.
        gain="linear",
    ),
    JudgedSet(
        name="conversations",
        about="What somebody told a friend who then recommended a film; right is that film.",
        measures=("recall@10", "mrr", "success@100"),
        read=_published(conversations.conversations),
    ),
    JudgedSet(
        name="typos",
        about="Names of 1,000 films of the library with one edit or two; right is that film.",
        measures=_NAMED,
        read=_generated(generated.typos),
    ),
    JudgedSet(
        name="known_item",
        about="Films asked for by name and year, without article, in another spelling, or by "
        "director and a word.",
        measures=_NAMED,
        read=_generated(generated.known_items),
    ),
    ConstraintSet(
        name="constraints",
        about="Films of a year, decade, language, country, person or length, or not of one.",
        read=lambda material: generated.constraints(material.titles(), seed=material.seed),
    ),
)
SETS = {judged.name: judged for judged in _SETS}
"""Every set by its name."""


SLOT_SETS = {
    "mit_movie_queries": SlotSet(
        name="mit_movie_queries",
        about="Spoken movie queries, each word labelled with the slot it belongs to.",
        read=lambda material: read_tagged(material.folder() / _TAGGED),
    )
}
"""Every such set by its name."""


def select(names: Sequence[str]) -> tuple[SearchSet, ...]:
    """Return the sets of these names, in order, none twice.

    A family's name stands for its sets that are no part of another, :data:`ALL` for all such.

    Raises:
        InputError: there is no set of that name.

    >>> [judged.name for judged in select(["tip_of_the_tongue"])]
    ['tip_of_the_tongue/2023-train', 'tip_of_the_tongue/2024-train']
    """
    chosen: dict[str, SearchSet] = {}
    for name in names:
        if name in SETS:
            chosen[name] = SETS[name]
            continue
        if name in SLOT_SETS:
            raise InputError(
                f"{name} has no films to find: it measures how queries are read",
                cure=f"Use {ALL} or one of: {', '.join(SETS)}",
            )
        family = [
            judged
            for judged in _SETS
            if judged.part_of is None and (name == ALL or judged.name.startswith(f"{name}/"))
        ]
        if not family:
            raise InputError(
                f"There is no judged set {name!r:.60}",
                cure=f"Use {ALL} or one of: {', '.join(SETS)}",
            )
        chosen.update((judged.name, judged) for judged in family)
    return tuple(chosen.values())
