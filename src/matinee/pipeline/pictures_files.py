"""The pictures of a library version as files, and those of the live version found again by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from matinee.arrays import load_array
from matinee.catalogue.table import TitleTable
from matinee.encode.record_log import KEY_BYTES
from matinee.errors import LibraryCorruptError, LibraryError
from matinee.index.pictures import POSTERS, TEXTS, PictureIndex
from matinee.library import versions
from matinee.pictures.signature import SIGNATURE_BYTES, SIGNATURE_VERSION
from matinee.pictures.signature_index import ROWS, SignatureIndex
from matinee.pictures.signature_index import SIGNATURES as ARRAY
from matinee.pipeline.pictures_card import (
    FOLDER,
    SIGNATURES,
    PicturesCard,
    read_card,
    write_card,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

Made: TypeAlias = "list[tuple[int, bytes, bytes]]"
"""Row of a title, key of what was made for it, and what was made; by row."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a version has of one kind.

    Attributes:
        rows: int64 [m], the title of each.
        keys: uint8 [m, 16].
        contents: [m, w].
    """

    rows: npt.NDArray[np.int64]
    keys: npt.NDArray[np.uint8]
    contents: npt.NDArray[Any]

    @classmethod
    def open(cls, rows: Path, keys: Path, contents: Path) -> Kept:
        """Map one kind into memory.

        Raises:
            LibraryCorruptError: a file is missing or damaged, or does not fit the others.
        """
        return cls(load_array(rows, np.int64), load_array(keys), load_array(contents))

    def __post_init__(self) -> None:
        rows, keys, contents = self.rows, self.keys, self.contents
        if keys.shape != (len(rows), KEY_BYTES) or contents.shape[:1] != (len(rows),):
            raise LibraryCorruptError(
                f"There are {len(rows)} titles, {len(keys)} keys and {len(contents)} contents"
            )

    def by_row(self) -> dict[int, bytes]:
        """Return the key of each title's."""
        return {row: key.tobytes() for row, key in zip(self.rows.tolist(), self.keys, strict=True)}

    def by_key(self) -> dict[bytes, bytes]:
        """Return what was made, by key."""
        return {
            key.tobytes(): content.tobytes()
            for key, content in zip(self.keys, self.contents, strict=True)
        }


@dataclass(frozen=True, slots=True)
class LivePictures:
    """The pictures of the live version of a library.

    Attributes:
        folder: of the version.
        card: what there is to know of them.
        kinds: what there is of each kind, by its name; nothing where it is damaged.
        damage: what is wrong with it, empty if nothing is.
    """

    folder: Path
    card: PicturesCard
    kinds: Mapping[str, Kept]
    damage: str = ""

    def by_key(self, kind: str) -> dict[bytes, bytes]:
        """Return what was made of a kind, by key."""
        return self.kinds[kind].by_key() if kind in self.kinds else {}

    def by_row(self, kind: str, again: Mapping[int, int]) -> dict[int, bytes]:
        """Return keys by the rows of the next catalogue; ``again`` is as of :meth:`found_again`."""
        kept = self.kinds[kind].by_row() if kind in self.kinds else {}
        return {again[row]: key for row, key in kept.items() if row in again}

    def found_again(self, titles: TitleTable) -> tuple[dict[int, int], int]:
        """Return the rows of titles with posters in the next catalogue, and how many are gone.

        A title is found by any id it is known by. Where two were merged since, the first of them
        keeps its poster.

        Raises:
            LibraryCorruptError: the catalogue of the version cannot be read.
        """
        before = TitleTable.open(self.folder)
        with_poster = {
            row
            for kind in (SIGNATURES, POSTERS)
            if kind in self.kinds
            for row in self.kinds[kind].rows.tolist()
        }
        again: dict[int, int] = {}
        taken: set[int] = set()
        gone = 0
        for row in sorted(with_poster):
            ids = before.table.column("ids")[row].as_py()
            found = next((new for each in ids if (new := titles.find(each)) is not None), None)
            if found is None:
                gone += 1
            elif found not in taken:
                again[row] = found
                taken.add(found)
        return again, gone


def live_pictures(root: Path) -> LivePictures | None:
    """Return the pictures of the live version of a library; None where there are none.

    Damaged ones are no reason not to build a sound version; then there is nothing to take.
    """
    if not versions.exists(root):
        return None
    try:
        folder = versions.current(root)
    except LibraryError:
        return None
    inside = folder / FOLDER
    try:
        card = read_card(inside)
        if card is None:
            return None
        kinds = {}
        if card.signatures:
            files = (
                inside / SIGNATURES / ROWS,
                _keys(inside, SIGNATURES),
                inside / SIGNATURES / ARRAY,
            )
            kinds[SIGNATURES] = Kept.open(*files)
        for name in (POSTERS, TEXTS) if card.texts else (POSTERS,) if card.encoder else ():
            rows, contents = inside / f"{name}.rows.npy", inside / f"{name}.f16.npy"
            kinds[name] = Kept.open(rows, _keys(inside, name), contents)
        return LivePictures(folder, card, kinds)
    except LibraryError as error:
        nothing = PicturesCard(titles=0, posters=0, signatures=0, signature_version="")
        return LivePictures(folder, nothing, {}, str(error))


def write_pictures(
    folder: Path, card: PicturesCard, signatures: Made, posters: Made, texts: Made
) -> None:
    """Write the pictures of a version into a folder of their own, which is made."""
    folder.mkdir()
    write_card(folder, card)
    if signatures:
        drawn = _stacked(signatures, np.uint8, SIGNATURE_BYTES)
        SignatureIndex.build(drawn, _rows(signatures)).save(folder / SIGNATURES)
        _save_keys(folder, SIGNATURES, signatures)
    if card.encoder is not None:
        width = card.encoder.dimension
        PictureIndex.build(
            card.encoder,
            _stacked(posters, np.float16, width),
            _rows(posters),
            _stacked(texts, np.float16, width) if texts else None,
            _rows(texts) if texts else None,
        ).save(folder)
        _save_keys(folder, POSTERS, posters)
        if texts:
            _save_keys(folder, TEXTS, texts)


def open_signatures(folder: Path, card: PicturesCard, titles: int) -> SignatureIndex | None:
    """Map the signatures of a version of so many titles into memory.

    None where there are none, or where they were made in another way than this Matinee's, so that
    no picture would be recognised by them.

    Raises:
        LibraryCorruptError: a file is missing or damaged, or does not fit the catalogue.
    """
    if not card.signatures or card.signature_version != SIGNATURE_VERSION:
        return None
    index = SignatureIndex.open(folder / SIGNATURES)
    rows = index.rows
    if len(index) != card.signatures or not ((rows >= 0) & (rows < titles)).all():
        raise LibraryCorruptError(
            f"There are {len(index)} signatures of posters instead of {card.signatures}, or they "
            f"are of titles that are not there",
            where=str(folder / SIGNATURES),
            cure="Build the library again, or restore the folder from a copy",
        )
    return index


def _rows(made: Made) -> npt.NDArray[np.int64]:
    return np.array([row for row, _, _ in made], np.int64)


def _stacked(made: Made, dtype: npt.DTypeLike, width: int) -> npt.NDArray[Any]:
    return np.frombuffer(b"".join(content for _, _, content in made), dtype).reshape(-1, width)


def _save_keys(folder: Path, name: str, made: Made) -> None:
    keys = np.frombuffer(b"".join(key for _, key, _ in made), np.uint8).reshape(-1, KEY_BYTES)
    np.save(_keys(folder, name), keys, allow_pickle=False)


def _keys(folder: Path, name: str) -> Path:
    return folder / f"{name}.keys.npy"
