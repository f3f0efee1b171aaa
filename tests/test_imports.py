from __future__ import annotations

import subprocess
import sys

import pytest

import matinee

HEAVY = ["numpy", "pyarrow", "onnxruntime", "tokenizers", "faiss", "fastapi", "pydantic", "torch"]
HEAVY += ["sqlalchemy", "alembic", "psycopg"]


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded_after("import matinee") & {*HEAVY, "typer", "rich"}


def test_the_values_of_the_store_load_no_database() -> None:
    loaded = loaded_after("import matinee.store.records, matinee.assembly")
    assert not loaded & {"sqlalchemy", "alembic", "psycopg"}


def test_the_command_line_loads_nothing_heavy_before_it_must() -> None:
    assert not loaded_after("import matinee.cli.main") & set(HEAVY)


def test_the_public_names_are_these() -> None:
    assert matinee.__all__ == ["Library", "MatineeError", "__version__", "build", "errors", "open"]
    for name in matinee.__all__:
        assert getattr(matinee, name) is not None
    assert dir(matinee) == sorted(matinee.__all__)
    with pytest.raises(AttributeError, match="nonesuch"):
        _ = matinee.nonesuch  # type: ignore[attr-defined]
