"""What there is to know of the pictures of a library version, beside the pictures themselves."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from matinee.errors import LibraryCorruptError
from matinee.types import PictureEncoderSpec

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "pictures"
CARD = "pictures.json"
SIGNATURES = "signatures"


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturesCard:
    """How many pictures a version has, and what was made of them.

    Attributes:
        titles: titles of the catalogue.
        posters: titles whose poster was read.
        signatures: of posters, by which they are recognised.
        signature_version: of the way these were made.
        encoder: what made the vectors; None where there are none.
        vectors: of posters.
        texts: vectors of texts, in the space of the posters.
        rejected: posters that should be there and could not be had or read.
        sources: what the posters were read from, by name.
        kept: whether no posters were given, and those of the version before were taken along.
        gone: of these, titles that are not in the catalogue any more.
        note: what is less than it could be, and the cure; empty if nothing is.
    """

    titles: int
    posters: int
    signatures: int
    signature_version: str
    encoder: PictureEncoderSpec | None = None
    vectors: int = 0
    texts: int = 0
    rejected: int = 0
    sources: tuple[str, ...] = ()
    kept: bool = False
    gone: int = 0
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self) | {"sources": list(self.sources)}


def write_card(folder: Path, card: PicturesCard) -> None:
    """Write the card into the folder of the pictures of a version."""
    text = json.dumps(card.to_dict(), indent=2, sort_keys=True, ensure_ascii=False)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def read_card(folder: Path) -> PicturesCard | None:
    """Read the card of the folder of the pictures of a version; None where it has no pictures.

    Raises:
        LibraryCorruptError: it is damaged.
    """
    path = folder / CARD
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        encoder = values.pop("encoder")
        return PicturesCard(
            encoder=None if encoder is None else PictureEncoderSpec(**encoder),
            sources=tuple(values.pop("sources")),
            **values,
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise LibraryCorruptError(
            f"What is known of the pictures cannot be read: {error}",
            where=str(path),
            cure="Build the library again, or restore the folder from a copy",
        ) from error
