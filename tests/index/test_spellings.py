"""Names by their letters: nothing within two edits is ever missed."""

from __future__ import annotations

import string

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from matinee.evaluate.generated import misspell
from matinee.index.spellings import EDITS, LONGEST, Spellings

names = st.text(string.ascii_lowercase + " éß李", max_size=LONGEST + 5)


@given(st.lists(names, max_size=20), names, st.integers(0, 2), st.integers(0, 2**32 - 1))
def test_every_name_within_two_edits_is_near(
    known: list[str], typed: str, edits: int, seed: int
) -> None:
    if known and edits:
        typed = misspell(known[0], edits, np.random.default_rng(seed))
    near = Spellings.build(known).near(typed).tolist()
    assert len(set(near)) == len(near)
    for entry, name in enumerate(known):
        if len(name) > LONGEST:
            assert entry not in near
        elif OSA.distance(typed, name) <= EDITS:
            assert entry in near


def test_few_others_are_near() -> None:
    draw = np.random.default_rng(7)
    letters = np.array(list(string.ascii_lowercase))
    known = [
        "".join(draw.choice(letters, 6)) + " " + "".join(draw.choice(letters, 6))
        for _ in range(2_000)
    ]
    assert len(Spellings.build(known).near(known[0][1:])) < 20
