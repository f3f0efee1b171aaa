"""Whole numbers in bodies, whichever way they are written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, ValidationError

from matinee.service.whole import WholeNumbers, whole


class Body(WholeNumbers):
    model_config = ConfigDict(strict=True, extra="forbid")

    count: int
    part: float = 0.5


@given(st.integers(-(2**53), 2**53))
def test_a_number_is_the_same_with_a_fraction_of_nothing(number):
    assert Body.model_validate({"count": float(number)}) == Body(count=number)
    assert type(whole(float(number))) is int


@pytest.mark.parametrize("wrong", ["1", "1.0", True, None, 1.5, [1], {}, float("nan"), -1e-9])
def test_what_is_no_whole_number_is_refused(wrong):
    with pytest.raises(ValidationError):
        Body.model_validate({"count": wrong})


@pytest.mark.parametrize("body", [None, [], 1.0, "x", {"count": 1, "more": 1.0}])
def test_what_is_no_such_body_is_refused(body):
    with pytest.raises(ValidationError):
        Body.model_validate(body)


def test_numbers_with_fractions_and_the_document_stay_what_they_were():
    assert Body.model_validate(json.loads('{"count": 3, "part": 2.0}')).part == 2
    assert Body.model_json_schema()["properties"]["count"]["type"] == "integer"
