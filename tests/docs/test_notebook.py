"""The notebooks run from top to bottom, offline, and are kept without outputs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs/notebooks").glob("*.ipynb"))


@pytest.fixture(autouse=True)
def _own_folders_of_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the kernel from reading or writing what whoever runs the tests has."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))


def run(notebook: NotebookNode, folder: Path) -> list[dict[str, Any]]:
    """Run every cell in a new kernel and return all outputs.

    Raises:
        CellExecutionError: a cell fails.
    """
    from nbclient import NotebookClient

    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=120, resources=resources).execute()
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def read(path: Path) -> NotebookNode:
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_there_are_notebooks() -> None:
    assert [path.name for path in NOTEBOOKS] == ["insights.ipynb"]


@pytest.mark.extra
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    for cell in read(path).cells:
        assert not cell.get("outputs"), cell["id"]
        assert cell.get("execution_count") is None, cell["id"]


@pytest.mark.extra
def test_the_insights_run(tmp_path: Path) -> None:
    outputs = run(read(NOTEBOOKS[0]), tmp_path)
    kinds = [kind for output in outputs for kind in output.get("data", ())]
    # The demo library has all charts but the two of a training that was measured.
    assert kinds.count("image/svg+xml") == 12
    assert kinds.count("text/html") == 12
    assert not [output for output in outputs if output.get("name") == "stderr"]
    said = "".join(output["text"] for output in outputs if output["output_type"] == "stream")
    assert "1,177 titles, 12 charts" in said
    assert "This library has no chart quality: Nothing was measured" in said


@pytest.mark.extra
def test_a_cell_that_fails_fails(tmp_path: Path) -> None:
    from nbclient.exceptions import CellExecutionError

    notebook = read(NOTEBOOKS[0])
    last = [cell for cell in notebook.cells if cell["cell_type"] == "code"][1]
    # Of the real one no more than the opening, so that a failure is all that is new.
    notebook.cells = [notebook.cells[1], last]
    last["source"] = 'found.chart("nothing").title'
    with pytest.raises(CellExecutionError, match="NoneType"):
        run(notebook, tmp_path)
