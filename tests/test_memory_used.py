"""The most memory a process held."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from matinee.memory_used import peak_mb


@pytest.mark.extra
def test_what_was_held_counts_after_it_was_let_go() -> None:
    before = peak_mb()
    held = np.ones(int(before * 1e6) // 4 + 25_000_000)
    assert held.sum() > 0
    del held
    assert peak_mb() > before + 100


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a child may begin with its parent's")
def test_a_child_does_not_begin_with_what_its_parent_held() -> None:
    held = np.ones(40_000_000)
    assert held.sum() > 0
    code = "from matinee.memory_used import peak_mb; print(peak_mb())"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(child.stdout) < 150
