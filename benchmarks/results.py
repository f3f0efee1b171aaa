"""Keeps what a benchmark found, with the commit and the versions it was found by."""

from __future__ import annotations

import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
_PACKAGES = ("numpy", "pyarrow", "onnxruntime", "faiss-cpu", "tokenizers")


def keep(name: str, found: dict[str, Any], *, write: bool) -> None:
    """Print what was found; with ``write`` also keep it in ``results/<name>.json``."""
    print(json.dumps(found, indent=1, ensure_ascii=False))
    if write:
        kept = {"commit": _commit(), "versions": _versions(), "found": found}
        FOLDER.mkdir(exist_ok=True)
        text = json.dumps(kept, indent=1, ensure_ascii=False)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def _commit() -> str:
    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], capture_output=True, text=True, check=True, cwd=FOLDER.parent
        )
        return done.stdout.strip()

    # Only the code counts: writing one result must not mark the next as of a changed tree.
    changed = git("status", "--porcelain", "--", "../src", "*.py")
    return git("rev-parse", "--short=12", "HEAD") + (" with changes" if changed else "")
