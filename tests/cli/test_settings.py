"""``matinee settings``: what is set, where it was said, and nothing that is secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from matinee.settings import Settings, example


def matinee(folder: Path, *arguments: str, code: int = 0, **said: str) -> tuple[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MATINEE_")}
    done = subprocess.run(
        [Path(sys.executable).with_name("matinee"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        cwd=folder,
        env={**clean, "COLUMNS": "200", "XDG_CONFIG_HOME": str(folder), **said},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def test_every_setting_is_shown_with_its_source(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MATINEE_PORT=81\n")
    secret = "never-to-be-shown-" * 3
    out, _ = matinee(tmp_path, "settings", MATINEE_THREADS="2", MATINEE_SECRET=secret)
    lines = {line.split()[0]: line.split(None, 2)[1:] for line in out.splitlines()}
    assert list(lines) == list(Settings.__dataclass_fields__)
    assert lines["port"] == ["81", ".env, line 1"]
    assert lines["threads"] == ["2", "MATINEE_THREADS in the environment"]
    assert lines["host"] == ["127.0.0.1", "default"]
    assert lines["secret"] == ["set", "MATINEE_SECRET in the environment"]
    assert secret not in out


def test_settings_as_json(tmp_path: Path) -> None:
    rows = json.loads(matinee(tmp_path, "settings", "--json", MATINEE_CORS_ORIGINS="http://a")[0])
    found = {row["name"]: (row["value"], row["source"]) for row in rows}
    assert found["cors_origins"] == (["http://a"], "MATINEE_CORS_ORIGINS in the environment")
    assert found["secret"] == (None, "default")


def test_the_example_is_printed_as_it_is(tmp_path: Path) -> None:
    out, _ = matinee(tmp_path, "settings", "--example")
    assert out == example()
    # And can be put where it belongs.
    (tmp_path / "matinee").mkdir()
    (tmp_path / "matinee/config.toml").write_text(out + "port = 99\n")
    rows, _ = matinee(tmp_path, "settings")
    assert f"{tmp_path}/matinee/config.toml, line {len(out.splitlines()) + 1}, key port" in rows


def test_a_mistake_is_one_line_and_status_2(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MATINEE_PROT=81\n")
    _, message = matinee(tmp_path, "settings", code=2)
    assert message.count("\n") == 1
    assert "MATINEE_PORT" in message
