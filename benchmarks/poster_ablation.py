"""Texts, posters and both: genres, titles nobody rated, likeness, on the 1,200 posters.

    python benchmarks/poster_ablation.py [--picture-encoder NAME|FOLDER|pixels]... [--seeds 1,2,3]
        [--write]

The tasks are those of ``matinee evaluate posters`` (:mod:`matinee.evaluate.posters`). Titles are
those of the large catalogue that have a poster and a story; people are those of MovieLens 1M, who
like what they gave four stars or more. Likeness is measured against two authorities: who liked
both titles, and, for the films of the tag genome, the cosine of their 1,128 tags.

``pixels`` is no model: the colours of 8 x 12 fields. It tells what a poster's palette and layout
say, and what any model must beat. ``clip`` and ``resnet50`` are measured where they have been
pulled (``matinee models pull clip``); an encoder that is not here is named and left out.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

from cold_items import LARGE, LIKED, as_title, links, movielens_ids
from matinee.assembly import default_encoder
from matinee.catalogue.document import encoder_text
from matinee.encode.named_pictures import load_picture_encoder
from matinee.errors import ModelError
from matinee.evaluate.dataset import read_dataset
from matinee.evaluate.posters import Known, Likes, PosterStudy, Views, liked_together
from matinee.evaluate.sets import CATALOGUE
from matinee.pictures import decode
from matinee.settings import Settings
from results import keep
from search_quality import data

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.types import Picture

_BATCH = 64


def main() -> None:
    """Measure, print, and keep with ``--write``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture-encoder", action="append")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]

    keys, titles, pictures = read_titles()
    encoder = default_encoder(Settings())
    texts = encoder.encode_documents([encoder_text(one) for one in titles])
    # The document of a title names its genres: what is to be found must not be told.
    stories = encoder.encode_documents([encoder_text(replace(one, genres=())) for one in titles])
    names = sorted({genre for title in titles for genre in title.genres})
    genres = np.array([[name in title.genres for name in names] for title in titles])
    likes = read_likes(keys)
    viewers, (tagged, tags) = liked_together(likes, len(keys)), read_tags(keys)
    found: dict[str, Any] = {
        "titles": len(keys),
        "genres": len(names),
        "people": len(np.unique(likes.people)),
        "asked by viewers": len(viewers.rows),
        "asked by tags": len(tags.rows),
        "seeds": seeds,
    }
    study = PosterStudy()
    for name in options.picture_encoder or ["pixels", "clip", "resnet50"]:
        try:
            views = Views(texts, vectors_of(name, pictures))
        except ModelError as error:
            found[name] = f"not measured: {error}"
            continue
        told = {}
        for seed in seeds:
            one = study.run(
                views, genres=genres, stories=stories, likes=likes, known=viewers, seed=seed
            ).to_dict()
            few = Views(views.text[tagged], views.poster[tagged])
            one["alike by tags"] = study.run(few, known=tags, seed=seed).to_dict()["alike"]
            told[f"seed {seed}"] = rounded(one)
        found[name] = told
    keep("poster_ablation", found, write=options.write)


def read_titles() -> tuple[list[int], list[Any], list[Picture]]:
    """Return MovieLens ids, titles and posters of what has a poster and a story."""
    posters = pq.read_table(data() / "posters/posters_1200.parquet", columns=["ml_id", "webp"])
    stored = dict(zip(posters["ml_id"].to_pylist(), posters["webp"].to_pylist(), strict=True))
    tmdb = links(LARGE)
    wanted = {tmdb[key]: key for key in stored if key in tmdb}
    rows = pq.read_table(data() / CATALOGUE).to_pylist()
    found: dict[int, Any] = {}
    for row in rows:
        key = wanted.get(row["tmdb_id"]) or row["ml_id"]
        if key in stored and row["overview"]:
            found.setdefault(int(key), row)
    keys = sorted(found)
    titles = [as_title(found[key]) for key in keys]
    return keys, titles, [decode(stored[key]) for key in keys]


def read_likes(keys: list[int]) -> Likes:
    """Return who of MovieLens 1M liked which of the titles."""
    dataset = read_dataset(data() / LARGE)
    place = {key: row for row, key in enumerate(keys)}
    rows = np.array([place.get(key, -1) for key in movielens_ids(dataset)])
    did = dataset.interactions
    liked = (did.values >= LIKED) & (rows[did.items] >= 0)
    pairs = np.unique(np.stack([did.users[liked], rows[did.items[liked]]], axis=1), axis=0)
    return Likes(pairs[:, 0], pairs[:, 1])


def read_tags(keys: list[int]) -> tuple[npt.NDArray[np.int64], Known]:
    """Return which titles the tag genome has, and how alike they are to each other.

    That is the cosine of their tags, the mean taken off; the relevance of a tag that the published
    part leaves out counts as 0.
    """
    table = pq.read_table(data() / "tag_genome/relevance.parquet").to_pydict()
    film, tag, relevance = (np.array(table[name]) for name in ("movieId", "tag", "relevance"))
    films, tags = np.unique(film), np.unique(tag)
    values = np.zeros((len(films), len(tags)), np.float32)
    values[np.searchsorted(films, film), np.searchsorted(tags, tag)] = relevance
    place = {key: row for row, key in enumerate(keys)}
    here = np.isin(films, keys)
    values = values[here] - values[here].mean(axis=0)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    rows = np.array([place[int(key)] for key in films[here]])
    return rows, Known(np.arange(len(rows)), np.maximum(values @ values.T, 0.0))


def vectors_of(name: str, pictures: list[Picture]) -> npt.NDArray[np.float32]:
    """Return the vectors of pictures by an encoder, or by their pixels."""
    if name == "pixels":
        return np.stack([fields_of(picture) for picture in pictures])
    encoder = load_picture_encoder(name)
    parts = [pictures[start : start + _BATCH] for start in range(0, len(pictures), _BATCH)]
    return np.concatenate([encoder.encode_pictures(part) for part in parts])


def fields_of(picture: Picture) -> npt.NDArray[np.float32]:
    """Return the mean colours of 8 x 12 fields of a picture, float32 [288]."""
    fields = [
        part.reshape(-1, 3).mean(axis=0)
        for band in np.array_split(picture.pixels, 12, axis=0)
        for part in np.array_split(band, 8, axis=1)
    ]
    return np.concatenate(fields).astype(np.float32)


def rounded(values: Any) -> Any:
    """Return figures with four digits after the point."""
    if isinstance(values, dict):
        return {name: rounded(value) for name, value in values.items()}
    return round(values, 4) if isinstance(values, float) else values


if __name__ == "__main__":
    main()
