"""Series: told by names, people and subjects; what only looks like one is left alone."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from matinee.assembly import open_library, train_taste
from matinee.catalogue.title import Title
from matinee.pipeline.alike import series, stem
from matinee.pipeline.train_taste import TrainOptions

if TYPE_CHECKING:
    from pathlib import Path

    from matinee import Library


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Toy Story", "toy story"),
        ("Toy Story 2", "toy story"),
        ("Star Wars: Episode V - The Empire Strikes Back", "star wars"),
        ("The Godfather Part II", "godfather"),
        ("Rocky IV", "rocky"),
        ("Kill Bill: Vol. 1", "kill bill"),
        ("Back to the Future Part III", "back to the future"),
        ("Terminator 2: Judgment Day", "terminator"),
        ("Apollo 13", "apollo 13"),
        ("Blade Runner 2049", "blade runner 2049"),
        ("2", "2"),
        ("The", "the"),
        ("", ""),
    ],
)
def test_stems(name: str, expected: str):
    assert stem(name)[0] == expected


def film(name: str, cast: str = "", directors: str = "", keywords: str = "") -> Title:
    return Title(
        id=f"a:{abs(hash(name))}",
        title=name,
        cast=tuple(cast.split()),
        directors=tuple(directors.split()),
        keywords=tuple(keywords.split()),
    )


def groups(*titles: Title) -> list[int]:
    return series(titles)


def test_a_number_with_the_same_people_is_a_series():
    found = groups(film("Toy Story", "ann"), film("Heat"), film("Toy Story 2", "ann"))
    assert found == [0, 1, 0]


def test_a_number_after_one_word_needs_a_witness():
    assert groups(film("Frozen", "ann"), film("Frozen 2", "bob")) == [0, 1]
    assert groups(film("Frozen", "ann"), film("Frozen 2", "bob ann")) == [0, 0]
    one, two = film("Frozen", keywords="snow sisters"), film("Frozen II", keywords="sisters snow")
    assert groups(one, two) == [0, 0]


def test_a_film_and_its_remake_are_no_series():
    assert groups(film("Emma", "ann"), film("Emma", "ann")) == [0, 1]


def test_three_leads_and_a_maker_are_a_series_whatever_the_names():
    wars = film("Star Wars", "mark harrison carrie", directors="george")
    empire = film("The Empire Strikes Back", "mark harrison carrie billy", directors="george")
    duo = film("Elsewhere", "mark harrison", directors="george")
    assert groups(wars, duo, empire) == [0, 1, 0]
    strangers = film("Reunion", "mark harrison carrie", directors="zoe")
    assert groups(wars, strangers) == [0, 1]


def test_a_subtitle_that_names_the_series():
    assert groups(film("Star Wars"), film("Rogue One: A Star Wars Story")) == [0, 0]
    assert groups(film("Heat"), film("Chronicle: The Heat of the Night")) == [0, 1]


def test_the_same_first_words_need_the_same_people():
    doom = film("Indiana Jones and the Temple of Doom", "harrison", directors="steven")
    crusade = film("Indiana Jones and the Last Crusade", "harrison", directors="steven")
    other = film("Indiana Jones and the Paper Boy", "bob", directors="steven")
    assert groups(doom, other, crusade) == [0, 1, 0]


LOVED = {
    "Raiders of the Lost Ark",
    "The Princess Bride",
    "The Matrix",
    "Back to the Future",
    "Terminator 2: Judgment Day",
    "The Terminator",
    "Indiana Jones and the Last Crusade",
    "The Lord of the Rings: The Fellowship of the Ring",
    "Blade Runner",
    "Alien",
    "Aliens",
    "Toy Story",
    "2001: A Space Odyssey",
    "Interstellar",
}
"""What those who love Star Wars love, as far as anybody can say."""


def check_star_wars(library: Library) -> None:
    found = library.similar("Star Wars", 10)
    names = [result.title.title for result in found]
    assert names[0] == "The Empire Strikes Back"
    assert "Raiders of the Lost Ark" in names[:3]
    assert len(LOVED & {*names, *(t.title for r in found for t in r.also)}) >= 4, names
    assert not any("Star Wars" in name for name in names[1:]), names
    everything = [t.id for r in found for t in (r.title, *r.also)]
    assert len(set(everything)) == len(everything)
    assert library.title("Star Wars").id not in everything


def test_star_wars_on_the_demo_library(demo: Library) -> None:
    check_star_wars(demo)


@pytest.mark.extra
def test_star_wars_on_the_large_catalogue(large: Library, data: Path, tmp_path: Path) -> None:
    # Training writes a version, which the library that all tests share must not get.
    root = tmp_path / "library"
    shutil.copytree(large.root, root, copy_function=os.link)
    options = TrainOptions(models=("rdlae",), rating="")
    train_taste([data / "ml-latest-small-2018"], root, options=options)
    found = open_library(root)
    check_star_wars(found)
    first = found.similar("Star Wars", 1)[0]
    assert "Return of the Jedi" in [title.title for title in first.also]
