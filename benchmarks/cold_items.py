"""Titles that nobody has rated: content taste against popularity by genre, on MovieLens.

    python benchmarks/cold_items.py [--data NAME]... [--seeds 1,2,3] [--vectors FILE] [--write]

A tenth of the titles is held out with all ratings, and ranked among themselves for everybody who
gave one of them four stars or more (protocol ``cold-items``). Titles of one score come in an order
drawn at random: the numbers of MovieLens titles follow their fame. Stories and people are those of
the large catalogue, joined by TMDB id, by MovieLens id where there is none; its votes and
popularity are never read. ``--vectors`` keeps the vectors of the stories, which take minutes. On
ml-latest-small-2018 a last table ranks cold titles beside rated ones: of each person a fifth of
what they liked is hidden as well, and all that they do not know is ranked.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

from matinee.assembly import default_encoder
from matinee.catalogue.document import encoder_text
from matinee.catalogue.title import Title
from matinee.evaluate import topn
from matinee.evaluate.dataset import Dataset, read_dataset
from matinee.evaluate.protocols import ranking_split
from matinee.evaluate.sets import CATALOGUE
from matinee.evaluate.splits import lists_of
from matinee.interaction import Histories, ItemFeatures
from matinee.settings import Settings
from matinee.taste.cold import ColdTitles
from matinee.taste.content import ContentTaste
from matinee.taste.ease import Ease
from results import keep
from search_quality import data

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.evaluate.splits import RankingSplit

SMALL, OLD, LARGE = "ml-latest-small-2018", "ml-100k", "ml-1m"
K = (10, 20)
LIKED = 4.0
HIDDEN = 0.2


@dataclass(frozen=True, slots=True)
class Facts:
    """What the catalogue tells of titles, by its rows.

    Attributes:
        vectors: float32 [n, d], of the stories.
        people: names, the director first.
        by_tmdb: row of each TMDB id.
        by_movielens: row of each MovieLens id.
    """

    vectors: npt.NDArray[np.float32]
    people: list[list[str]]
    by_tmdb: dict[int, int]
    by_movielens: dict[int, int]


def links(name: str) -> dict[int, int]:
    """Return the TMDB id of MovieLens titles."""
    with gzip.open(data() / name / "links.csv.gz", "rt", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        return {
            int(row.get("movieId") or row["movie_id"]): int(float(row["tmdbId"]))
            for row in rows
            if row["tmdbId"]
        }


def read_facts(wanted: set[int], kept: Path | None) -> Facts:
    """Return what the catalogue tells of the wanted TMDB and MovieLens ids."""
    rows = pq.read_table(data() / CATALOGUE).to_pylist()
    known = links(SMALL).keys() | links(LARGE).keys()
    rows = [row for row in rows if row["tmdb_id"] in wanted or row["ml_id"] in known]
    return Facts(
        vectors=stories(rows, kept),
        people=[
            # Where the director is not known, nobody stands in their place.
            list(dict.fromkeys([*((row["director"] or [])[:1] or [""]), *(row["cast"] or [])]))
            for row in rows
        ],
        by_tmdb={row["tmdb_id"]: i for i, row in enumerate(rows)},
        by_movielens={row["ml_id"]: i for i, row in enumerate(rows) if row["ml_id"]},
    )


def stories(rows: list[dict[str, Any]], kept: Path | None) -> npt.NDArray[np.float32]:
    """Return the vectors of catalogue rows, those not in the file ``kept`` encoded now."""
    known: dict[int, npt.NDArray[np.float32]] = {}
    if kept is not None and kept.exists():
        with np.load(kept) as stored:
            known = dict(zip(stored["numbers"].tolist(), stored["vectors"], strict=True))
    missing = [row for row in rows if row["tmdb_id"] not in known]
    if missing:
        encoder = default_encoder(Settings.from_environment())
        made = encoder.encode_documents([encoder_text(as_title(row)) for row in missing])
        known |= dict(zip([row["tmdb_id"] for row in missing], made, strict=True))
    numbers = [row["tmdb_id"] for row in rows]
    vectors = np.stack([known[number] for number in numbers])
    if kept is not None and missing:
        np.savez(kept, numbers=np.array(numbers), vectors=vectors)
    return vectors


def as_title(row: dict[str, Any]) -> Title:
    """Return a catalogue row as a title, as far as the encoder reads it."""
    return Title(
        id=f"tmdb:{row['tmdb_id']}",
        title=row["title"],
        overview=row["overview"],
        genres=tuple(row["genres"] or ()),
        keywords=tuple(row["keywords"] or ()),
        cast=tuple(row["cast"] or ()),
        directors=tuple(row["director"] or ()),
        languages=tuple(filter(None, [row["original_language"]])),
    )


def movielens_ids(dataset: Dataset) -> list[int]:
    """Return the MovieLens id of each title, -1 where there is none.

    MovieLens 100K has numbers of its own; its titles are found by name and year in MovieLens 1M,
    which has the same spellings.
    """
    if dataset.name != OLD:
        return [int(key.partition(":")[2]) for key in dataset.interactions.item_ids]
    other = read_dataset(data() / LARGE)
    named = dict(zip(other.titles, movielens_ids(other), strict=True))
    years = dataset.features.years
    return [
        -1 if np.isnan(year) else named.get(f"{title} ({int(year)})", -1)
        for title, year in zip(dataset.titles, years, strict=True)
    ]


def told(dataset: Dataset, facts: Facts) -> ItemFeatures:
    """Return the features of a data set with stories and people of the catalogue."""
    tmdb = links(LARGE) | links(SMALL)
    numbers: dict[str, int] = {}
    vectors = np.zeros((len(dataset.features), facts.vectors.shape[1]), np.float32)
    people: list[list[int]] = [[] for _ in range(len(vectors))]
    for i, key in enumerate(movielens_ids(dataset)):
        row = facts.by_tmdb.get(tmdb.get(key, -1), facts.by_movielens.get(key))
        if row is None:
            continue
        vectors[i] = facts.vectors[row]
        people[i] = [
            numbers.setdefault(name or f"unknown director {i}", len(numbers))
            for name in facts.people[row]
        ]
    return replace(dataset.features, vectors=vectors, people=people)


def popularity_by_genre(
    split: RankingSplit, features: ItemFeatures, items: npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[np.float32]]:
    """Score titles by their genres: how often the person and how often everybody took each.

    A genre is worth (titles of it in the history) times (interactions with it in train); a title is
    worth the mean of its genres. As that is a weak baseline where genres are lopsided, the sum
    takes part as well, and both for interactions per title of the genre, and the own genres alone.
    """
    genres = features.genres.astype(np.float32)
    counts = np.bincount(split.train.items, minlength=len(features)).astype(np.float32)
    own = own_genres(split.test.folded, genres)
    taken = counts @ genres
    each = taken / np.maximum((counts > 0).astype(np.float32) @ genres, 1)
    mean, total = shares(genres[items]).T, genres[items].T
    return {
        "popularity by genre, mean": (own * taken) @ mean,
        "popularity by genre, sum": (own * taken) @ total,
        "popularity per title of the genre, mean": (own * each) @ mean,
        "popularity per title of the genre, sum": (own * each) @ total,
        "own genres, mean": own @ mean,
        "own genres, sum": own @ total,
    }


def own_genres(histories: Histories, genres: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return how many titles of each genre a history has, float32 [b, g]."""
    found = np.zeros((len(histories), genres.shape[1]), np.float32)
    np.add.at(found, histories.owners, genres[histories.items])
    return found


def shares(genres: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return genres divided by their number."""
    return genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)


def figures(
    scores: npt.NDArray[np.float32], items: npt.NDArray[np.int64], split: RankingSplit
) -> dict[str, float]:
    """Return recall and NDCG of the cold titles, whose scores these are in the order of items."""
    lists = items[np.argsort(-scores, axis=1, kind="stable")[:, : max(K)]]
    found = topn.hits(lists, split.test.targets, len(split.candidates))
    counts = split.test.targets.lengths
    return {f"recall@{k}": float(topn.recall(found, counts, k).mean()) for k in K} | {
        f"ndcg@{k}": float(topn.ndcg(found, counts, k).mean()) for k in K
    }


def cold_alone(dataset: Dataset, full: ItemFeatures, seed: int) -> dict[str, dict[str, float]]:
    """Measure the rankings of cold titles among themselves."""
    split = ranking_split("cold-items", dataset.interactions, seed=seed)
    rng = np.random.default_rng(seed)
    items = rng.permutation(np.flatnonzero(split.candidates))
    histories = split.test.folded
    scored = {"random": rng.random((len(histories), len(items)), np.float32)}
    scored |= popularity_by_genre(split, full, items)
    variants = {
        "content: genres and years": dataset.features,
        "content: and people": replace(full, vectors=None),
        "content: and stories": replace(full, people=None),
        "content: all": full,
    }
    for name, features in variants.items():
        model = ContentTaste().fit(split.train, features, seed=seed)
        scored[name] = model.score(histories, items)
    return {name: figures(scores, items, split) for name, scores in scored.items()}


def cold_beside_rated(
    dataset: Dataset, full: ItemFeatures, seed: int
) -> dict[str, dict[str, float]]:
    """Measure rankings of all titles a person does not know, rated and cold ones together."""
    did = dataset.interactions
    split = ranking_split("cold-items", did, seed=seed)
    cold = split.candidates
    rng = np.random.default_rng(seed)
    liked = did.values >= LIKED
    hidden = liked & (cold[did.items] | (rng.random(len(did)) < HIDDEN))
    train = did.take(~cold[did.items] & ~hidden)
    people = np.unique(did.users[hidden])
    people = people[np.isin(people, train.users)]
    histories, targets = Histories.of(train, people), lists_of(did, np.flatnonzero(hidden), people)
    collaborative, content = Ease().fit(train), ContentTaste().fit(train, full, seed=seed)
    inner = rng.random(len(train)) < HIDDEN
    learnt = train.take(~inner)
    fitted = ColdTitles().fit(
        learnt,
        train.take(inner),
        Ease().fit(learnt),
        ContentTaste().fit(learnt, full, seed=seed),
        seed=seed,
    )
    fitted = ColdTitles().refit(fitted, train)
    scored = {
        "ease": collaborative.score(histories),
        "content": content.score(histories),
        "ease and cold titles": fitted.score(collaborative, content, histories),
    }
    unknown = np.ones((len(people), len(full)), np.bool_)
    unknown[histories.owners, histories.items] = False
    order = rng.permutation(len(full))
    is_cold = cold[targets.items]
    found = {}
    for name, scores in scored.items():
        top = order[topn.best(scores[:, order], max(K), unknown[:, order])]
        hits = topn.hits(top, targets, len(full))
        of_cold = hits & cold[top]
        found[name] = {
            "ndcg@10": float(topn.ndcg(hits, targets.lengths, 10).mean()),
            "recall@20": float(topn.recall(hits, targets.lengths, 20).mean()),
            "share of cold titles in the first 20": float(cold[top].mean()),
            "cold targets found in the first 20": float(of_cold.sum() / is_cold.sum()),
        }
    found["all that there is"] = {
        "share of cold titles": float(cold.mean()),
        "share of cold targets": float(is_cold.mean()),
    }
    return found


def mean(found: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, Any]]:
    """Return the mean over seeds, and the least and the most, of every figure."""
    return {
        name: {
            measure: [round(float(f([one[name][measure] for one in found])), 4) for f in _SUMMARY]
            for measure in found[0][name]
        }
        for name in found[0]
    }


_SUMMARY = (np.mean, np.min, np.max)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", action="append", choices=(SMALL, OLD, LARGE))
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    facts = read_facts({*links(SMALL).values(), *links(LARGE).values()}, options.vectors)
    found: dict[str, Any] = {"figures": "mean, least and most over the seeds", "seeds": seeds}
    for name in options.data or (SMALL, OLD, LARGE):
        dataset = read_dataset(data() / name)
        full = told(dataset, facts)
        start = time.perf_counter()
        alone = [cold_alone(dataset, full, seed) for seed in seeds]
        found[name] = {
            "titles": len(full),
            "titles with a story": 0
            if full.vectors is None
            else int(full.vectors.any(axis=1).sum()),
            "cold titles alone": mean(alone),
        }
        if name == SMALL:
            beside = [cold_beside_rated(dataset, full, seed) for seed in seeds]
            found[name]["cold titles beside rated ones"] = mean(beside)
        found[name]["seconds"] = round(time.perf_counter() - start, 1)
        print(name, found[name], flush=True)
    keep("cold_items", found, write=options.write)


if __name__ == "__main__":
    main()
