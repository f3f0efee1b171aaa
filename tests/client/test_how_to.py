"""The examples of the page about the client run, one after the other, against a real server."""

from __future__ import annotations

import re
from pathlib import Path

from matinee.store.records import Role, Scope

PAGE = Path(__file__).parents[2] / "docs/how-to/use-the-api-from-python.md"


def test_the_examples_run(served, capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 6
    served.store.accounts.create("ann", role=Role.ADMIN).result()
    _, secret = served.store.tokens.create("ann", scopes=frozenset(Scope)).result()
    for block in blocks:
        assert '"http://127.0.0.1:7860"' in block
        assert 'token="mtn_..."' in block
        code = block.replace("http://127.0.0.1:7860", served.url).replace("mtn_...", secret)
        exec(compile(code, PAGE.name, "exec"), {})  # noqa: S102
    said = capsys.readouterr().out
    assert "The Empire Strikes Back" in said
    assert "4 ratings, 0 watches" in said
    assert "ready" in said
