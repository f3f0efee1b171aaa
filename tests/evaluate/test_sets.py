from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matinee.catalogue.table import TitleTable
from matinee.errors import InputError, JudgmentsError, SettingsError
from matinee.evaluate import readers, satisfaction
from matinee.evaluate.experiment import Experiment
from matinee.evaluate.judgments import JudgedQuery, Questions
from matinee.evaluate.kinds import JudgedSet, Material
from matinee.evaluate.metrics import MEASURES
from matinee.evaluate.sets import SETS, SLOT_SETS, select

if TYPE_CHECKING:
    from pathlib import Path

    from matinee import Library

PUBLISHED = {
    "title_judgments": 20,
    "tip_of_the_tongue/2023-train": 62,
    "tip_of_the_tongue/2024-train": 59,
    "tip_of_the_tongue/train-2025": 56,
    "tip_of_the_tongue/dev1-2025": 57,
    "tag_genome": 194,
    "conversations": 174,
}


def read(name: str, material: Material) -> Questions:
    judged = SETS[name]
    assert isinstance(judged, JudgedSet)
    return judged.read(material)


def test_every_set_asks_for_measures_that_exist() -> None:
    for name, judged in SETS.items():
        assert judged.name == name
        assert judged.about.endswith(".")
        assert judged.measures
        known = MEASURES if isinstance(judged, JudgedSet) else satisfaction.MEASURES
        assert set(judged.measures) <= set(known)
        assert judged.part_of is None or judged.part_of in SETS


def test_sets_are_selected_by_name_family_and_all() -> None:
    assert [s.name for s in select(["tag_genome", "tag_genome"])] == ["tag_genome"]
    everything = select(["all"])
    assert {s.name for s in everything} == {n for n, s in SETS.items() if s.part_of is None}
    # A part is measured when it is asked for.
    assert [s.name for s in select(["tip_of_the_tongue/dev1-2025"])] == [
        "tip_of_the_tongue/dev1-2025"
    ]
    with pytest.raises(InputError, match=r"tag_genes.*title_judgments"):
        select(["tag_genes"])
    with pytest.raises(InputError, match="how queries are read"):
        select(["mit_movie_queries"])


def test_published_sets_need_their_folder() -> None:
    with pytest.raises(SettingsError, match="MATINEE_DATA"):
        read("title_judgments", Material())


@pytest.mark.parametrize("name", PUBLISHED)
def test_absent_files_are_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(JudgmentsError, match="no such file"):
        read(name, Material(data=tmp_path))


def test_title_judgments(small_data: Path) -> None:
    questions = readers.title_judgments(small_data)
    assert questions.queries == (JudgedQuery("1", "matrix", {"tmdb:603": 4.0, "tmdb:11": 0.0}),)
    (small_data / "title_judgments/judgments.txt").write_text("4\tqid:1\t603\n")
    with pytest.raises(JudgmentsError, match="line 1"):
        readers.title_judgments(small_data)


def test_tips_without_a_film_are_left_out_and_counted(small_data: Path) -> None:
    questions = readers.tip_of_the_tongue(small_data, "2023-train")
    assert questions.queries == (JudgedQuery("1", "what was it 1", {"tmdb:603": 1.0}),)
    assert questions.left_out == {"the answer has no title": 1, "the film has no TMDB id": 1}


def test_tags_are_ranked_over_the_known_films(
    small_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_FEWEST", 4)
    (found,) = readers.tag_genome(small_data).queries
    assert found.id == found.query == "film"
    assert found.pool == ("tmdb:603", "tmdb:11", "tmdb:12", "tmdb:13")
    assert found.relevance["tmdb:12"] == pytest.approx(0.8)
    left_out = readers.tag_genome(small_data).left_out
    assert list(left_out.values()) == [1, 1]


def test_a_damaged_file_is_named(small_data: Path) -> None:
    path = small_data / "tip_of_the_tongue/2023-train-queries.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(JudgmentsError, match="2023-train-queries"):
        readers.tip_of_the_tongue(small_data, "2023-train")


def test_slots_are_read(small_data: Path) -> None:
    first, last = SLOT_SETS["mit_movie_queries"].read(Material(data=small_data))
    assert (first.text, first.tags) == ("steve mcqueen in", ("B-Actor", "I-Actor", "O"))
    assert last.text == "1972"


@pytest.mark.parametrize("name", ["typos", "known_item", "constraints"])
def test_generated_sets_are_made_from_the_library_and_need_no_data(
    name: str, demo: Library
) -> None:
    titles = list(TitleTable.open(demo.root / demo.version))[:60]
    material = Material(titles=lambda: titles, seed=1)
    found = Experiment(methods=("hybrid",), resamples=100).run(demo, SETS[name], material)
    assert len(found.first.answers) > 10
    assert not found.first.unknown
    # Asked for by name, and of so few films, nearly every one is found.
    assert found.first.metrics[SETS[name].measures[0]] > 0.8
    again = Experiment(methods=("lexical",), resamples=100).run(demo, SETS[name], material)
    assert [a.query for a in again.first.answers] == [a.query for a in found.first.answers]


@pytest.mark.extra
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_sets_have_their_queries(name: str, data: Path) -> None:
    questions = read(name, Material(data=data))
    assert len(questions.queries) == PUBLISHED[name]
    assert len({query.id for query in questions.queries}) == PUBLISHED[name]
    for query in questions.queries:
        assert query.query.strip()
        assert query.relevance


@pytest.mark.extra
def test_the_splits_of_2025_are_parts_of_earlier_ones(data: Path) -> None:
    for judged in SETS.values():
        if judged.part_of:
            part, whole = (
                {query.query for query in read(name, Material(data=data)).queries}
                for name in (judged.name, judged.part_of)
            )
            assert part <= whole
