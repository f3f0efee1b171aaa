"""Trains the slot tagger that comes with the package.

    pip install 'scipy>=1.13' 'scikit-learn>=1.9'
    python tools/train_tagger.py [--seed 0] [--output FILE] [--folds 5]

Reads the tagged queries and the catalogue in the folder of ``MATINEE_DATA``. The queries are split
by the seed; one in five is the test, which nothing here learns from, and F1 on it is printed at the
end. ``--folds`` instead measures by cross-validation within the other four fifths, which is how
everything was chosen, and writes nothing. The same seed and versions give the same file.

Within what is learned from, folds are cut once more: the trees that judge spans learn from spans of
chains that have not seen the query (``tools/span_training.py``).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import scipy.sparse as sp

from chain_training import Training, Weights, train
from matinee.evaluate.slots import TaggedQuery, read_tagged, span_f1, split
from matinee.query.slot_features import (
    CLASSES,
    OFFSETS,
    UNKNOWN,
    context_features,
    padded,
    word_features,
    word_key,
)
from matinee.query.tagger import FORMAT, MODEL, Tagger
from span_training import examples, judging, unjudging
from word_classes import word_classes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

DATA = Path(os.environ.get("MATINEE_DATA", Path(__file__).parents[1] / "../shared/data")).resolve()
MIN_COUNT = 2
"""Words of the training queries that must have a feature for it to be kept."""
MAX_FEATURES = 60_000
"""Features kept, those with the largest weights, of some 75,000; 40,000 would cost .2 of
F1 and 20,000 1.5."""
FOLDS = 5
"""Folds by which spans for the trees are found: chains then learn from four fifths."""
LEVELS = 127
"""Steps to each side of zero that a weight is rounded to; more do not change a span."""


def features_of(words: Sequence[str], classes: Mapping[str, tuple[int, ...]]) -> list[list[int]]:
    """Return all features of every word of a query, as the tagger adds them up."""
    around = [word_features(word, classes.get(word, UNKNOWN)) for word in padded(words)]
    found = context_features(words)
    for i, own in enumerate(found):
        for place in range(len(OFFSETS)):
            own.extend(around[i + place][place])
    return found


def fit(
    queries: Sequence[TaggedQuery], texts: Sequence[str], seed: int, training: Training
) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a tagger for tagged queries.

    Args:
        queries: what to learn from.
        texts: running text to learn from how words are used.
        seed: of everything random.
        training: how to train the chains.
    """
    classes = word_classes(texts, [query.words for query in queries], seed)
    seen = [features_of(query.words, classes) for query in queries]
    rows, right = [], []
    for fold in range(FOLDS):
        learnt = [i for i in range(len(queries)) if i % FOLDS != fold]
        chains = fit_chains(
            [queries[i] for i in learnt], [seen[i] for i in learnt], classes, seed, training
        )
        found = examples(Tagger(chains | unjudging()), queries[fold::FOLDS])
        rows += found[0]
        right += found[1]
    trees = judging(np.concatenate(rows), np.concatenate(right), seed)
    return fit_chains(queries, seen, classes, seed, training) | trees


def fit_chains(
    queries: Sequence[TaggedQuery],
    seen: Sequence[Sequence[Sequence[int]]],
    classes: Mapping[str, tuple[int, ...]],
    seed: int,
    training: Training,
) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of the chains that read forward and backward, and of the words' classes.

    Args:
        queries: what to learn from.
        seen: of every query, the features of its words.
        classes: of words.
        seed: of everything random.
        training: how to train.
    """
    counts = Counter(key for query in seen for word in query for key in word)
    keys = sorted(key for key, count in counts.items() if count >= MIN_COUNT)
    column = {key: i for i, key in enumerate(keys)}
    known = [[[column[k] for k in word if k in column] for word in query] for query in seen]
    tags = sorted({tag for query in queries for tag in query.tags})
    number = {tag: i for i, tag in enumerate(tags)}
    both = []
    for backward in (False, True):
        rows = [row for query in known for row in (reversed(query) if backward else query)]
        indices = np.fromiter((i for row in rows for i in row), np.int32)
        starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
        matrix = sp.csr_matrix(
            (np.ones(len(indices), np.float32), indices, starts), shape=(len(rows), len(keys))
        )
        marked = [turned(query.tags) if backward else query.tags for query in queries]
        numbered = [np.array([number[tag] for tag in one]) for one in marked]
        both.append(train(matrix, numbered, len(tags), seed, training))
    return packed(both, np.array(keys, np.uint32), tags, classes)


def turned(tags: Sequence[str]) -> list[str]:
    """Return the tags of the words in the opposite order: B-x now marks the last word of a span.

    >>> turned(["B-Actor", "I-Actor", "O"])
    ['O', 'B-Actor', 'I-Actor']
    """
    after = [*tags[1:], "O"]
    return [
        tag if tag == "O" else f"{'I' if follows == f'I-{tag[2:]}' else 'B'}-{tag[2:]}"
        for tag, follows in zip(tags, after, strict=True)
    ][::-1]


def packed(
    chains: Sequence[Weights],
    keys: npt.NDArray[np.uint32],
    tags: Sequence[str],
    classes: Mapping[str, tuple[int, ...]],
) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of the file: the features that weigh most, in eight bits."""
    emissions = np.concatenate([weights.emissions for weights in chains], axis=1)
    size = np.abs(emissions).max(axis=1)
    kept = np.sort(np.argsort(-size, kind="stable")[:MAX_FEATURES])
    scale = np.float32(size.max() / LEVELS)
    words = {word_key(word): values for word, values in classes.items()}
    word_keys = sorted(words)
    return {
        "format": np.array(FORMAT),
        "tags": np.array(tags),
        "keys": keys[kept],
        "weights": np.rint(emissions[kept] / scale).astype(np.int8),
        "scale": np.array(scale),
        "transitions": np.stack([weights.transitions for weights in chains]),
        "first": np.stack([weights.first for weights in chains]),
        "last": np.stack([weights.last for weights in chains]),
        "word_keys": np.array(word_keys, np.uint32),
        "word_classes": np.array([words[key] for key in word_keys], np.int16).reshape(-1, CLASSES),
    }


def write(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays as a compressed ``.npz`` that is the same bytes whenever it is written."""
    with zipfile.ZipFile(path, "w") as file:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            # A fixed date; numpy's own writer would put in the present one.
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, buffer.getvalue(), compresslevel=9)


def measure(tagger: Tagger, queries: Sequence[TaggedQuery]) -> dict[str, float]:
    """Return F1 in percent by label and over all."""
    found = [
        [(slot.label, slot.start, slot.end) for slot in tagger.tag(query.text)] for query in queries
    ]
    scores = span_f1([query.characters for query in queries], found)
    return {label: round(100 * score, 2) for label, score in scores.items()}


def main() -> None:
    """Train, or cross-validate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=MODEL)
    parser.add_argument("--folds", type=int, default=0)
    options = parser.parse_args()
    queries, test = split(
        read_tagged(DATA / "mit_movie_queries/trivia10k13train.bio.gz"), options.seed
    )
    table = pq.read_table(
        DATA / "catalogue/titles_29876.parquet", columns=["overview", "tagline"]
    ).to_pylist()
    texts = [" ".join(filter(None, (row["overview"], row["tagline"]))) for row in table]
    if options.folds:
        scores = []
        for fold in range(options.folds):
            learnt = [query for i, query in enumerate(queries) if i % options.folds != fold]
            tagger = Tagger(fit(learnt, texts, options.seed, Training()))
            scores.append(measure(tagger, queries[fold :: options.folds]))
            print(json.dumps(scores[-1]))
        print("mean", round(float(np.mean([score["micro"] for score in scores])), 2))
        return
    arrays = fit(queries, texts, options.seed, Training())
    write(options.output, arrays)
    size = options.output.stat().st_size
    print(f"{options.output}: {size:,} bytes, {len(arrays['keys']):,} features")
    print(json.dumps(measure(Tagger.load(options.output), test), indent=1))


if __name__ == "__main__":
    main()
