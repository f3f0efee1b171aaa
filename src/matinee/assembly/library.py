"""The open library."""

from __future__ import annotations

from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from matinee.assembly.recommending import Recommending
from matinee.catalogue.attribution import attributions_of
from matinee.encode.cached import CachedEncoder
from matinee.library import manifest, versions
from matinee.pipeline import pictures_card
from matinee.pipeline.pictures_card import read_card
from matinee.pipeline.provenance import open_provenance
from matinee.pipeline.recognise import recognise
from matinee.pipeline.search import search
from matinee.pipeline.similar import resolve
from matinee.query.knobs import Knobs
from matinee.query.picture import picture_query
from matinee.query.request import SearchRequest
from matinee.query.slots import tagger
from matinee.types import Picture

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path
    from typing import TypeAlias

    import PIL.Image

    from matinee.assembly.recommending import People
    from matinee.catalogue.attribution import Attribution
    from matinee.catalogue.title import Title
    from matinee.ingest.enrich import Provenance
    from matinee.library.manifest import Manifest
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.pictures_card import PicturesCard
    from matinee.pipeline.provenance import KnownProvenance
    from matinee.pipeline.recognise import Recognised
    from matinee.pipeline.results import Results
    from matinee.query.conditions import Condition, Understood
    from matinee.query.tagger import Slot

    Image: TypeAlias = str | Path | bytes | PIL.Image.Image | Picture


class Library(Recommending):
    """An open library: finds films, and recommends them.

    Open one with :func:`matinee.open`. It may be used from many threads at once.

    Attributes:
        root: the folder that holds the versions.
        is_demo: whether this is the bundled demo library.
    """

    def __init__(
        self,
        root: Path,
        engine: Engine,
        *,
        is_demo: bool = False,
        people: People | None = None,
    ) -> None:
        super().__init__(engine, people)
        self.root = root
        self.is_demo = is_demo

    @property
    def version(self) -> str:
        """Name of the version that answers, for example ``v0007``."""
        return self._engine.manifest.version

    @property
    def manifest(self) -> Manifest:
        """What the version is made of."""
        return self._engine.manifest

    @property
    def pictures(self) -> PicturesCard | None:
        """What there is to know of the posters, None where the library has none."""
        return read_card(self.root / self.version / pictures_card.FOLDER)

    @property
    def query_cache(self) -> tuple[int, int]:
        """How many queries' vectors were found in the encoder's cache so far, and how many not.

        (0, 0) for an encoder that has none.
        """
        encoder = self._engine.encoder
        return encoder.counts if isinstance(encoder, CachedEncoder) else (0, 0)

    def __len__(self) -> int:
        return len(self._engine.catalogue)

    def search(
        self,
        text: str = "",
        k: int = 10,
        *,
        method: str = "hybrid",
        knobs: Knobs | None = None,
        within: Collection[str] | None = None,
        exclude: Collection[str | int] = (),
        understand: bool = True,
        filters: Iterable[Condition] = (),
        without: Collection[str] = (),
        hard: Collection[str] = (),
        soft: Collection[str] = (),
        lang_policy: str = "auto-hard",
        min_votes: int = 0,
        sort: str = "relevance",
        top_up: bool = False,
        facets: bool = False,
        explain: bool = False,
        image: Image | None = None,
        route: str | None = None,
        share: float | None = None,
        caption: str | None = None,
        join: bool = False,
    ) -> Results:
        """Return the ``k`` films that fit a description or a picture best.

        Every argument is that of :class:`matinee.query.request.SearchRequest`, but for ``image``, a
        picture as a path, bytes, PIL image or :class:`matinee.types.Picture`, and what is said of
        it: ``route``, ``share``, ``caption`` and ``join``, which are those of
        :class:`matinee.query.picture.PictureQuery`.

        Raises:
            QueryError: an argument is out of its bounds.
            UnknownTitleError: an id of ``within`` is not in the library.
            PictureError: the picture cannot be read.
            ModelError: the method or the picture needs a model that is not at hand.
            MissingExtraError: what runs that model is not installed.
            LibraryError: the library has nothing to compare the picture with.
        """
        return self.answer(
            SearchRequest(
                text,
                k=k,
                method=method,
                knobs=knobs or Knobs(),
                within=within,
                exclude=exclude,
                understand=understand,
                filters=tuple(filters),
                without=without,
                hard=hard,
                soft=soft,
                lang_policy=lang_policy,
                min_votes=min_votes,
                sort=sort,
                top_up=top_up,
                facets=facets,
                explain=explain,
                picture=picture_query(
                    None if image is None else as_picture(image),
                    route=route,
                    share=share,
                    caption=caption,
                    join=join,
                ),
            )
        )

    def answer(self, request: SearchRequest) -> Results:
        """Return the answer to a request; see :meth:`search`."""
        return search(self._engine, request)

    def recognise(self, image: Image, k: int = 5) -> Recognised:
        """Return the titles whose poster a picture is; no model is needed.

        Args:
            image: a path, bytes, PIL image or :class:`matinee.types.Picture`.
            k: how many at most, 1 to 1,000.

        Raises:
            QueryError: ``k`` is out of bounds.
            PictureError: the picture cannot be read.
            LibraryError: the library knows no posters.
        """
        return recognise(self._engine, as_picture(image), k)

    def parse(self, text: str) -> Understood:
        """Return what a query is taken to ask, by the names of this library."""
        return self._engine.parser.parse(text)

    def slots(self, text: str) -> tuple[Slot, ...]:
        """Return what the slot tagger sees in a query, whatever titles are at hand.

        Its reading is a second opinion: the conditions of :meth:`parse` are what counts.
        """
        return tagger().tag(text)

    def title(self, title: str) -> Title:
        """Return a title by any of its ids, or by name.

        Raises:
            UnknownTitleError: no title has that id or name.
        """
        return self._engine.catalogue.title(resolve(self._engine, title))

    def provenance(self, title: str) -> dict[str, Provenance]:
        """Return where values of a title came from, by field, as far as ``matinee enrich`` did it.

        What is shown of them needs the licence, and the address beside it: see
        docs/how-to/enrich-a-catalogue.md.

        Args:
            title: any of its ids, or its name.

        Raises:
            UnknownTitleError: no title has that id or name.
            LibraryCorruptError: the file that tells it is damaged.
        """
        row = resolve(self._engine, title)
        return {} if self._provenance is None else self._provenance.of(row)

    @cached_property
    def attributions(self) -> tuple[Attribution, ...]:
        """To whom thanks are due for the facts of this version, in their own words.

        Raises:
            LibraryCorruptError: the file of the provenance is damaged.
        """
        filled = () if self._provenance is None else self._provenance.sources
        return attributions_of(self._engine.catalogue.table, {*self.manifest.sources, *filled})

    @cached_property
    def _provenance(self) -> KnownProvenance | None:
        return open_provenance(self.root / self.version, self.manifest)

    def canonical_id(self, identifier: str) -> str | None:
        """Return the library's own id of the title known by ``identifier``, None if it has none."""
        row = self._engine.catalogue.find(identifier)
        return None if row is None else self._engine.catalogue.title(row).id

    def warm(self) -> None:
        """Touch everything that an answer needs, so that the first one is as fast as the next."""
        search(self._engine, SearchRequest("film", k=1))
        if self.taste is not None:
            self.recommend(k=1)
        _ = self.attributions
        if self._provenance is not None:
            self._provenance.of(0)

    def verify(self) -> None:
        """Read every byte of the version and compare it with the manifest.

        Raises:
            LibraryCorruptError: naming the file and both hashes.
        """
        manifest.check(self.root / self.version, self.manifest, full=True)

    def status(self) -> dict[str, Any]:
        """Return what there is to know of the library, as plain values."""
        made, card = self.manifest, self.pictures
        # As those of the catalogue: the service tells of them, and where they lay is nobody's
        # business.
        sources = [] if card is None else [PurePath(name).name for name in card.sources]
        return {
            "library": made.version,
            "path": str(self.root),
            "demo": self.is_demo,
            "titles": made.titles,
            "sources": made.sources,
            "created": made.created,
            "built_by": f"matinee {made.matinee}",
            "encoder": made.encoder.name,
            "encoder_fingerprint": made.encoder.fingerprint,
            "dimension": made.encoder.dimension,
            # The files are not looked at: a later build may have deleted this version meanwhile.
            "bytes": sum(record.bytes for record in made.files.values())
            + len(manifest.encoded(made)),
            "versions": versions.names(self.root),
            "taste": None if self.taste is None else self.taste.to_dict(),
            "pictures": None if card is None else card.to_dict() | {"sources": sources},
        }


def as_picture(image: Image) -> Picture:
    """Return a picture from whatever holds one; a large one is read smaller than it is.

    Raises:
        PictureError: it cannot be read.
    """
    if isinstance(image, Picture):
        return image
    # Imported here: most libraries are searched without a picture.
    from matinee.pictures import read_picture

    return read_picture(image)
