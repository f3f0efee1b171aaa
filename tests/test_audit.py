"""The audit's own rules find what they are for, and find nothing in src."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULES = ROOT / "tools/semgrep"


def names(text: str, what: str) -> set[str]:
    return set(re.findall(rf"^ *(?:- |# ?|<!-- ){what}: ([\w-]+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("rules", "examples"), [("python.yml", "python.py"), ("templates.yml", "templates.html")]
)
def test_every_rule_has_an_example_of_what_it_must_find(rules: str, examples: str) -> None:
    ids = names((RULES / rules).read_text(encoding="utf-8"), "id")
    assert len(ids) >= 4
    assert names((RULES / examples).read_text(encoding="utf-8"), "ruleid") == ids


def test_no_exception_without_a_reason() -> None:
    for path in sorted((ROOT / "src").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"#\s*(nosec|nosemgrep)", line):
                assert re.search(r"#\s*(nosec B\d+|nosemgrep: [\w-]+) -- \w+", line), (path, number)


@pytest.mark.extra
def test_the_audit_finds_nothing() -> None:
    # The first run makes .venv-lint; the rules are tried on their examples before the program.
    done = subprocess.run(
        [ROOT / "tools/audit"],
        capture_output=True,
        text=True,
        timeout=900,
        env={**os.environ},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"(\d+)/\1: . All tests passed", done.stdout + done.stderr)
