"""The pictures of a library, from posters to vectors and signatures. Read :func:`build_pictures`.

Everything that is made is kept in a log as soon as it is made, under the digest of the poster and
the fingerprint of its maker: a build that was killed goes on where it stopped, and one that comes
later makes what is new and nothing else. One poster is in memory at a time, and those of a batch
that wait for the encoder.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.catalogue.document import rerank_text
from matinee.errors import InputError, LibraryError, ModelError, PictureError, RejectedRowsError
from matinee.index.pictures import POSTERS
from matinee.pictures.decode import PictureLimits, decode
from matinee.pictures.signature import SIGNATURE_VERSION, signature
from matinee.pipeline.pictures_card import FOLDER, SIGNATURES, PicturesCard
from matinee.pipeline.pictures_files import write_pictures
from matinee.pipeline.pictures_work import Work
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matinee.catalogue.table import TitleTable
    from matinee.catalogue.title import Title
    from matinee.ingest.posters.source import PosterSource
    from matinee.pipeline.build import BuildProgress
    from matinee.pipeline.pictures_files import LivePictures, Made
    from matinee.protocols import PictureEncoder
    from matinee.types import Matrix, Picture, PictureEncoderSpec

_LONGEST = 200
"""Characters of a value in a reject."""
_SLACK = 1e-3
"""How far the length of a vector may be from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions:
    """What may be chosen about the pictures of a build.

    Attributes:
        keep: take along those of the live version where no posters are given.
        vectors: whether vectors are wanted; signatures always are.
        absent: why there is no encoder though vectors are wanted, and the cure, as sentences.
        batch: pictures or texts encoded at once; sixteen posters take 12 MB when decoded.
        limits: of a poster.
    """

    keep: bool = True
    vectors: bool = True
    absent: str = ""
    batch: int = 16
    limits: PictureLimits = field(default_factory=PictureLimits)


@dataclass(frozen=True, slots=True)
class PicturesMade:
    """What a build made of pictures.

    Attributes:
        card: what the version has of them.
        encoded: posters encoded in this run; the vectors of the others were at hand.
        texts_encoded: texts encoded for the space of the posters; as above.
        rejects: posters that should be there and could not be had or read.
        unused: pictures given that fit no title.
    """

    card: PicturesCard
    encoded: int
    texts_encoded: int
    rejects: tuple[Reject, ...]
    unused: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, the rejects counted."""
        made = {"encoded": self.encoded, "texts_encoded": self.texts_encoded, "unused": self.unused}
        return self.card.to_dict() | made


@dataclass(frozen=True, slots=True)
class PicturePlan:
    """What is to be made of pictures, checked when it is made.

    Attributes:
        posters: where they are; of a title that several have, the first that can be read counts.
            None at all means that those of the live version are taken along.
        encoder: makes the vectors; without one only those at hand are taken.
        options: what may be chosen.
        before: the pictures of the live version.

    Raises:
        InputError: the posters to be taken along were encoded by another encoder.
    """

    posters: Sequence[PosterSource]
    encoder: PictureEncoder | None
    options: PictureOptions
    before: LivePictures | None

    def __post_init__(self) -> None:
        spec, card = self.spec, None if self.kept is None else self.kept.card
        if card is None or spec is None or card.encoder is None or not card.vectors:
            return
        made_by = card.encoder
        if made_by.fingerprint != spec.fingerprint:
            raise InputError(
                f"The posters of the library were encoded by {made_by.name} "
                f"({made_by.fingerprint}); {spec.name} ({spec.fingerprint}) has to see them itself",
                cure="Give the posters with --posters, or build with --picture-encoder none",
            )

    @property
    def kept(self) -> LivePictures | None:
        """The pictures that are taken along."""
        return self.before if self.options.keep and not self.posters else None

    @property
    def spec(self) -> PictureEncoderSpec | None:
        """What makes the vectors, or what made those at hand."""
        if not self.options.vectors:
            return None
        if self.encoder is not None:
            return self.encoder.spec
        return None if self.before is None else self.before.card.encoder


def build_pictures(
    plan: PicturePlan,
    titles: TitleTable,
    staged: Path,
    work: Path,
    *,
    strict: bool,
    report: BuildProgress,
) -> PicturesMade | None:
    """Write signatures and vectors of the titles' posters; None where there is nothing to write.

    Args:
        plan: what is to be made.
        titles: the catalogue.
        staged: folder of the new version.
        work: folder where finished work is logged.
        strict: stop at the first poster that cannot be read.
        report: is told how far it has come.

    Raises:
        RejectedRowsError: ``strict`` is set and a poster cannot be read.
        ModelError: the encoder failed.
    """
    posters, kept, spec, options = plan.posters, plan.kept, plan.spec, plan.options
    encoder = plan.encoder if options.vectors else None
    if not posters and kept is None and encoder is None:
        return None
    shelves = Work(work, spec, plan.before)
    reading = _Reading(shelves, encoder, options, strict, report)
    if kept is not None:
        reading.take(kept, titles)
    elif posters:
        reading.read(posters, list(titles))
    signatures = shelves.signatures.there(reading.drawn)
    vectors = [] if shelves.posters is None else shelves.posters.there(reading.seen)
    texts, texts_encoded = _texts(titles, shelves, encoder, options, report)

    card = PicturesCard(
        titles=len(titles),
        posters=len(reading.drawn | reading.seen),
        signatures=len(signatures),
        signature_version=SIGNATURE_VERSION,
        encoder=spec if vectors or texts else None,
        vectors=len(vectors),
        texts=len(texts),
        rejected=len(reading.rejects),
        sources=tuple(map(_short, posters)) if kept is None else kept.card.sources,
        kept=kept is not None,
        gone=reading.gone,
        note=_note(plan, reading, unseen=len(reading.drawn) - len(vectors)),
    )
    write_pictures(staged / FOLDER, card, signatures, vectors, texts)
    # A host answers in whatever order it likes; the file of rejects is to be the same.
    rejects = sorted(reading.rejects, key=lambda each: (each.path, each.line, each.value))
    unused = sum(source.unused for source in posters)
    return PicturesMade(card, reading.encoded, texts_encoded, tuple(rejects), unused)


def picture_text(title: Title) -> str:
    """Return what a picture encoder reads of a title: ``TITLE (YEAR). Genres. Overview``.

    CLIP learnt from captions of a line and reads 77 tokens, so that it cuts an overview short. What
    decides the look of a poster, the genre above all, comes before it.
    """
    return rerank_text(title)


class _Reading:
    """Posters as they are read, one by one.

    Attributes:
        drawn: key of the signature, by the row of the title.
        seen: key of the vector, by the row; there may be no vector of it.
        rejects: what could not be had or read.
        gone: titles with a poster that are not in the catalogue any more.
        lost: what could not be taken along, and why, as sentences; empty if all could.
        encoded: posters encoded.
    """

    def __init__(
        self,
        work: Work,
        encoder: PictureEncoder | None,
        options: PictureOptions,
        strict: bool,
        report: BuildProgress,
    ) -> None:
        self._work, self._encoder, self._options = work, encoder, options
        self._strict, self._report = strict, report
        self._waiting: dict[bytes, Picture] = {}
        self.drawn: dict[int, bytes] = {}
        self.seen: dict[int, bytes] = {}
        self.rejects: list[Reject] = []
        self.gone = 0
        self.lost = ""
        self.encoded = 0

    def take(self, kept: LivePictures, titles: TitleTable) -> None:
        """Take along what the live version has."""
        try:
            again, self.gone = kept.found_again(titles)
        except LibraryError as error:
            self.lost = f"The posters of the version before are lost: {error}"
            return
        if kept.damage:
            self.lost = f"The posters of the version before are lost: {kept.damage}"
        # A signature of another version would stand beside those that it cannot be compared with.
        elif kept.card.signature_version == SIGNATURE_VERSION:
            self.drawn = kept.by_row(SIGNATURES, again)
        elif kept.card.signatures:
            self.lost = (
                "Posters are no longer recognised: the version before was built by another Matinee."
                " Build again with --posters."
            )
        if self._work.spec is not None:
            self.seen = kept.by_row(POSTERS, again)

    def read(self, sources: Sequence[PosterSource], titles: Sequence[Title]) -> None:
        """Read all posters, and make of each what is not at hand."""
        done = total = 0
        for source in sources:
            left = [row for row in range(len(titles)) if row not in self.drawn]
            total += len(left)
            passed = 0
            self._report("posters", done, total)
            for place, got in source.posters([titles[row] for row in left]):
                row = left[place]
                if isinstance(got, Reject):
                    self._set_aside(got)
                else:
                    self._poster(source.name, row, titles[row], got)
                # Titles without a poster are not told of; they are passed by.
                passed = max(passed, place + 1)
                self._report("posters", done + passed, total)
            done += len(left)
            self._report("posters", done, total)
        self._encode()
        if self._encoder is not None:
            self._report("pictures", self.encoded, self.encoded)

    def _poster(self, source: str, row: int, title: Title, data: bytes) -> None:
        digest = hashlib.sha256(data).digest()
        (drawn,) = self._work.signatures.keys([digest])
        to_draw = drawn not in self._work.signatures
        seen, to_encode = b"", False
        if self._work.posters is not None:
            (seen,) = self._work.posters.keys([digest])
            at_hand = seen in self._work.posters or seen in self._waiting
            to_encode = self._encoder is not None and not at_hand
        if to_draw or to_encode:
            try:
                picture = decode(data, self._options.limits)
            except PictureError as error:
                self._set_aside(_unreadable(source, row, title, error))
                return
            if to_draw:
                self._work.signatures.add([drawn], [signature(picture).tobytes()])
            if to_encode:
                self._waiting[seen] = picture
                if len(self._waiting) >= self._options.batch:
                    self._encode()
        self.drawn[row] = drawn
        if seen:
            self.seen[row] = seen

    def _encode(self) -> None:
        if self._encoder is None or self._work.posters is None or not self._waiting:
            return
        made = self._encoder.encode_pictures(list(self._waiting.values()))
        self._work.posters.add(list(self._waiting), _halves(made, self._encoder.spec))
        self.encoded += len(self._waiting)
        self._waiting.clear()
        self._report("pictures", self.encoded, 0)

    def _set_aside(self, reject: Reject) -> None:
        if self._strict:
            raise RejectedRowsError(
                f"A poster was refused: {reject.reason}",
                where=f"{reject.path}, line {reject.line}, {reject.value!r}",
                cure=reject.cure,
            )
        self.rejects.append(reject)


def _texts(
    titles: TitleTable,
    work: Work,
    encoder: PictureEncoder | None,
    options: PictureOptions,
    report: BuildProgress,
) -> tuple[Made, int]:
    """Return the vectors of the titles' texts, and how many had to be made."""
    if work.spec is None or work.texts is None or not work.spec.reads_text:
        return [], 0
    texts = [picture_text(title) for title in titles]
    keys = work.texts.keys([text.encode("utf-8", "replace") for text in texts])
    todo = {key: text for key, text in zip(keys, texts, strict=True) if key not in work.texts}
    wanted = list(todo) if encoder is not None else []
    if encoder is not None:
        total = len(set(keys))
        done = total - len(wanted)
        report("texts", done, total)
        for start in range(0, len(wanted), options.batch):
            some = wanted[start : start + options.batch]
            made = encoder.encode_texts([todo[key] for key in some])
            work.texts.add(some, _halves(made, work.spec))
            done += len(some)
            report("texts", done, total)
    return work.texts.there(dict(enumerate(keys))), len(wanted)


def _note(plan: PicturePlan, reading: _Reading, *, unseen: int) -> str:
    """Return what is less than it could be, and the cure; ``unseen`` posters have no vector."""
    if reading.lost or not plan.options.vectors or not unseen:
        return reading.lost
    if plan.encoder is None:
        return plan.options.absent or (plan.kept.card.note if plan.kept is not None else "")
    return (
        f"{unseen:,} posters can be recognised, but not searched by: they were not at hand to be "
        "encoded. Build again with --posters."
    )


def _short(source: PosterSource) -> str:
    # A library goes from machine to machine: where a folder lay on one of them is nobody's concern.
    return source.name if "://" in source.name else PurePath(source.name).name


def _halves(vectors: Matrix, spec: PictureEncoderSpec) -> list[bytes]:
    """Return vectors as they are kept, float16.

    Raises:
        ModelError: they are not of unit length: a zero would be near nothing.
    """
    norms = np.linalg.norm(vectors, axis=1)
    if vectors.shape[1] != spec.dimension or not (np.abs(norms - 1) < _SLACK).all():
        raise ModelError(
            f"The model made vectors of shape {vectors.shape}, of length {norms.min():.3g} to "
            f"{norms.max():.3g} instead of 1",
            where=spec.name,
            cure="Pull the model again, or build with --picture-encoder none",
        )
    return [vector.tobytes() for vector in np.asarray(vectors, np.float16)]


def _unreadable(source: str, row: int, title: Title, error: PictureError) -> Reject:
    return Reject(
        path=source,
        line=row + 1,
        column="poster",
        value=title.id[:_LONGEST],
        reason=error.what,
        cure=error.cure or "Replace the file",
    )
