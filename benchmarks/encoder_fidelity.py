"""Compare the bundled encoder with the float model it was made from: closeness and speed.

Run it in the environment of ``tools/export_minilm.py`` with Matinee installed in it::

    python benchmarks/encoder_fidelity.py --catalogue TITLES.parquet --model FLOAT_FOLDER

Without ``--catalogue`` the file is ``catalogue/titles_29876.parquet`` under ``MATINEE_DATA``. The
1,000 documents are drawn with ``numpy.random.default_rng(42)``; each is "title: overview". Speeds
are the best of three rounds on the same threads; run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort
import pyarrow.parquet as pq
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

from matinee.encode import bundled_folder
from matinee.encode.onnx_text import OnnxTextEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

QUERIES = [
    "a heist that goes wrong",
    "films about lonely robots in space",
    "romantic comedy set in Paris with a baker",
    "slow burn horror in a haunted hotel",
    "true story of a chess prodigy",
]


def documents(catalogue: Path, count: int) -> list[str]:
    table = pq.read_table(catalogue, columns=["title", "overview"])
    rows = np.random.default_rng(42).choice(table.num_rows, count, replace=False)
    titles = table.take(np.sort(rows)).to_pylist()
    return [f"{title['title']}: {title['overview'] or ''}" for title in titles]


def padded(tokens: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int64)
    mask = np.zeros_like(ids)
    for number, row in enumerate(tokens):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def by_length(
    texts: list[str], tokenizer: Any, batch: int, run: Callable[[np.ndarray, np.ndarray], Any]
) -> np.ndarray:
    """Encode with any model in batches of like length: what a plain loop would do."""
    tokens = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]
    order = np.argsort([len(row) for row in tokens], kind="stable")
    vectors = np.empty((len(texts), 384), dtype=np.float32)
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        vectors[rows] = run(*padded([tokens[row] for row in rows]))
    return vectors


def race(
    ways: dict[str, Callable[[], np.ndarray]], rounds: int, count: int
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Run every way in turn, so that a busy spell of the machine does not fall on one alone.

    Returns:
        The vectors of each way, and its best documents per second.
    """
    vectors: dict[str, np.ndarray] = {}
    seconds = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            vectors[name] = way()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    return vectors, {name: count / taken for name, taken in seconds.items()}


def latency_ms(action: Callable[[str], Any], rounds: int = 40) -> dict[str, float]:
    times = []
    for number in range(rounds * len(QUERIES)):
        start = time.perf_counter()
        action(QUERIES[number % len(QUERIES)])
        times.append((time.perf_counter() - start) * 1000)
    return {
        "p50": round(float(np.percentile(times, 50)), 2),
        "p95": round(float(np.percentile(times, 95)), 2),
    }


def nearest(vectors: np.ndarray, k: int = 10) -> np.ndarray:
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -2)
    return np.argsort(-scores, axis=1)[:, :k]


def main() -> None:
    data = os.environ.get("MATINEE_DATA")
    default = Path(data) / "catalogue" / "titles_29876.parquet" if data else None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--catalogue", type=Path, default=default, required=default is None)
    parser.add_argument("--model", type=Path, required=True, help="folder of the float model")
    parser.add_argument("--encoder", type=Path, default=bundled_folder())
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    texts = documents(args.catalogue, args.count)
    encoder = OnnxTextEncoder.from_folder(args.encoder, threads=args.threads)

    torch.set_num_threads(args.threads)
    model = AutoModel.from_pretrained(args.model, dtype=torch.float32).eval()
    tokenizer = Tokenizer.from_file(str(args.encoder / "tokenizer.json"))
    tokenizer.enable_truncation(encoder.spec.max_tokens)

    def run_float(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        kept = torch.from_numpy(mask)
        with torch.inference_mode():
            state = model(input_ids=torch.from_numpy(ids), attention_mask=kept).last_hidden_state
        weight = kept.unsqueeze(-1).to(state.dtype)
        mean = (state * weight).sum(1) / weight.sum(1)
        vectors: np.ndarray = torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors

    options = ort.SessionOptions()
    options.intra_op_num_threads = args.threads
    session = ort.InferenceSession(
        str(args.encoder / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )

    def run_bare(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        feeds = {"input_ids": ids, "attention_mask": mask}
        vectors: np.ndarray = session.run(["embedding"], feeds)[0]
        return vectors

    ways: dict[str, Callable[[], np.ndarray]] = {
        "encoder": lambda: encoder.encode_documents(texts),
        "bare_runtime_8": lambda: by_length(texts, tokenizer, 8, run_bare),
        "bare_runtime_32": lambda: by_length(texts, tokenizer, 32, run_bare),
        "float_torch": lambda: by_length(texts, tokenizer, 32, run_float),
    }
    vectors, rates = race(ways, args.rounds, args.count)
    ours, exact = vectors["encoder"], vectors["float_torch"]
    fastest_bare = max(rates["bare_runtime_8"], rates["bare_runtime_32"])
    cosine = (ours * exact).sum(axis=1)
    pairs = zip(nearest(exact), nearest(ours), strict=True)
    overlap = np.mean([len(set(left) & set(right)) / len(left) for left, right in pairs])

    def query_float(text: str) -> np.ndarray:
        return run_float(*padded([tokenizer.encode(text).ids]))

    report = {
        "documents": args.count,
        "threads": args.threads,
        "fingerprint": encoder.spec.fingerprint,
        "cosine_mean": round(float(cosine.mean()), 5),
        "cosine_min": round(float(cosine.min()), 5),
        "top10_overlap": round(float(overlap), 4),
        "query_ms": latency_ms(encoder.encode_query),
        "query_ms_float_torch": latency_ms(query_float),
        "documents_per_second": {name: round(rate, 1) for name, rate in rates.items()},
        "ratio_to_fastest_bare_runtime": round(rates["encoder"] / fastest_bare, 3),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
