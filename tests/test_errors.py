"""Errors survive the way from one process to another."""

from __future__ import annotations

import copy
import pickle

import pytest

from matinee.errors import InputError, MatineeError, MissingExtraError


@pytest.mark.parametrize(
    "error",
    [
        InputError("It is bad", where="line 3", cure="Mend it"),
        MissingExtraError("implicit", "taste"),
        MatineeError("Something"),
    ],
)
def test_an_error_is_the_same_after_a_journey(error: MatineeError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
