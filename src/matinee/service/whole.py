"""Whole numbers in JSON, where 11.0 is one as well as 11."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, model_validator


def whole(value: Any) -> Any:
    """Return a float without a fraction as the int it stands for, and anything else as it is.

    >>> whole(11.0), whole(1.5), whole("11"), whole(True)
    (11, 1.5, '11', True)
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value


class WholeNumbers(BaseModel):
    """A body whose whole numbers may be written with a fraction of nothing.

    JSON has one kind of number, and for JSON Schema 11.0 is an integer: languages that know only
    floats may write it so. Strict types alone, which these bodies have, would refuse it.
    """

    @model_validator(mode="before")
    @classmethod
    def _take(cls, data: Any) -> Any:
        return {k: whole(v) for k, v in data.items()} if isinstance(data, dict) else data
