import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from matinee.catalogue.title import Title
from matinee.errors import LibraryCorruptError
from matinee.index import people as module
from matinee.index.people import PeopleIndex, Role, last_names, person_key

ROLES: tuple[Role, ...] = ("cast", "directors", "writers")
FILMS = [
    Title(
        id="local:1",
        title="Ran",
        directors=("Akira Kurosawa",),
        writers=("Akira Kurosawa", "Masato Ide"),
        cast=("Tatsuya Nakadai",),
        vote_count=1_000,
    ),
    Title(id="local:2", title="Pulse", directors=("Kiyoshi Kurosawa",), vote_count=400),
    Title(id="local:3", title="Dreams", directors=("AKIRA KUROSAWA",), cast=("Martin Scorsese",)),
    Title(id="local:4", title="Nobody's", cast=("???", "Cher")),
    Title(id="local:5", title="Kagemusha", directors=("Akira Kurosawa",), vote_count=700),
]


@pytest.fixture(scope="module")
def index() -> PeopleIndex:
    return PeopleIndex.build(FILMS)


def test_a_person_with_everything_known_of_them(index: PeopleIndex) -> None:
    person = index.person("akira kurosawa")
    assert person is not None
    assert person.name == "Akira Kurosawa"
    assert person.roles == ("directors", "writers")
    assert person.titles == 3
    assert person.weight == pytest.approx(math.log1p(1_000) + math.log1p(700))


def test_rows_by_role(index: PeopleIndex) -> None:
    assert index.rows("akira kurosawa").tolist() == [0, 2, 4]
    assert index.rows("akira kurosawa", "directors").tolist() == [0, 2, 4]
    assert index.rows("akira kurosawa", "writers").tolist() == [0]
    assert index.rows("akira kurosawa", "cast").tolist() == []
    assert index.rows("nobody").tolist() == []
    assert index.rows("akira kurosawa").dtype == np.int32


def test_the_best_known_of_a_surname_comes_first(index: PeopleIndex) -> None:
    assert [p.key for p in index.surname("kurosawa")] == ["akira kurosawa", "kiyoshi kurosawa"]
    assert [p.key for p in index.surname("kurosawa", 1)] == ["akira kurosawa"]
    assert index.surname("akira") == ()


def test_a_name_without_words_is_nobody(index: PeopleIndex) -> None:
    assert index.person("") is None
    assert len(index) == 6
    assert index.person("cher") is not None
    assert index.surname("cher") == ()


def test_nobody_at_all() -> None:
    index = PeopleIndex.build([])
    assert len(index) == 0
    assert index.person("akira kurosawa") is None
    assert index.surname("kurosawa") == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Lars von Trier", ("trier", "von trier")),
        ("Jean-Claude Van Damme", ("damme", "van damme")),
        ("Cuba Gooding Jr.", ("gooding",)),
        ("Helena Bonham Carter", ("carter",)),
        ("Wong Kar-wai", ("wong",)),
        ("Aaron Taylor-Johnson", ("johnson", "taylor johnson")),
        ("Conan O'Brien", ("obrien",)),
        ("De Niro", ("niro",)),
        ("Jr. III", ("iii",)),
        ("宮崎駿", ()),
        ("宮崎 駿", ("駿",)),
        ("", ()),
    ],
)
def test_last_names(name: str, expected: tuple[str, ...]) -> None:
    assert last_names(name) == expected


def test_two_names_with_one_hash_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "term_hash", lambda key: 7)
    with pytest.raises(ValueError, match="share"):
        PeopleIndex.build(FILMS)


given_names = st.sampled_from(["Ana", "ANA", "Bo", "Zoë", "Zoe", "Joon-ho", "李"])
surnames = st.sampled_from(["Lee", "lee", "Day-Lewis", "del Toro", "von Trier Jr.", "Kar-wai", ""])
names = st.builds(lambda a, b: f"{a} {b}".strip(), given_names, surnames) | st.text(max_size=6)
films = st.lists(
    st.builds(
        Title,
        id=st.just("local:1"),
        title=st.just("x"),
        cast=st.lists(names, max_size=4).map(tuple),
        directors=st.lists(names, max_size=2).map(tuple),
        writers=st.lists(names, max_size=2).map(tuple),
        vote_count=st.none() | st.integers(0, 50_000),
    ),
    max_size=8,
)


def _everyone(titles: Sequence[Title]) -> dict[str, list[str]]:
    """Return the ways each person is written, by key, in the order of the catalogue."""
    everyone: dict[str, list[str]] = {}
    for title in titles:
        for role in ROLES:
            for name in getattr(title, role):
                if person_key(name):
                    everyone.setdefault(person_key(name), []).append(name)
    return everyone


def _rows(titles: Sequence[Title], key: str, role: Role) -> list[int]:
    return [
        row
        for row, title in enumerate(titles)
        if key
        in map(
            person_key,
            getattr(title, role) if role else (*title.cast, *title.directors, *title.writers),
        )
    ]


@settings(max_examples=60, deadline=None)
@given(
    films,
    names | st.text("anboe yl", max_size=14),
    st.integers(0, 4),
    st.sampled_from([0.0, 0.5, 5.0]),
)
def test_misspelt_people_against_comparing_everyone(
    titles: list[Title], name: str, k: int, least: float
) -> None:
    index = PeopleIndex.build(titles)
    wanted = person_key(name)
    everyone = [person for key in _everyone(titles) if (person := index.person(key)) is not None]
    found = [
        (fit, person.weight, person.key)
        for person in everyone
        if OSA.distance(wanted, person.key) <= 2
        and (fit := OSA.normalized_similarity(wanted, person.key)) >= 0.75
        and person.weight >= least
    ]
    expected = sorted(((fit, weight) for fit, weight, _ in found), reverse=True) if wanted else []
    answer = index.resembling(name, 1_000, least=least)
    assert [fit for _, fit in answer] == pytest.approx([fit for fit, _ in expected])
    assert [person.weight for person, _ in answer] == [weight for _, weight in expected]
    if wanted:
        assert {person.key for person, _ in answer} == {key for _, _, key in found}
    assert index.resembling(name, k, least=least) == answer[:k]


def test_the_better_known_of_two_as_like_comes_first() -> None:
    films = [
        Title(id="local:1", title="a", cast=("Joan Carr",), vote_count=3),
        Title(id="local:2", title="b", cast=("Joan Cary",), vote_count=9_000),
        Title(id="local:3", title="c", cast=("Joan Smith",), vote_count=9_000),
    ]
    index = PeopleIndex.build(films)
    assert [person.name for person, _ in index.resembling("Joan Car")] == ["Joan Cary", "Joan Carr"]
    assert [person.name for person, _ in index.resembling("joan caryr", 1)] == ["Joan Cary"]
    assert [person.name for person, _ in index.resembling("jaon carr", least=5)] == ["Joan Cary"]
    assert index.resembling("x" * 1_000) == index.resembling("") == index.resembling("!") == ()


def _check(index: PeopleIndex, titles: Sequence[Title]) -> None:
    everyone = _everyone(titles)
    assert len(index) == len(everyone)
    by_surname: dict[str, set[str]] = {}
    for key, written in everyone.items():
        person = index.person(key)
        assert person is not None
        assert person.key == key
        assert written.count(person.name) == max(map(written.count, written))
        rows = _rows(titles, key, "")
        assert index.rows(key).tolist() == rows
        assert person.titles == len(rows)
        votes = [titles[row].vote_count or 0 for row in rows]
        assert person.weight == pytest.approx(sum(map(math.log1p, votes)), rel=1e-5)
        parts = {role: _rows(titles, key, role) for role in ROLES}
        assert {role: index.rows(key, role).tolist() for role in ROLES} == parts
        counts = [len(parts[role]) for role in person.roles]
        assert counts == sorted(counts, reverse=True)
        assert set(person.roles) == {role for role in ROLES if parts[role]}
        for last in last_names(person.name):
            by_surname.setdefault(last, set()).add(key)
    for last, keys in by_surname.items():
        found = index.surname(last, k=1_000)
        assert {person.key for person in found} == keys
        weights = [person.weight for person in found]
        assert weights == sorted(weights, reverse=True)
        assert index.surname(last) == found[:8]


@settings(max_examples=60, deadline=None)
@given(films)
def test_built_and_opened_against_reading_every_title(titles: list[Title]) -> None:
    index = PeopleIndex.build(titles)
    _check(index, titles)
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder))
        opened = PeopleIndex.open(Path(folder))
        _check(opened, titles)
        del opened  # Windows cannot remove a file that is mapped.


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_may_be_asked_for(index: PeopleIndex, text: str) -> None:
    known = {person_key(n) for f in FILMS for n in (*f.cast, *f.directors, *f.writers)} - {""}
    assert (index.person(text) is not None) == (text in known)
    assert (len(index.rows(text)) > 0) == (text in known)


def test_damaged_files_are_refused(index: PeopleIndex, tmp_path: Path) -> None:
    for path in index.save(tmp_path):
        content = path.read_bytes()
        objects = tmp_path / "objects.npy"
        np.save(objects, np.array([{"a": 1}], object), allow_pickle=True)
        for damaged in (content[:-1], b"", b"\x80\x04]\x94.", objects.read_bytes()):
            path.write_bytes(damaged)
            with pytest.raises(LibraryCorruptError, match=path.name):
                PeopleIndex.open(tmp_path)
        path.unlink()
        with pytest.raises(LibraryCorruptError, match=path.name):
            PeopleIndex.open(tmp_path)
        path.write_bytes(content)
        np.save(path, np.load(path)[:-1])
        with pytest.raises(LibraryCorruptError, match="do not fit"):
            PeopleIndex.open(tmp_path)
        np.save(path, np.load(path).astype(np.float64))
        with pytest.raises(LibraryCorruptError, match=path.name):
            PeopleIndex.open(tmp_path)
        path.write_bytes(content)
    assert len(PeopleIndex.open(tmp_path)) == len(index)
