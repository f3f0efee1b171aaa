"""The examples of docs/reference/api.md, sent in their order to one service."""

from __future__ import annotations

import json
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/reference/api.md"
EXAMPLES = re.findall(r"```http\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def side(example, mark):
    """Return the first line, the headers and the body of what is sent or comes back."""
    lines = [line[2:] for line in example.splitlines() if line.startswith(mark)]
    first, *rest = lines
    body = [json.loads(line) for line in rest if line[0] in "{["]
    headers = dict(line.split(": ", 1) for line in rest if line[0] not in "{[")
    return first, headers, body[0] if body else None


def fill(text, values):
    return re.sub(r"\$(\w+)", lambda found: values[found.group(1)], text)


def agree(said, got, values):
    """Check that an answer holds what the page says, and note what the page gives a name to."""
    if isinstance(said, dict):
        for name, value in said.items():
            assert name in got, (name, got)
            agree(value, got[name], values)
    elif isinstance(said, list):
        assert len(said) == len(got)
        for one, other in zip(said, got, strict=True):
            agree(one, other, values)
    elif isinstance(said, str) and said.startswith("$"):
        assert got
        values[said[1:]] = got
    else:
        assert said == got


def test_the_examples_are_true(client):
    assert len(EXAMPLES) > 15
    values = {}
    for example in EXAMPLES:
        first, headers, body = side(example, "> ")
        method, path = fill(first, values).split(" ")
        headers = {name: fill(value, values) for name, value in headers.items()}
        answer = client.request(method, path, json=body, headers=headers)
        status, told, shown = side(example, "< ")
        assert answer.status_code == int(status), (example, answer.text)
        for name, value in told.items():
            agree(value, answer.headers[name], values)
        if shown is None:
            assert answer.content == b""
        else:
            agree(shown, answer.json(), values)
