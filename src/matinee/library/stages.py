"""Parts of a long piece of work, each kept when it is finished, so that a killed run goes on."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Stages:
    """Finished parts of a training, kept until the whole is published.

    Args:
        folder: where they are kept; parts of another training are deleted from it.
        fingerprint: of all that the training depends on.

    Attributes:
        resumed: names of the parts that an earlier run had finished.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder / fingerprint
        self.resumed: list[str] = []
        if folder.is_dir():
            for other in folder.iterdir():
                if other.name != fingerprint:
                    shutil.rmtree(other, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)

    def finished(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return the folder of a part, made by ``make`` unless an earlier run did."""
        done = self._folder / name
        if done.is_dir():
            self.resumed.append(name)
            return done
        partial = self._folder / f"{name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        make(partial)
        partial.rename(done)
        return done


def link_file(source: str | Path, target: str | Path) -> None:
    """Give a file that never changes a second name, or copy it where the disk has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
