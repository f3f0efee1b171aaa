"""Encoders by name: the one that ships with Matinee, and those pulled from the hub."""

from __future__ import annotations

from matinee.encode.onnx_text import OnnxTextEncoder
from matinee.errors import ModelError
from matinee.models import hub, registry


def load_encoder(name: str, *, threads: int | None = None) -> OnnxTextEncoder:
    """Load an encoder by its name.

    Args:
        name: a name of the registry.
        threads: threads of one run of the model; all cores when not given.

    Raises:
        ModelError: the name is unknown or not that of an encoder, the model has not been pulled,
            or its files are damaged.
    """
    spec = registry.find(name)
    if spec.kind != "encoder":
        known = [one.name for one in registry.MODELS.values() if one.kind == "encoder"]
        raise ModelError(
            "That model is not an encoder", where=name, cure=f"Encoders are {', '.join(known)}"
        )
    return OnnxTextEncoder.from_files(hub.files_of(spec), threads=threads)
