import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.index.names import other_names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rocky ii", {"rocky 2", "rocky two"}),
        ("rocky two", {"rocky 2", "rocky ii"}),
        ("three musketeers", {"3 musketeers"}),
        ("12 angry men", {"twelve angry men"}),
        ("henry v", {"henry 5", "henry five"}),
        ("mum", {"mom"}),
        ("color purple", {"colour purple"}),
        ("malcolm x", set()),
        ("i robot", set()),
        ("v for vendetta", set()),
        ("2012", set()),
        ("heat", set()),
        ("", set()),
    ],
)
def test_other_names(name: str, expected: set[str]) -> None:
    assert set(other_names(name)) == expected


said = st.sampled_from("rocky 2 two ii v grey gray 20 twenty heat i x 21".split())


@given(st.lists(said, max_size=5).map(" ".join))
def test_they_are_others_of_as_many_words(name: str) -> None:
    others = other_names(name)
    assert name not in others
    assert len(set(others)) == len(others)
    assert {len(other.split()) for other in others} <= {len(name.split())}


@given(st.lists(said, min_size=1, max_size=4).map(lambda words: " ".join(["saw", *words])))
def test_numbers_lead_to_one_name_in_digits(name: str) -> None:
    def in_digits(text: str) -> set[str]:
        return {other for other in (text, *other_names(text)) if not set(other.split()) & WORDS}

    WORDS = {"two", "ii", "v", "twenty"}  # noqa: N806
    assert in_digits(name)
    for other in other_names(name):
        if not {"grey", "gray"} & set(name.split()):
            assert in_digits(other) == in_digits(name)
