"""Build speed: titles a second against a bare loop over the same model and texts, in one run.

    python benchmarks/build_speed.py [--titles 4000] [--write]

Takes the first titles of the large catalogue. The bare loop sorts the texts by length, tokenises
them in batches and runs the session, nothing else; the build also reads, checks, merges, logs,
indexes and publishes. They are run in turns, and the ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
import pyarrow.parquet as pq
from tokenizers import Tokenizer

import matinee
from matinee.catalogue.document import encoder_text
from matinee.catalogue.table import TitleTable
from matinee.encode import bundled_folder
from matinee.evaluate.sets import CATALOGUE
from matinee.ingest import read_catalogue
from results import keep
from search_quality import data

BATCH_TEXTS = 8
"""Texts of a batch of the bare loop; with more it is slower."""


def bare(texts: list[str]) -> float:
    """Return the seconds a bare loop takes."""
    folder = bundled_folder()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()
    session = onnxruntime.InferenceSession(
        str(folder / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    started = time.perf_counter()
    order = sorted(texts, key=len)
    for start in range(0, len(order), BATCH_TEXTS):
        batch = tokenizer.encode_batch(order[start : start + BATCH_TEXTS])
        ids = np.array([item.ids for item in batch], np.int64)
        mask = np.array([item.attention_mask for item in batch], np.int64)
        session.run(None, {"input_ids": ids, "attention_mask": mask})
    return time.perf_counter() - started


def build(source: Path) -> float:
    """Return the seconds a whole build takes."""
    with tempfile.TemporaryDirectory(prefix="matinee-") as folder:
        started = time.perf_counter()
        matinee.build([source], folder)
        return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matinee-") as folder:
        source = Path(folder) / "titles.parquet"
        pq.write_table(pq.read_table(data() / CATALOGUE).slice(0, options.titles), source)
        texts = [encoder_text(title) for title in TitleTable(read_catalogue([source]).table)]
        bare_s, build_s = [], []
        for _ in range(options.runs):
            bare_s.append(bare(texts))
            build_s.append(build(source))
    found = {
        "titles": len(texts),
        "bare_titles_per_s": len(texts) / median(bare_s),
        "build_titles_per_s": len(texts) / median(build_s),
        "ratio": median(bare_s) / median(build_s),
    }
    keep("build_speed", found, write=options.write)


if __name__ == "__main__":
    main()
