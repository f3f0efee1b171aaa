"""Posters built into a library: read, kept, taken along, found again, or said to be unusable."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.assembly import build_library, open_library, train_taste
from matinee.errors import (
    EncoderMismatchError,
    InputError,
    LibraryCorruptError,
    ModelError,
    RejectedRowsError,
)
from matinee.library import manifest
from matinee.pictures.decode import decode
from matinee.pipeline.build import BuildOptions
from matinee.pipeline.build_pictures import PictureOptions, picture_text
from matinee.pipeline.pictures_card import read_card
from matinee.pipeline.train_taste import TrainOptions
from matinee.testing import ColourEncoder, HashingEncoder
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from matinee import Library
    from matinee.catalogue.title import Title
    from matinee.pipeline.build import BuildReport
    from matinee.settings import Settings
    from matinee.types import Matrix, Picture

COLOURS = {"red": (200, 30, 30), "green": (30, 190, 40), "blue": (20, 40, 210), "grey": (128,) * 3}
FILMS: list[dict[str, object]] = [
    {"tmdb_id": 1, "title": "Rose", "year": 1990, "overview": "All is red here."},
    {"tmdb_id": 2, "title": "Leaf", "year": 1991, "overview": "All is green here."},
    {"tmdb_id": 3, "title": "Sea", "year": 1992, "overview": "All is blue here."},
    {"tmdb_id": 4, "title": "Fog", "year": 1993, "overview": "Nothing is to be seen."},
    {"tmdb_id": 5, "title": "Leaf Again", "year": 1994, "overview": "It has the same poster."},
    {"tmdb_id": 6, "title": "Bare", "year": 1995, "overview": "It has no poster."},
]


def poster(colour: str, seed: int = 0) -> bytes:
    """Return a PNG of one colour, with something to be recognised by."""
    from PIL import Image

    rng = np.random.default_rng(seed)
    coarse = rng.integers(-28, 28, (12, 8, 1))
    noise = np.kron(coarse, np.ones((15, 15, 1)))
    pixels = np.clip(np.array(COLOURS[colour]) + noise, 0, 255).astype(np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


POSTERS: dict[int, bytes] = {
    1: poster("red", 1),
    2: poster("green", 2),
    3: poster("blue", 3),
    4: b"this is no picture",
    5: poster("green", 2),
}
"""By TMDb's number; the second and the fifth film have the same, the sixth has none."""


class Stock:
    """A source of posters in memory."""

    def __init__(
        self, posters: Mapping[int, bytes | Reject], name: str = "stock", dies_after: int = 1 << 30
    ) -> None:
        self._posters, self.name, self._left = posters, name, dies_after
        self.unused = 0
        self.asked: list[str] = []

    def posters(self, titles: Sequence[Title]) -> Iterator[tuple[int, bytes | Reject]]:
        for position, title in enumerate(titles):
            self.asked.append(title.id)
            found = self._posters.get(int(title.id.partition(":")[2]))
            if found is not None:
                self._left -= 1
                if self._left < 0:
                    raise KilledError
                yield position, found


class Tracked(bytes):
    """Bytes that are counted as long as somebody holds them."""

    alive = 0

    def __del__(self) -> None:
        Tracked.alive -= 1


class KilledError(Exception):
    """Stands for a power cut."""


class DyingEyes(ColourEncoder):
    """Dies after some batches of pictures, or of texts."""

    def __init__(self, pictures: int = 1 << 30, texts: int = 1 << 30) -> None:
        super().__init__()
        self.left = [pictures, texts]

    def _count(self, kind: int) -> None:
        self.left[kind] -= 1
        if self.left[kind] < 0:
            raise KilledError

    def encode_pictures(self, pictures: Sequence[Picture]) -> Matrix:
        self._count(0)
        return super().encode_pictures(pictures)

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        self._count(1)
        return super().encode_texts(texts)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "films.jsonl", FILMS)


def write(path: Path, films: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("\n".join(map(json.dumps, films)), encoding="utf-8")
    return path


def build(source: Path, root: Path, **wanted: object) -> BuildReport:
    given: dict[str, object] = {"encoder": HashingEncoder(), "posters": [Stock(POSTERS)]}
    return build_library([source], root, **(given | wanted))  # type: ignore[arg-type]


def opened(root: Path, eyes: ColourEncoder | None = None) -> Library:
    return open_library(root, encoder=HashingEncoder(), picture_encoder=eyes or ColourEncoder())


def titles_of(library: Library, rows: Sequence[int] | np.ndarray) -> list[str]:
    return [library.engine.catalogue.title(int(row)).title for row in rows]


def made_files(root: Path) -> dict[str, bytes]:
    folder = root / "v0001"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_posters_become_signatures_and_vectors(source: Path, tmp_path: Path) -> None:
    eyes = ColourEncoder()
    report = build(source, tmp_path / "l", picture_encoder=eyes)
    made = report.pictures
    assert made is not None
    card = made.card
    assert (card.titles, card.posters, card.signatures, card.vectors) == (6, 4, 4, 4)
    assert (card.texts, card.rejected, card.sources, card.note) == (6, 1, ("stock",), "")
    assert card.encoder == eyes.spec
    # One poster of two titles is encoded once, and both have it.
    assert made.encoded == len(eyes.encoded) == 3
    assert made.texts_encoded == 6
    library = opened(tmp_path / "l")
    pictures = library.engine.pictures
    assert pictures.index is not None
    assert pictures.signatures is not None
    assert titles_of(library, pictures.index.rows) == ["Rose", "Leaf", "Sea", "Leaf Again"]
    assert pictures.signatures.rows.tolist() == pictures.index.rows.tolist()
    _, vectors = pictures.index.poster_vectors(pictures.index.rows)
    expected = eyes.encode_pictures([decode(POSTERS[n]) for n in (1, 2, 3, 5)])
    np.testing.assert_allclose(vectors, expected, atol=1e-3)
    library.verify()


def test_what_is_found_by_a_picture_and_by_a_poster(source: Path, tmp_path: Path) -> None:
    eyes = ColourEncoder()
    build(source, tmp_path / "l", picture_encoder=eyes)
    library = opened(tmp_path / "l")
    pictures = library.engine.pictures
    assert pictures.index is not None
    assert pictures.signatures is not None
    blue = decode(poster("blue", 77))
    vector = pictures.encoder().encode_pictures([blue])[0]
    assert titles_of(library, pictures.index.posters(vector, 1).rows) == ["Sea"]
    texts = pictures.index.texts(vector, 1)
    assert texts is not None
    assert titles_of(library, texts.rows) == ["Sea"]
    matches = pictures.signatures.lookup(decode(POSTERS[3]))
    assert titles_of(library, [match.row for match in matches]) == ["Sea"]
    both = pictures.signatures.lookup(decode(POSTERS[2]))
    assert set(titles_of(library, [match.row for match in both])) == {"Leaf", "Leaf Again"}


def test_what_cannot_be_read_is_set_aside_and_told(source: Path, tmp_path: Path) -> None:
    refused = Reject("stock", 1, "poster", "x", "is gone", "Find it")
    report = build(source, tmp_path / "l", posters=[Stock(POSTERS | {6: refused})])
    made = report.pictures
    assert made is not None
    assert made.card.rejected == len(made.rejects) == 2
    lines = (report.folder / "rejects.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines]
    assert {(each["path"], each["value"]) for each in told} == {("stock", "tmdb:4"), ("stock", "x")}
    assert all(each["reason"] and each["cure"] for each in told)
    assert "rejects.jsonl" in report.manifest.files
    opened(tmp_path / "l").verify()


def test_bad_posters_come_after_bad_values_in_the_file(tmp_path: Path) -> None:
    source = write(tmp_path / "f.jsonl", [*FILMS, {"tmdb_id": 7, "title": "Ill", "year": "soon"}])
    report = build(source, tmp_path / "l")
    told = [json.loads(line) for line in (report.folder / "rejects.jsonl").read_text().splitlines()]
    assert [each["column"] for each in told] == ["year", "poster"]


def test_strict_stops_at_a_bad_poster(source: Path, tmp_path: Path) -> None:
    with pytest.raises(RejectedRowsError, match="tmdb:4"):
        build(source, tmp_path / "l", options=BuildOptions(strict=True))
    assert not (tmp_path / "l" / "CURRENT").exists()


def test_the_second_source_is_asked_for_what_the_first_cannot_give(
    source: Path, tmp_path: Path
) -> None:
    first = Stock({1: POSTERS[1], 4: b"broken"}, "first")
    second = Stock({1: b"never read", 4: poster("grey", 9), 6: poster("grey", 10)}, "second")
    report = build(source, tmp_path / "l", posters=[first, second])
    assert report.pictures is not None
    card = report.pictures.card
    assert (card.posters, card.rejected, card.sources) == (3, 1, ("first", "second"))
    assert len(first.asked) == 6
    assert second.asked == [f"tmdb:{n}" for n in (2, 3, 4, 5, 6)]
    signatures = opened(tmp_path / "l").engine.pictures.signatures
    assert signatures is not None
    assert signatures.rows.tolist() == [0, 3, 5]


def test_posters_are_held_one_at_a_time(source: Path, tmp_path: Path) -> None:
    class Watching(Stock):
        def posters(self, titles: Sequence[Title]) -> Iterator[tuple[int, bytes | Reject]]:
            for position in range(len(titles)):
                assert Tracked.alive <= 1
                Tracked.alive += 1
                yield position, Tracked(poster("red", position))

    made = build(source, tmp_path / "l", posters=[Watching({})], picture_encoder=ColourEncoder())
    assert made.pictures is not None
    assert made.pictures.card.posters == 6
    assert Tracked.alive == 0


def test_stages_are_reported_to_their_end(source: Path, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    build(
        source,
        tmp_path / "l",
        picture_encoder=ColourEncoder(),
        progress=lambda *step: steps.append(step),
    )
    stages = list(dict.fromkeys(stage for stage, _, _ in steps))
    assert stages == ["read", "encode", "index", "map", "posters", "pictures", "texts", "publish"]
    assert {("posters", 6, 6), ("pictures", 3, 3), ("texts", 6, 6)} <= set(steps)
    looked = [done for stage, done, _ in steps if stage == "posters"]
    assert looked == sorted(looked)


def test_two_builds_are_identical(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for name in "ab":
        build(source, tmp_path / name, picture_encoder=ColourEncoder())
    assert made_files(tmp_path / "a") == made_files(tmp_path / "b")
    assert "pictures/posters.f16.npy" in made_files(tmp_path / "a")


@pytest.mark.parametrize(("pictures", "texts"), [(0, 1 << 30), (2, 1 << 30), (1, 0), (1, 2)])
def test_a_killed_build_goes_on_where_it_stopped(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pictures: int,
    texts: int,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    options = BuildOptions(pictures=PictureOptions(batch=1))
    build(source, tmp_path / "whole", picture_encoder=ColourEncoder(), options=options)
    root = tmp_path / "killed"
    with pytest.raises(KilledError):
        build(source, root, picture_encoder=DyingEyes(pictures, 1 << 30), options=options)
    eyes = DyingEyes(texts=texts)
    if texts < 6:
        with pytest.raises(KilledError):
            build(source, root, picture_encoder=eyes, options=options)
        assert len(eyes.encoded) == 3 - pictures
        eyes = DyingEyes()
    report = build(source, root, picture_encoder=eyes, options=options)
    made = report.pictures
    assert made is not None
    assert made.encoded == (0 if texts < 6 else 3 - pictures)
    assert made.texts_encoded == (6 - texts if texts < 6 else 6)
    assert made_files(root) == made_files(tmp_path / "whole")
    assert {path.name for path in root.iterdir()} == {"CURRENT", "v0001", ".lock"}


def test_signatures_are_not_made_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matinee.pipeline import build_pictures

    drawn = []
    real = build_pictures.signature

    def counting(picture: Picture) -> object:
        drawn.append(picture.digest)
        return real(picture)

    monkeypatch.setattr(build_pictures, "signature", counting)
    with pytest.raises(KilledError):
        build(source, tmp_path / "l", posters=[Stock(POSTERS, dies_after=2)])
    assert len(drawn) == 2
    build(source, tmp_path / "l")
    assert len(drawn) == 3, "what the killed build had drawn was drawn again"
    build(source, tmp_path / "l")
    assert len(drawn) == 3, "what the live version has was drawn again"


def test_the_next_build_encodes_only_what_is_new(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "l"
    build(source, root, picture_encoder=ColourEncoder())
    more = write(
        tmp_path / "more.jsonl",
        [{"tmdb_id": 9, "title": "New", "overview": "red"}, *reversed(FILMS[1:])],
    )
    eyes = ColourEncoder()
    posters = Stock(POSTERS | {9: poster("red", 9), 3: poster("grey", 3)})
    made = build(more, root, posters=[posters], picture_encoder=eyes).pictures
    assert made is not None
    assert (made.encoded, made.texts_encoded, len(eyes.encoded)) == (2, 1, 2)
    library = opened(root)
    index = library.engine.pictures.index
    assert index is not None
    assert titles_of(library, index.rows) == ["New", "Leaf Again", "Sea", "Leaf"]
    expected = eyes.encode_pictures([decode(POSTERS[2])])[0]
    np.testing.assert_allclose(index.poster_vectors(index.rows[1:2])[1][0], expected, atol=1e-3)
    # Another model shares nothing with it.
    other = build(more, root, picture_encoder=ColourEncoder(fingerprint="other")).pictures
    assert other is not None
    assert (other.encoded, other.texts_encoded) == (2, 6)


def test_without_posters_those_of_the_live_version_are_kept(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "l"
    build(source, root, picture_encoder=ColourEncoder())
    before = opened(root).engine.pictures
    fewer = write(
        tmp_path / "fewer.jsonl",
        [{"tmdb_id": 9, "title": "New", "overview": "white"}, *reversed(FILMS[1:])],
    )
    eyes = ColourEncoder()
    made = build(fewer, root, posters=None, picture_encoder=eyes).pictures
    assert made is not None
    assert (made.card.kept, made.card.gone, made.card.posters, made.encoded) == (True, 1, 3, 0)
    assert made.card.sources == ("stock",)
    assert made.texts_encoded == 1
    library = opened(root)
    pictures = library.engine.pictures
    assert pictures.index is not None
    assert pictures.signatures is not None
    assert before.index is not None
    assert titles_of(library, pictures.index.rows) == ["Leaf Again", "Sea", "Leaf"]
    assert pictures.signatures.rows.tolist() == pictures.index.rows.tolist()
    np.testing.assert_array_equal(
        pictures.index.poster_vectors(pictures.index.rows)[1],
        before.index.poster_vectors(np.array([4, 2, 1]))[1],
    )
    found = pictures.signatures.lookup(decode(POSTERS[3]))
    assert titles_of(library, [match.row for match in found]) == ["Sea"]
    # And once more, now without a model: the new title has no text there, and the others have.
    again = build(write(fewer, FILMS), root, posters=[], picture_encoder=None).pictures
    assert again is not None
    assert (again.card.posters, again.card.texts, again.encoded) == (3, 5, 0)


def test_merged_titles_keep_one_poster(tmp_path: Path) -> None:
    root = tmp_path / "l"
    apart = [
        {"id": "local:a", "title": "Rose", "year": 1990},
        {"id": "local:b", "imdb_id": "tt0000002", "title": "La Rose", "year": 1990},
    ]

    class Both:
        name, unused = "both", 0

        def posters(self, titles: Sequence[Title]) -> Iterator[tuple[int, bytes | Reject]]:
            yield from enumerate([POSTERS[1], POSTERS[2]])

    build(write(tmp_path / "f.jsonl", apart), root, posters=[Both()])
    merged = [{"id": "local:a", "imdb_id": "tt0000002", "title": "Rose", "year": 1990}]
    made = build(write(tmp_path / "f.jsonl", merged), root, posters=None).pictures
    assert made is not None
    assert (made.card.posters, made.card.gone) == (1, 0)


def test_posters_are_left_out_on_request(source: Path, tmp_path: Path) -> None:
    build(source, tmp_path / "l", picture_encoder=ColourEncoder())
    report = build(source, tmp_path / "l", posters="none")
    assert report.pictures is None
    assert not [name for name in report.manifest.files if name.startswith("pictures")]
    pictures = opened(tmp_path / "l").engine.pictures
    assert pictures.signatures is None
    assert pictures.index is None
    with pytest.raises(InputError, match="none"):
        build(source, tmp_path / "l", posters=["none", Stock(POSTERS)])


def test_a_library_that_never_had_posters_has_none(source: Path, tmp_path: Path) -> None:
    report = build(source, tmp_path / "l", posters=None)
    assert report.pictures is None
    assert opened(tmp_path / "l").engine.pictures.index is None


def test_titles_alone_can_be_found_by_a_picture(source: Path, tmp_path: Path) -> None:
    made = build(source, tmp_path / "l", posters=None, picture_encoder=ColourEncoder()).pictures
    assert made is not None
    assert (made.card.posters, made.card.vectors, made.card.texts) == (0, 0, 6)
    index = opened(tmp_path / "l").engine.pictures.index
    assert index is not None
    vector = ColourEncoder().encode_pictures([decode(POSTERS[1])])[0]
    texts = index.texts(vector, 1)
    assert texts is not None
    assert texts.rows.tolist() == [0]


def test_a_model_that_reads_no_text(source: Path, tmp_path: Path) -> None:
    eyes = ColourEncoder(reads_text=False)
    made = build(source, tmp_path / "l", picture_encoder=eyes).pictures
    assert made is not None
    assert (made.card.vectors, made.card.texts) == (4, 0)
    index = opened(tmp_path / "l", eyes).engine.pictures.index
    assert index is not None
    assert index.texts(eyes.encode_pictures([decode(POSTERS[1])])[0], 3) is None


class TestWithoutTheModel:
    """The default model is not on this machine."""

    @pytest.fixture(autouse=True)
    def _absent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def absent(settings: Settings, name: object) -> None:
            del settings
            raise ModelError(
                "The model has not been pulled",
                where=str(name),
                cure="matinee models pull clip",
            )

        monkeypatch.setattr("matinee.assembly.parts.named_picture_encoder", absent)
        monkeypatch.setattr("matinee.assembly.building.named_picture_encoder", absent)

    def test_posters_are_recognised_and_it_is_said_what_is_missing(
        self, source: Path, tmp_path: Path
    ) -> None:
        report = build(source, tmp_path / "l")
        assert report.pictures is not None
        card = report.pictures.card
        assert (card.signatures, card.vectors, card.texts, card.encoder) == (4, 0, 0, None)
        assert "matinee models pull clip" in card.note
        assert "build again" in card.note
        assert read_card(report.folder / "pictures") == card
        pictures = open_library(tmp_path / "l", encoder=HashingEncoder()).engine.pictures
        assert pictures.index is None
        assert pictures.signatures is not None
        assert pictures.signatures.lookup(decode(POSTERS[1]))
        with pytest.raises(ModelError, match="models pull clip"):
            pictures.encoder()
        # Half the cure: there is the model, and nothing for it to see.
        made = build(source, tmp_path / "l", posters=None, picture_encoder=ColourEncoder()).pictures
        assert made is not None
        assert (made.card.signatures, made.card.vectors, made.card.texts) == (4, 0, 6)
        assert "4 posters" in made.card.note
        assert "--posters" in made.card.note
        # The cure: now there is the model, and only vectors are made.
        made = build(source, tmp_path / "l", picture_encoder=ColourEncoder()).pictures
        assert made is not None
        assert (made.encoded, made.card.vectors, made.card.note) == (3, 4, "")

    def test_what_was_encoded_elsewhere_is_kept(self, source: Path, tmp_path: Path) -> None:
        build(source, tmp_path / "l", picture_encoder=ColourEncoder())
        report = build(source, tmp_path / "l", posters=[Stock(POSTERS | {6: poster("grey")})])
        assert report.pictures is not None
        card = report.pictures.card
        assert (card.signatures, card.vectors, card.texts) == (5, 4, 6)
        assert card.encoder == ColourEncoder().spec
        assert "models pull clip" in card.note

    def test_signatures_alone_need_no_remark(self, source: Path, tmp_path: Path) -> None:
        report = build(source, tmp_path / "l", picture_encoder="none")
        assert report.pictures is not None
        assert report.pictures.card.note == ""
        assert report.pictures.card.signatures == 4

    def test_a_named_model_must_be_there_before_anything_is_read(self, tmp_path: Path) -> None:
        posters = Stock(POSTERS)
        with pytest.raises(ModelError, match="pulled"):
            build(tmp_path / "absent", tmp_path / "l", posters=[posters], picture_encoder="clip")
        assert posters.asked == []
        assert not (tmp_path / "l").exists()


def test_signatures_alone_drop_the_vectors(source: Path, tmp_path: Path) -> None:
    build(source, tmp_path / "l", picture_encoder=ColourEncoder())
    for posters in (None, [Stock(POSTERS)]):
        made = build(source, tmp_path / "l", posters=posters, picture_encoder="none").pictures
        assert made is not None
        assert (made.card.signatures, made.card.vectors, made.card.encoder) == (4, 0, None)


def test_posters_kept_cannot_be_encoded_by_another_model(source: Path, tmp_path: Path) -> None:
    build(source, tmp_path / "l", picture_encoder=ColourEncoder())
    other = ColourEncoder(fingerprint="other")
    with pytest.raises(InputError, match="--posters"):
        build(source, tmp_path / "l", posters=None, picture_encoder=other)
    assert opened(tmp_path / "l").version == "v0001"


def test_another_model_than_the_librarys_is_refused_when_it_is_asked_for(
    source: Path, tmp_path: Path
) -> None:
    build(source, tmp_path / "l", picture_encoder=ColourEncoder())
    library = opened(tmp_path / "l", ColourEncoder(fingerprint="other"))
    with pytest.raises(EncoderMismatchError, match="cannot be compared"):
        library.engine.pictures.encoder()
    assert library.search("red", k=1), "the rest of the library works"
    eyes = ColourEncoder()
    assert opened(tmp_path / "l", eyes).engine.pictures.encoder().spec == eyes.spec


@pytest.mark.parametrize("vectors", [np.zeros((1, 49)), np.full((1, 49), np.nan), np.ones((1, 7))])
def test_a_model_that_fails_makes_no_library(
    source: Path, tmp_path: Path, vectors: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    eyes = ColourEncoder()
    monkeypatch.setattr(eyes, "encode_pictures", lambda _: vectors)
    options = BuildOptions(pictures=PictureOptions(batch=1))
    with pytest.raises(ModelError, match="length"):
        build(source, tmp_path / "l", picture_encoder=eyes, options=options)
    assert not (tmp_path / "l" / "CURRENT").exists()


def test_a_training_takes_the_pictures_along(tmp_path: Path) -> None:
    root = tmp_path / "l"
    build(write(tmp_path / "f.jsonl", FILMS), root, picture_encoder=ColourEncoder())
    ratings = tmp_path / "ratings.csv"
    lines = [f"p{n},{n % 5 + 1},{3 + n % 3},100" for n in range(40)]
    ratings.write_text("user,tmdb_id,rating,timestamp\n" + "\n".join(lines))
    train_taste([ratings], root, options=TrainOptions(models=("popularity",), rating="bias"))
    library = opened(root)
    assert library.version == "v0002"
    assert library.engine.pictures.index is not None
    assert library.engine.pictures.signatures is not None
    library.verify()


def test_every_byte_of_the_pictures_is_watched_over(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "l"
    report = build(source, root, picture_encoder=ColourEncoder())
    names = [name for name in report.manifest.files if name.startswith("pictures/")]
    assert len(names) >= 10
    library = opened(root)
    for name in names:
        path = report.folder / name
        sound = path.read_bytes()
        damaged = bytearray(sound)
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(LibraryCorruptError, match=path.name):
            library.verify()
        path.write_bytes(sound[:-1])
        with pytest.raises(LibraryCorruptError, match=path.name):
            opened(root)
        path.unlink()
        with pytest.raises(LibraryCorruptError, match=path.name):
            opened(root)
        path.write_bytes(sound)
    opened(root).verify()


def test_pickles_are_refused_even_if_the_manifest_agrees(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "l"
    report = build(source, root, picture_encoder=ColourEncoder())
    head = (report.folder / "manifest.json").read_text()
    for name in report.manifest.files:
        if not (name.startswith("pictures/") and name.endswith((".npy", ".faiss", ".json"))):
            continue
        path = report.folder / name
        sound = path.read_bytes()
        np.save(path.with_suffix(".npy"), np.array([{}], object), allow_pickle=True)
        path.with_suffix(".npy").replace(path)
        made = json.loads(head)
        made["files"][name] = vars_of(path)
        (report.folder / "manifest.json").write_text(json.dumps(made))
        if name.endswith("keys.npy"):  # read by the next build alone
            assert build(source, root, picture_encoder=ColourEncoder()).pictures is not None
            shutil.rmtree(root / "v0002")
            (root / "CURRENT").write_text("v0001\n")
        else:
            with pytest.raises(LibraryCorruptError):
                opened(root)
        path.write_bytes(sound)
        (report.folder / "manifest.json").write_text(head)
    opened(root).verify()


def vars_of(path: Path) -> dict[str, object]:
    return {"bytes": path.stat().st_size, "sha256": manifest.sha256_of(path)}


def test_damaged_pictures_are_lost_and_that_is_said(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "l"
    report = build(source, root, picture_encoder=ColourEncoder())
    (report.folder / "pictures/posters.keys.npy").write_bytes(b"torn")
    made = build(source, root, posters=None, picture_encoder=None).pictures
    assert made is not None
    assert made.card.posters == 0
    assert "lost" in made.card.note
    assert "posters.keys.npy" in made.card.note
    opened(root).verify()
    # With the posters at hand, damage is no matter.
    made = build(source, root, picture_encoder=ColourEncoder()).pictures
    assert made is not None
    assert (made.card.posters, made.encoded, made.card.note) == (4, 3, "")


def test_signatures_made_in_another_way_are_not_used(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "l"
    report = build(source, root, picture_encoder=ColourEncoder())
    card = report.folder / "pictures/pictures.json"
    card.write_text(card.read_text().replace(report.pictures.card.signature_version, "ancient"))  # type: ignore[union-attr]
    head = json.loads((report.folder / "manifest.json").read_text())
    head["files"]["pictures/pictures.json"] = vars_of(card)
    (report.folder / "manifest.json").write_text(json.dumps(head))
    pictures = opened(root).engine.pictures
    assert pictures.signatures is None
    assert pictures.index is not None
    made = build(source, root, posters=None, picture_encoder=ColourEncoder()).pictures
    assert made is not None
    assert (made.card.signatures, made.card.vectors) == (0, 4)
    assert "--posters" in made.card.note


def test_what_a_picture_encoder_reads_of_a_title(source: Path, tmp_path: Path) -> None:
    build(source, tmp_path / "l", posters=None)
    title = opened(tmp_path / "l").title("tmdb:1")
    assert picture_text(title) == "Rose (1990). All is red here."


def test_a_folder_and_settings_by_name(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "posters"
    folder.mkdir()
    for number, data in POSTERS.items():
        (folder / f"{number}.png").write_bytes(data)
    made = build(source, tmp_path / "l", posters=folder, picture_encoder=ColourEncoder()).pictures
    assert made is not None
    assert (made.card.posters, made.card.rejected) == (4, 1)
    # Where it lay is nobody's concern.
    assert made.card.sources == ("posters",)
    with pytest.raises(InputError):
        build(source, tmp_path / "l", posters=str(tmp_path / "absent"))
