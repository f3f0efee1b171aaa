"""A dataset repository of the Hugging Face hub: ``hf://datasets/OWNER/NAME[@REVISION][/FOLDER]``.

A push is one commit, in which files, manifest and pointer appear together. A pull reads one commit,
whatever is pushed meanwhile. The hub's client finds the token (``HF_TOKEN``, ``hf auth login``) and
the hub (``HF_ENDPOINT``); it sends no file that the repository has already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import InputError, LibraryError
from matinee.library import manifest
from matinee.library.sharing.place import Sent
from matinee.library.sharing.sending import check_local, conflict
from matinee.library.sharing.storage import Storage
from matinee.library.versions import CURRENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from huggingface_hub import HfApi

    from matinee.library.manifest import FileRecord, Manifest
    from matinee.library.sharing.effort import Effort
    from matinee.library.sharing.place import Tally

_ADDRESS = re.compile(
    r"hf://datasets/(?P<repo>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[^/@]+))?(?:/(?P<folder>[^@]*))?"
)
_CURE = "Give an address such as hf://datasets/OWNER/NAME or hf://datasets/OWNER/NAME@BRANCH/FOLDER"


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder of a dataset repository.

    Attributes:
        repo: ``OWNER/NAME``.
        revision: branch, tag or commit; None means the main branch.
        folder: in it; empty for the whole.
    """

    repo: str
    revision: str | None
    folder: str

    @classmethod
    def of(cls, url: str) -> Repository:
        """Read an address.

        >>> Repository.of("hf://datasets/ann/films@v2/small/")
        Repository(repo='ann/films', revision='v2', folder='small')

        Raises:
            InputError: it is not that of a dataset repository.
        """
        found = _ADDRESS.fullmatch(url)
        if found is None or ".." in (found["folder"] or "").split("/"):
            raise InputError("This is no dataset repository of the hub", where=url, cure=_CURE)
        return cls(found["repo"], found["revision"], (found["folder"] or "").strip("/"))

    def path(self, name: str) -> str:
        """Return the path of a file in the repository."""
        return f"{self.folder}/{name}" if self.folder else name


class HubPlace:
    """A :class:`~matinee.library.sharing.place.Place` in a repository of the hub.

    Args:
        api: the hub's client.
        repository: and folder in it.
        shown: the address.
        effort: how patiently it is asked.
    """

    def __init__(self, api: HfApi, repository: Repository, shown: str, effort: Effort) -> None:
        self._api = api
        self._repository = repository
        self.shown = shown.rstrip("/")
        self.effort = effort
        self.at_once = effort.patience.connections
        self._pinned: Storage | None = None

    @classmethod
    def open(cls, url: str, effort: Effort, *, endpoint: str | None = None) -> HubPlace:
        """Return the place of an address; nothing is asked of the hub yet."""
        from huggingface_hub import HfApi

        repository = Repository.of(url)
        return cls(HfApi(endpoint=endpoint, library_name="matinee"), repository, url, effort)

    def where(self, path: str) -> str:
        """Return the address of a file."""
        return f"{self.shown}/{path}"

    def read(self, path: str) -> bytes | None:
        """Return a small file of the newest commit, None if there is none."""
        if path == CURRENT:
            self._pinned = None
        storage = self._storage()
        return None if storage is None else storage.read(path)

    def fetch(self, path: str, part: Path, record: FileRecord, told: Callable[[int], None]) -> None:
        """Bring a file here, of the commit that the pointer was read from."""
        storage = self._storage()
        if storage is None:
            raise FileNotFoundError(path)
        storage.fetch(path, part, record, told)

    def _storage(self) -> Storage | None:
        """Return the files of one commit, None where there is no repository."""
        if self._pinned is None:
            commit = self._commit()
            if commit is None:
                return None
            from huggingface_hub import HfFileSystem

            fs = HfFileSystem(endpoint=self._api.endpoint)
            root = f"datasets/{self._repository.repo}@{commit}/{self._repository.folder}"
            self._pinned = Storage(fs, root, self.shown, self.effort)
        return self._pinned

    def _commit(self) -> str | None:
        from huggingface_hub.errors import RepositoryNotFoundError

        def work() -> str | None:
            try:
                found = self._api.dataset_info(
                    self._repository.repo, revision=self._repository.revision
                )
            except RepositoryNotFoundError:
                # The hub says the same of one that is private and not ours.
                return None
            return found.sha

        return self.effort.call(self.shown, work)

    def send(self, folder: Path, made: Manifest, *, check: bool, tally: Tally) -> Sent:
        """Bring a version there in one commit; a repository that is not there is made, private."""
        from huggingface_hub import CommitOperationAdd

        version = made.version
        raw = (folder / manifest.NAME).read_bytes()
        storage = self._storage()
        there = None if storage is None else storage.read(f"{version}/{manifest.NAME}")
        if there is not None and there != raw:
            raise conflict(version, self.where(version))
        if storage is None:
            self.effort.call(self.shown, self._make)
        for name, record in made.files.items():
            check_local(folder / name, record)
        here = {} if storage is None or there is None else storage.sizes(version)
        new = [n for n, r in made.files.items() if here.get(n) != r.bytes]
        if check and storage is not None:
            new += [
                n
                for n, r in made.files.items()
                if n not in new and storage.hash(f"{version}/{n}") != r.sha256
            ]
        path = self._repository.path

        def work() -> None:
            # Made anew for each try, as the client changes them.
            operations = [
                *(CommitOperationAdd(path(f"{version}/{n}"), str(folder / n)) for n in new),
                CommitOperationAdd(path(f"{version}/{manifest.NAME}"), raw),
                CommitOperationAdd(path(CURRENT), f"{version}\n".encode()),
            ]
            self._api.create_commit(
                self._repository.repo,
                operations,
                commit_message=f"Library {version}",
                repo_type="dataset",
                revision=self._repository.revision,
                num_threads=self.at_once,
            )

        self.effort.call(self.shown, work)
        for name, record in made.files.items():
            tally.at(name, record.bytes)
        total = sum(made.files[name].bytes for name in new)
        return Sent(version, len(new), total, len(made.files) - len(new))

    def _make(self) -> None:
        if self._repository.revision is not None:
            raise LibraryError(
                "There is no such repository, or it is not to be seen with this token",
                where=self.shown,
                cure="Check the name and HF_TOKEN, or leave the revision out to have it made",
            )
        self._api.create_repo(
            self._repository.repo, repo_type="dataset", private=True, exist_ok=True
        )
