"""A training for real, with torch: ``tools/test-torch`` runs it in an environment that has it.

The base is a small random BERT, so what it ranks before is noise. What is tested is that the pieces
work together: that it learns, and that what is served is what was learnt.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
import transformers

from matinee.catalogue.document import rerank_text
from matinee.errors import ModelError
from matinee.rank.named import load_reranker
from matinee.train.config import TrainConfig
from matinee.train.examples import Question, split

if TYPE_CHECKING:
    from matinee import Library

JUDGMENTS = Path(__file__).with_name("judgments.jsonl")

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def base(demo: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of two layers with words of the demo library's stories."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    folder = tmp_path_factory.mktemp("base")
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=3000, special_tokens=special, show_progress=False
    )
    found = demo.search("film", 500).results
    tokenizer.train_from_iterator([result.title.overview or "" for result in found], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    transformers.BertTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=130,
        num_labels=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def train(base: Path, out: Path, demo: Library, *options: str, code: int = 0) -> tuple[str, str]:
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from matinee.cli.main import run; run()", "train", "reranker"),
            *(str(JUDGMENTS), "--library", str(demo.root), "--base", str(base)),
            *("--out", str(out), *options),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
        # The model is too small to gain by threads, which on a busy machine wait for each other.
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def test_it_learns_and_serves_what_it_learnt(base: Path, demo: Library, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    options = ("--epochs", "12", "--rate", "1e-3", "--seed", "1", "--json")
    printed, noise = train(base, out, demo, *options)
    report = json.loads(printed)
    assert (report["queries"], report["held_out"], report["unknown"]) == (24, 6, 0)
    assert len(report["losses"]) == 12
    assert report["losses"][-1] < report["losses"][0] / 2
    assert noise.count("epoch ") == 12
    assert set(report["ndcg@10"]) == {"search", "base", "trained"}
    assert all(0 <= value <= 1 for value in report["ndcg@10"].values())
    assert sorted(path.name for path in out.iterdir()) == [
        "model.json",
        "model.onnx",
        "tokenizer.json",
    ]
    assert list(tmp_path.iterdir()) == [out]

    # Served without torch: what was right in the queries it learnt from stands above what was not.
    card = json.loads((out / "model.json").read_text(encoding="utf-8"))
    assert (card["name"], card["base"], card["queries"]) == ("mine", str(base), 24)
    lines = [json.loads(line) for line in JUDGMENTS.read_text(encoding="utf-8").splitlines()]
    asked = [Question(line["query"], {}, [], []) for line in lines]
    learnt, _ = split(asked, TrainConfig().held_out, np.random.default_rng(1))
    queries = {question.query for question in learnt}
    assert len(queries) == 24
    reranker = load_reranker(str(out))
    better = []
    for line in lines:
        if line["query"] not in queries:
            continue
        right = [rerank_text(demo.title(i)) for i, grade in line["relevance"].items() if grade == 3]
        other = [rerank_text(r.title) for r in demo.search(line["query"], 40).results[10:]]
        scores = reranker.score(line["query"], right + other).scores
        better.append(scores[: len(right)].mean() > scores[len(right) :].mean())
    assert np.mean(better) > 0.8

    printed, _ = train(base, out, demo, "--epochs", "1")  # again, over the older model
    assert "Learnt" in printed
    assert "MATINEE_RERANKER" in printed
    assert load_reranker(str(out)).name == "mine"


def test_the_same_seed_gives_the_same_model(base: Path, demo: Library, tmp_path: Path) -> None:
    reports = []
    for name in ("one", "two"):
        options = ("--epochs", "1", "--rate", "1e-3", "--json")
        reports.append(json.loads(train(base, tmp_path / name, demo, *options)[0]))
    assert reports[0]["losses"] == reports[1]["losses"]
    assert reports[0]["ndcg@10"] == reports[1]["ndcg@10"]


def test_a_base_that_is_none(demo: Library, tmp_path: Path) -> None:
    _, message = train(tmp_path / "nowhere", tmp_path / "new", demo, code=4)
    assert "base model cannot be loaded" in message
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("family", ["MPNet", "XLMRoberta"])
def test_other_families_can_be_written(family: str, base: Path, tmp_path: Path) -> None:
    """What the exporter writes computes what the model does; it is compared when written."""
    from matinee.train.torch_model import TorchClassifier

    folder = tmp_path / family
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    tokenizer.save_pretrained(folder)
    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    size |= {"intermediate_size": 32, "max_position_embeddings": 66, "pad_token_id": 0}
    config = getattr(transformers, f"{family}Config")(
        vocab_size=len(tokenizer), num_labels=1, bos_token_id=2, eos_token_id=3, **size
    )
    model = getattr(transformers, f"{family}ForSequenceClassification")(config)
    model.save_pretrained(folder)
    classifier = TorchClassifier(str(folder), max_tokens=256)
    assert classifier.max_tokens == 64
    out = tmp_path / "out"
    out.mkdir()
    classifier.export(out, {"name": family})
    assert len(load_reranker(str(out)).score("moon", ["a", "b " * 90])) == 2


def test_a_name_without_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from huggingface_hub import constants

    from matinee.train.torch_model import TorchClassifier

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="cannot be loaded"):
        TorchClassifier("ms-marco-MiniLM-L-6-v2", max_tokens=256)


def test_a_base_without_a_last_layer_gets_one_by_the_seed(base: Path, tmp_path: Path) -> None:
    from matinee.train.torch_model import TorchClassifier

    encoder = tmp_path / "encoder"
    transformers.AutoTokenizer.from_pretrained(base).save_pretrained(encoder)
    transformers.BertModel.from_pretrained(base).save_pretrained(encoder)
    scores = []
    for number, seed in enumerate((1, 1, 2)):
        out = tmp_path / f"out{number}"
        out.mkdir()
        TorchClassifier(str(encoder), max_tokens=64, seed=seed).export(out, {"name": "x"})
        scores.append(load_reranker(str(out)).score("moon", ["alone", "a heist"]).scores.tolist())
    assert scores[0] == scores[1]
    assert scores[0] != scores[2]
