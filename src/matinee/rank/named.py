"""Rerankers by name, or by the folder they were trained into."""

from __future__ import annotations

from pathlib import Path

from matinee.errors import ModelError
from matinee.models import hub, registry
from matinee.rank.cross_encoder import CrossEncoder


def load_reranker(name: str, *, threads: int | None = None) -> CrossEncoder:
    """Load a cross-encoder by its name in the registry, else from the folder of that path.

    Args:
        name: a name of the registry, or a folder that ``matinee train reranker`` wrote.
        threads: threads of one run of the model; all cores when not given.

    Raises:
        ModelError: there is neither, the model is of another kind, has not been pulled, or is
            damaged.
    """
    spec = registry.MODELS.get(name)
    if spec is None:
        folder = Path(name).expanduser()
        if folder.is_dir():
            return CrossEncoder.from_folder(folder, threads=threads)
    if spec is None or spec.kind != "cross-encoder":
        known = [one.name for one in registry.MODELS.values() if one.kind == "cross-encoder"]
        raise ModelError(
            "There is no such reranker",
            where=name,
            cure=f"Name the folder of one you trained, or one of {', '.join(known)}",
        )
    return CrossEncoder.from_files(hub.require(spec), threads=threads)
