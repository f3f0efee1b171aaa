"""An environment of its own for each peer, made at the first run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
_STAMP = ".installed"


def python_of(library: str, folder: Path) -> Path:
    """Return the interpreter of the environment of ``<library>.txt``, installed if need be.

    Raises:
        subprocess.CalledProcessError: pip could not install what is asked for.
    """
    wanted = (HERE / f"{library}.txt").read_text(encoding="utf-8")
    root = folder / library
    python = root / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = root / _STAMP
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"making the environment of {library} in {root}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(root)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--requirement"]
        subprocess.run([*install, str(HERE / f"{library}.txt")], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python
