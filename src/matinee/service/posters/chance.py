"""Choices that are always the same for the same seed, on every machine and Python."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_MASK = (1 << 64) - 1


class Chance:
    """A stream of choices drawn from a seed (splitmix64 over a hash of the seed).

    ``random.Random`` is not used because its sequence is promised for ``random()`` alone, and a
    poster must not change with the version of Python.

    >>> Chance("tmdb:603").between(1, 6) == Chance("tmdb:603").between(1, 6)
    True
    """

    def __init__(self, seed: str) -> None:
        digest = hashlib.blake2b(seed.encode("utf-8", "replace"), digest_size=8).digest()
        self._state = int.from_bytes(digest, "big")

    def below(self, n: int) -> int:
        """Return a whole number from 0 to ``n`` - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return (z ^ (z >> 31)) % n

    def between(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.below(len(choices))]

    def coin(self, percent: int = 50) -> bool:
        """Return True in ``percent`` of the cases."""
        return self.below(100) < percent
