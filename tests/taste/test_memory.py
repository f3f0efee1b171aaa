from __future__ import annotations

import pytest

from matinee.errors import InputError
from matinee.taste.memory import GIBIBYTE, check_memory


def test_what_fits_is_reported_and_what_does_not_is_refused() -> None:
    said: list[tuple[str, int, int]] = []
    check_memory(5, 5, what="It", cure="Less", progress=lambda *report: said.append(report))
    assert said == [("bytes of memory", 5, 5)]
    with pytest.raises(InputError, match=r"It needs 2\.0 GiB.*cap is 1\.0 GiB.*Less"):
        check_memory(2 * GIBIBYTE, GIBIBYTE, what="It", cure="Less")
