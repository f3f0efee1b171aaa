"""The models known by name: which are on this machine, and which this server uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.assembly import Library
from matinee.errors import MatineeError
from matinee.models import hub
from matinee.models.registry import MODELS
from matinee.service.scene import gettext

if TYPE_CHECKING:
    from matinee.models.card import ModelFiles
    from matinee.models.registry import ModelSpec
    from matinee.service.holder import Holder
    from matinee.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A model that Matinee knows by name.

    Attributes:
        name: of it.
        kind: what it is, in words.
        encodes: whether a library can be built with it.
        bytes: of its files.
        there: whether it is on this machine.
        ships: whether it comes with the program, so that it need not be fetched.
        used_for: what this server would use it for; empty for nothing.
        licence: of it.
    """

    name: str
    kind: str
    encodes: bool
    bytes: int
    there: bool
    ships: bool
    used_for: str
    licence: str


def read_models(holder: Holder, settings: Settings) -> tuple[KnownModel, ...]:
    """Return the models as ``matinee models list`` tells them, those in use first."""
    used = _used(holder, settings)
    kinds = {
        "encoder": gettext("reads texts"),
        "cross-encoder": gettext("reads closely"),
        "picture-encoder": gettext("sees pictures"),
        "captioner": gettext("describes pictures"),
    }
    known = (_known(spec, kinds, used) for spec in MODELS.values())
    return tuple(sorted(known, key=lambda model: not model.used_for))


def _used(holder: Holder, settings: Settings) -> dict[str, str]:
    """Return what models are used for, by their names."""
    used = {
        settings.reranker: gettext("closer reading (method ce)"),
        settings.captioner: gettext("captions of pictures"),
        settings.picture_encoder: gettext("pictures"),
    }
    library = holder.library
    if isinstance(library, Library):
        used[library.manifest.encoder.name] = gettext("this library")
    return used


def _known(spec: ModelSpec, kinds: dict[str, str], used: dict[str, str]) -> KnownModel:
    files, size = _files(spec), spec.bytes
    if files is not None and not spec.sources:
        size = sum(path.stat().st_size for path in files.paths.values())
    return KnownModel(
        name=spec.name,
        kind=kinds[spec.kind],
        encodes=spec.kind == "encoder",
        bytes=size,
        there=files is not None,
        ships=not spec.sources,
        used_for=used.get(spec.name, ""),
        licence=spec.licence,
    )


def _files(spec: ModelSpec) -> ModelFiles | None:
    try:
        return hub.located(spec) if spec.sources else hub.files_of(spec)
    except (MatineeError, OSError):
        # Damaged, or deleted while it was looked at: it cannot be used either way.
        return None
