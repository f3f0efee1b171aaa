"""Write the generated parts of the documentation: docs/reference/cli.md from the commands' help.

``make docs`` runs it; a test fails when the page is out of date.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reference/cli.md"
COMMANDS = (
    [],
    ["search"],
    ["parse"],
    ["similar"],
    ["recognise"],
    ["recommend"],
    ["explain"],
    ["predict"],
    ["rate"],
    ["ratings"],
    ["build"],
    ["catalogue", "check"],
    ["catalogue", "convert"],
    ["enrich"],
    ["tmdb", "check"],
    ["tmdb", "download"],
    ["tmdb", "backfill"],
    ["tmdb", "refresh"],
    ["status"],
    ["insights"],
    ["verify"],
    ["serve"],
    ["evaluate", "search"],
    ["evaluate", "posters"],
    ["library", "push"],
    ["library", "pull"],
    ["models", "list"],
    ["models", "pull"],
    ["models", "verify"],
    ["train", "taste"],
    ["train", "reranker"],
)
_HEAD = """# The command line

Generated from the commands' own help by `make docs`.

Exit status: 0 done, 2 what was given is wrong, 3 the library cannot be used, 4 a model or an extra
is missing, 1 anything else.
"""


def page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for words in COMMANDS:
        done = subprocess.run(
            [Path(sys.executable).with_name("matinee"), *words, "--help"],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"},
        )
        text = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        parts.append(f"## {' '.join(['matinee', *words])}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
