"""Picture encoders and captioners by name, or by the folder they lie in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matinee.encode.blip import BlipCaptioner, require_libraries
from matinee.encode.picture_encoder import OnnxPictureEncoder
from matinee.errors import ModelError
from matinee.models import hub, registry
from matinee.models.card import ModelFiles

if TYPE_CHECKING:
    from matinee.models.card import Kind


def load_picture_encoder(name: str, *, threads: int | None = None) -> OnnxPictureEncoder:
    """Load a picture encoder by its name in the registry, else from the folder of that path.

    Args:
        name: a name of the registry, or a folder that holds a model and its ``model.json``.
        threads: threads of one run of the model; all cores when not given.

    Raises:
        ModelError: there is neither, the model is of another kind, has not been pulled, or is
            damaged.
    """
    return OnnxPictureEncoder.from_files(
        _files(name, "picture-encoder", "picture encoder"), threads=threads
    )


def load_captioner(name: str, *, threads: int | None = None) -> BlipCaptioner:
    """Load a captioner by its name in the registry, else from the folder of that path.

    Args:
        name: a name of the registry, or a folder that holds a model and its ``model.json``.
        threads: threads of one run of the model; all cores when not given.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        ModelError: there is neither, the model is of another kind, has not been pulled, or is
            damaged.
    """
    # First: without them, a gigabyte of weights is no use.
    require_libraries()
    return BlipCaptioner.from_files(_files(name, "captioner", "captioner"), threads=threads)


def _files(name: str, kind: Kind, called: str) -> ModelFiles:
    """Return the files of a model of a kind."""
    spec = registry.MODELS.get(name)
    if spec is None:
        folder = Path(name).expanduser()
        if name and folder.is_dir():
            return ModelFiles.in_folder(folder)
    if spec is None or spec.kind != kind:
        known = [one.name for one in registry.MODELS.values() if one.kind == kind]
        raise ModelError(
            f"There is no such {called}",
            where=name,
            cure=f"Name the folder of one, or one of {', '.join(known)}",
        )
    return hub.files_of(spec)
