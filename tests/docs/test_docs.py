"""The documentation is true: examples run, generated pages are current, links lead somewhere."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.extra
@pytest.mark.parametrize("code", blocks("python"))
def test_python_examples_of_the_readme_run(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102


COMMANDS = [
    line[2:]
    for block in blocks("console")
    for line in block.splitlines()
    if line.startswith("$ matinee") and "serve" not in line
]


@pytest.mark.extra
def test_commands_of_the_readme_run(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text("title,year,plot\nHeat,1995,A thief and a detective.\n")
    # In order and in one folder, as a reader would type them.
    for command in COMMANDS:
        words = shlex.split(command, comments=True)
        done = subprocess.run(
            [Path(sys.executable).with_name(words[0]), *words[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ},
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)


def test_there_are_examples() -> None:
    assert len(blocks("python")) >= 1
    assert len(COMMANDS) >= 4


@pytest.mark.extra
def test_the_command_reference_is_current() -> None:
    module = runpy.run_path(str(ROOT / "tools/write_docs.py"))
    page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    assert page == module["page"](), "run: make docs"


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (path.parent / target).exists(), target
