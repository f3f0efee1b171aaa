"""What the library that answers is made of, what it lacks, and its versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import MatineeError
from matinee.library import manifest, versions
from matinee.pipeline import build, title_map
from matinee.service.scene import gettext, number

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.assembly import Library
    from matinee.library.manifest import Manifest
    from matinee.service.holder import Holder

_BUILD = "matinee build FILES"
_POSTERS = "matinee build FILES --posters FOLDER"
_PICTURES = "matinee models pull clip && matinee build FILES --posters FOLDER"
_TRAIN = "matinee train taste RATINGS"
_RATE = "matinee train taste RATINGS --rating-model stack"


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a library may have.

    Attributes:
        name: of it.
        there: whether it is there.
        said: what there is of it, or what is missed without it.
        command: that makes it.
    """

    name: str
    there: bool
    said: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVersion:
    """A version on disk.

    Attributes:
        name: of its folder.
        serves: whether it answers.
        created: when it was built, ISO 8601 in UTC; None where it cannot be read.
        titles: how many.
        bytes: of all its files.
        problem: why it cannot be used; empty if it can.
    """

    name: str
    serves: bool
    created: str | None = None
    titles: int = 0
    bytes: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryFacts:
    """The library that answers.

    Attributes:
        version: its name.
        titles: how many.
        demo: whether it is the one that comes with the program.
        folder: of its versions; empty for one in memory.
        created: when it was built, ISO 8601 in UTC.
        matinee: version of the program that built it.
        encoder: name of the model of its vectors.
        dimension: numbers of a vector.
        bytes: of its files.
        parts: what it has and lacks; none are known of a library in memory.
    """

    version: str
    titles: int
    demo: bool = False
    folder: str = ""
    created: str = ""
    matinee: str = ""
    encoder: str = ""
    dimension: int = 0
    bytes: int = 0
    parts: tuple[Part, ...] = ()


def read_library(holder: Holder) -> LibraryFacts | None:
    """Return what there is to know of the library that answers, None where none does."""
    library = holder.library
    if library is None:
        return None
    # A library of somebody's own, in memory, has none.
    made: Manifest | None = getattr(library, "manifest", None)
    if made is None:
        return LibraryFacts(version=library.version, titles=len(library))
    return LibraryFacts(
        version=made.version,
        titles=made.titles,
        demo=library.is_demo,
        folder=str(library.root),
        created=made.created,
        matinee=made.matinee,
        encoder=made.encoder.name,
        dimension=made.encoder.dimension,
        bytes=sum(record.bytes for record in made.files.values()),
        parts=(*_made_by_build(library), *_pictures(library), *_taste(library)),
    )


def read_versions(holder: Holder) -> tuple[KeptVersion, ...]:
    """Return the versions on disk, the newest first."""
    root = holder.root
    names = [] if root is None else versions.names(root)
    return tuple(_version(root, name, holder.version) for name in reversed(names) if root)


def _version(root: Path, name: str, serving: str | None) -> KeptVersion:
    try:
        made = manifest.read(root / name)
    except MatineeError as error:
        return KeptVersion(name=name, serves=name == serving, problem=error.what)
    return KeptVersion(
        name=name,
        serves=name == serving,
        created=made.created,
        titles=made.titles,
        bytes=sum(record.bytes for record in made.files.values()),
    )


def _made_by_build(library: Library) -> tuple[Part, ...]:
    made = library.manifest
    firsts = {name.partition("/")[0] for name in made.files}
    vectors = gettext("%(shown)s titles by %(encoder)s: search by meaning")
    return (
        Part(
            gettext("Vectors"),
            build.VECTORS in firsts,
            vectors % {"shown": number(made.titles), "encoder": made.encoder.name},
            _BUILD,
        ),
        Part(gettext("Word index"), build.LEXICAL in firsts, gettext("search by words"), _BUILD),
        Part(gettext("Map"), title_map.FOLDER in firsts, gettext("the page Map"), _BUILD),
    )


def _pictures(library: Library) -> tuple[Part, Part]:
    posters, seen = gettext("Posters"), gettext("Search by picture")
    try:
        card = library.pictures
    except MatineeError as error:
        return Part(posters, False, error.what, _POSTERS), Part(seen, False, error.what, _PICTURES)
    if card is None or not card.signatures:
        said = gettext("a film is found by a picture of its poster")
        known = Part(posters, False, said, _POSTERS)
    else:
        said = gettext("%(shown)s of %(all)s titles: a film is found by a picture of its poster")
        counts = {"shown": number(card.signatures), "all": number(card.titles)}
        known = Part(posters, True, said % counts, _POSTERS)
    if card is None or card.encoder is None or not card.vectors:
        said = gettext("films that look like a picture, or tell what it shows")
        return known, Part(seen, False, said, _PICTURES)
    said = gettext("%(shown)s posters by %(encoder)s: films that look like a picture")
    counts = {"shown": number(card.vectors), "encoder": card.encoder.name}
    return known, Part(seen, True, said % counts, _PICTURES)


def _taste(library: Library) -> tuple[Part, Part]:
    models, stars = gettext("Taste models"), gettext("Predicted stars")
    ranked = gettext("what people who liked the same liked besides")
    rated = gettext("how many stars somebody would give")
    card = library.taste
    if card is None:
        return Part(models, False, ranked, _TRAIN), Part(stars, False, rated, _TRAIN)
    ranking = Part(models, True, ", ".join(card.rankings), _TRAIN)
    if card.rating is None:
        return ranking, Part(stars, False, rated, _RATE)
    return ranking, Part(stars, True, card.rating, _RATE)
