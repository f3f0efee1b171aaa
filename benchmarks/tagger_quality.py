"""Quality and speed of the slot tagger on queries it has not seen.

    python benchmarks/tagger_quality.py [--write]

The queries are the fifth of the MIT movie trivia corpus that the bundled model was not trained on.
Times are of the thread's own processor time, so that other work on the machine does not count:
in ms, and as shares of what the encoder takes for the same query, which every search has to wait
for anyway; once as the queries come to a new process, and once again.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.encode import bundled_folder
from matinee.encode.onnx_text import OnnxTextEncoder
from matinee.evaluate.slots import read_tagged, span_f1, split
from matinee.query.tagger import MODEL, Tagger
from results import keep
from search_quality import data

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matinee.evaluate.slots import TaggedQuery

SEED = 0
"""Of the split the bundled model was trained by."""


def quality(tagger: Tagger, queries: Sequence[TaggedQuery]) -> dict[str, float]:
    """Return F1 in percent by label, and over all spans."""
    found = [
        [(slot.label, slot.start, slot.end) for slot in tagger.tag(query.text)] for query in queries
    ]
    scores = span_f1([query.characters for query in queries], found)
    return {label: round(100 * score, 1) for label, score in scores.items()}


def times(use: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Return the milliseconds each text takes."""
    taken = []
    for text in texts:
        begun = time.thread_time()
        use(text)
        taken.append(1e3 * (time.thread_time() - begun))
    return taken


def speed(tagger: Tagger, texts: Sequence[str]) -> dict[str, Any]:
    """Return times of tagging, and their shares of the time of encoding."""
    encoder = OnnxTextEncoder.from_folder(bundled_folder(), threads=1)
    taken = {
        "encoder": times(encoder.encode_query, texts),
        "first": times(tagger.tag, texts),
        "again": times(tagger.tag, texts),
    }
    found: dict[str, Any] = {"words": float(np.median([len(text.split()) for text in texts]))}
    for percent in (50, 95):
        at = {name: float(np.percentile(values, percent)) for name, values in taken.items()}
        found[f"p{percent}"] = {f"{name}_ms": round(value, 3) for name, value in at.items()} | {
            f"{name}_share": round(at[name] / at["encoder"], 3) for name in ("first", "again")
        }
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    path = data() / "mit_movie_queries/trivia10k13train.bio.gz"
    _, test = split(read_tagged(path), SEED)
    found: dict[str, Any] = {"queries": len(test), "bytes": MODEL.stat().st_size}
    found["f1"] = quality(Tagger.load(), test)
    found["speed"] = speed(Tagger.load(), [query.text for query in test])
    keep("tagger_quality", found, write=options.write)


if __name__ == "__main__":
    main()
