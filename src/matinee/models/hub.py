"""Brings models of the Hugging Face hub to this machine, and finds those that are here.

Files lie in the hub's own cache, where every other program that uses the model finds them too.
``HF_HOME``, ``HF_HUB_CACHE``, ``HF_TOKEN``, ``HF_ENDPOINT`` and ``HF_HUB_OFFLINE`` mean what they
mean everywhere. A connection that breaks is taken up where it stopped, a few times; a pull that was
ended is begun again with the file it was at.

The hub's client does not compare contents with a checksum; that is done here, once, when a file
arrives. Afterwards its size is looked at whenever it is used, and ``matinee models verify`` reads
it whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matinee.errors import ModelError
from matinee.models.card import ModelFiles, sha256_of

if TYPE_CHECKING:
    from matinee.models.registry import HubFile, HubSource, ModelSpec

_SHIPPED = Path(__file__).parents[1] / "encode" / "models"
"""What comes with the package lies beside the code that runs it."""


def files_of(spec: ModelSpec) -> ModelFiles:
    """Return the files of a model, be it of the hub or one that ships with Matinee.

    Raises:
        ModelError: it has not been pulled, or what ships with Matinee is damaged.
    """
    return require(spec) if spec.sources else ModelFiles.in_folder(_SHIPPED / spec.name)


def located(spec: ModelSpec) -> ModelFiles | None:
    """Return the files of a model of the hub, None unless all are here with their right sizes.

    Never uses the network.
    """
    found = {}
    for source, name, file in _wanted(spec):
        path = _cached(source, file)
        if path is None or path.stat().st_size != file.bytes:
            return None
        found[name] = path
    return ModelFiles(spec.card, found)


def require(spec: ModelSpec) -> ModelFiles:
    """Return the files of a model of the hub that must be here.

    Raises:
        ModelError: they are not; the message names the command that brings them.
    """
    files = located(spec)
    if files is None:
        raise ModelError(
            f"The model {spec.name} is not on this machine",
            where=", ".join(source.repo for source in spec.sources),
            cure=f"Bring it here with: matinee models pull {spec.name}",
        )
    return files


def pull(spec: ModelSpec) -> ModelFiles:
    """Download what is not here yet, and compare all of it with its checksums.

    Raises:
        ModelError: the hub cannot be reached, refuses, or delivers something else; what is wrong
            is removed, so that the next pull begins anew.
    """
    found = {name: _download(source, file) for source, name, file in _wanted(spec)}
    return ModelFiles(spec.card, found)


def _wanted(spec: ModelSpec) -> list[tuple[HubSource, str, HubFile]]:
    """Return the files of a model, each with where it comes from and its name in a model folder.

    Raises:
        ModelError: it ships with Matinee.
    """
    if not spec.sources:
        raise ModelError(
            f"The model {spec.name} ships with Matinee and is not pulled",
            cure="Install the package again if it is damaged",
        )
    return [(source, *named) for source in spec.sources for named in source.files.items()]


def _cached(source: HubSource, file: HubFile) -> Path | None:
    """Return where the cache has a file, None if it does not."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(source.repo, file.path, revision=source.revision)
    # Besides a path and None there is an object that stands for "known not to exist".
    return Path(found) if isinstance(found, str) else None


def _download(source: HubSource, file: HubFile) -> Path:
    """Return the path of a file in the cache, downloaded if need be, its contents checked."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    path = _cached(source, file)
    if path is not None:
        if sha256_of(path) == file.sha256:
            return path
        _discard(path)
    where = f"{source.repo}/{file.path}"
    try:
        path = Path(hf_hub_download(source.repo, file.path, revision=source.revision))
    except Exception as error:  # the client lets the errors of its HTTP library through
        # The client says "not found here" of most refusals too, and names the refusal as the cause.
        cause = error.__cause__ if isinstance(error, LocalEntryNotFoundError) else error
        if isinstance(cause, HfHubHTTPError):
            what = f"The hub refuses the model: {_first_line(cause)}"
            cure = "Try again later; behind a mirror, check HF_ENDPOINT and HF_TOKEN"
        elif isinstance(error, LocalEntryNotFoundError):
            what = "The hub cannot be reached, or HF_HUB_OFFLINE is set"
            cure = "Pull the model where there is a network, and copy the folder HF_HOME here"
        else:
            what = f"The download broke off: {_first_line(error)}"
            cure = "Pull it again; a file that is already here whole is kept"
        raise ModelError(what, where=where, cure=cure) from error
    if sha256_of(path) != file.sha256:
        _discard(path)
        raise ModelError(
            "The hub delivered something else than the pinned file; it has been removed",
            where=where,
            cure="Pull it again; if that does not help, check what HF_ENDPOINT points to",
        )
    return path


def _discard(path: Path) -> None:
    """Remove a file from the cache: the link, and the contents it leads to."""
    path.resolve().unlink()
    path.unlink(missing_ok=True)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
