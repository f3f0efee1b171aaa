"""Make the tiny random models that tests/models/fixtures holds, and what torch computes with them.

Run it from the repository root, in an environment of its own (none of this is needed to run
Matinee or its tests)::

    pip install torch transformers onnx
    python tools/make_test_models.py

The models are of the real classes of ``transformers`` with some ten thousand random weights: what a
film means to them is noise, but they take the same inputs, number positions in the same way and
have the same outputs as the models Matinee pulls. ``golden.json`` holds the vectors and the scores
that torch computes from texts, so that a test without torch can tell whether tokens, padding,
types, pooling and prefixes are right.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from pathlib import Path
from typing import Any

import onnx
import torch
import transformers as hf
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

OUT = Path(__file__).parents[1] / "tests/models/fixtures"
MAX_TOKENS = 32
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SIZE = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    # Two more than tokens: MPNet and XLM-R number positions from 2.
    "max_position_embeddings": MAX_TOKENS + 2,
    "attn_implementation": "eager",
}
CORPUS = [
    "A thief plans one last heist in Paris with an old friend.",
    "An astronaut is alone on the far side of the moon.",
    "A matchmaker misjudges every heart in the county.",
    "Une voleuse et un détective dans la nuit; 映画と音楽。",
    "query: heist passage: film of the lonely space drama",
]
TEXTS = ["a heist in Paris", "alone", "", "the moon and the thief " * 20, "映画 détective"]
QUERY = "an old thief in space"


def words() -> list[str]:
    """Return the words, signs and foreign letters of the corpus."""
    text = " ".join(CORPUS).lower()
    return sorted({*re.findall(r"[a-z]+|[^\w\s]", text), *(c for c in text if not c.isascii())})


def wordpiece(cls: str, sep: str, pad: str, unknown: str) -> Tokenizer:
    """Make a WordPiece tokenizer as BERT has it."""
    # The order of MPNet: its padding token is number 1, which positions are counted by.
    names = [cls, pad, sep, unknown, *LETTERS, *("##" + letter for letter in LETTERS), *words()]
    vocabulary = {name: number for number, name in enumerate(dict.fromkeys(names))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    ends = [(token, vocabulary[token]) for token in (cls, sep)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{cls}:0 $A:0 {sep}:0",
        pair=f"{cls}:0 $A:0 {sep}:0 $B:1 {sep}:1",
        special_tokens=ends,
    )
    return tokenizer


def sentencepiece() -> Tokenizer:
    """Make a Unigram tokenizer as XLM-R has it, with the padding that such files bake in."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    # A whole word is likelier than its letters, so it wins.
    pieces = dict.fromkeys(("▁", *LETTERS), -6.0) | dict.fromkeys(words(), -5.0)
    pieces |= {"▁" + word: -4.0 for word in words() if len(word) > 2}
    vocabulary = [*((name, 0.0) for name in special), *pieces.items()]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")  # noqa: S106
    tokenizer.enable_truncation(16)
    return tokenizer


class Named(torch.nn.Module):
    """A model whose inputs go by position and whose output is one tensor, as the exporter wants."""

    def __init__(self, model: Any, inputs: list[str], output: str) -> None:
        super().__init__()
        self.model, self.inputs, self.output = model, inputs, output

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """Return the named output."""
        named = dict(zip(self.inputs, tensors, strict=True))
        result: torch.Tensor = self.model(**named)[self.output]
        return result


def save(
    folder: Path, model: Any, tokenizer: Tokenizer, inputs: list[str], output: str, card: Any
) -> None:
    """Write a model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    example = tuple(torch.ones(2, 5, dtype=torch.int64) for _ in inputs)
    axes = {name: {0: "batch", 1: "sequence"} for name in inputs}
    axes[output] = {0: "batch"} if output == "logits" else {0: "batch", 1: "sequence"}
    path = folder / "model.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The exporter that traces: the newer one needs a further package.
        torch.onnx.export(
            Named(model, inputs, output).eval(),
            example,
            str(path),
            input_names=inputs,
            output_names=[output],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    proto = onnx.load(path)
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    path.write_bytes(proto.SerializeToString(deterministic=True))
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    card |= {"format": 1, "name": f"tiny-{folder.name}", "max_tokens": MAX_TOKENS}
    card["sha256"] = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("model.onnx", "tokenizer.json")
    }
    (folder / "model.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def tokens(tokenizer: Tokenizer, pad: str, first: list[str], second: list[str] | None) -> Any:
    """Tokenise as ``transformers`` does."""
    wrapped = hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=pad)
    return wrapped(
        first,
        second,
        padding=True,
        truncation=True,
        max_length=MAX_TOKENS,
        return_tensors="pt",
        return_token_type_ids=True,
    )


def random(model: Any, seed: int) -> Any:
    """Spread the weights: as initialised, all texts have nearly the same vector."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            if weight.dim() > 1:
                weight.copy_(torch.randn(weight.shape) * 0.4)
            elif name.endswith("bias"):
                weight.copy_(torch.randn(weight.shape) * 0.1)
    return model.eval()


def encoders() -> dict[str, Any]:
    """Make the encoders; return what torch computes."""
    bert = wordpiece("[CLS]", "[SEP]", "[PAD]", "[UNK]")
    mpnet = wordpiece("<s>", "</s>", "<pad>", "[UNK]")
    unigram = sentencepiece()
    two = ["input_ids", "attention_mask"]
    kinds = {
        "bert": (hf.BertModel, hf.BertConfig, bert, "[PAD]", [*two, "token_type_ids"], "cls", ""),
        "mpnet": (hf.MPNetModel, hf.MPNetConfig, mpnet, "<pad>", two, "mean", ""),
        "xlmr": (
            hf.XLMRobertaModel,
            hf.XLMRobertaConfig,
            unigram,
            "<pad>",
            two,
            "mean",
            "passage: ",
        ),
    }
    golden = {}
    for number, (name, kind) in enumerate(kinds.items()):
        model_class, config, tokenizer, pad, inputs, pooling, prefix = kind
        size = SIZE | {"vocab_size": tokenizer.get_vocab_size(), "pad_token_id": 1}
        size |= {"bos_token_id": 0, "eos_token_id": 2}
        model = random(model_class(config(**size)), seed=number)
        query_prefix = "query: " if prefix else ""
        card = {"kind": "encoder", "dimension": 16, "pooling": pooling}
        card |= {"query_prefix": query_prefix, "document_prefix": prefix}
        save(OUT / name, model, tokenizer, inputs, "last_hidden_state", card)
        vectors = []
        for prefixed in ([prefix + text for text in TEXTS], [query_prefix + QUERY]):
            batch = tokens(tokenizer, pad, prefixed, None)
            with torch.inference_mode():
                state = model(**{name: batch[name] for name in inputs}).last_hidden_state
            kept = batch["attention_mask"].unsqueeze(-1).to(state.dtype)
            mean = (state * kept).sum(1) / kept.sum(1)
            pooled = state[:, 0] if pooling == "cls" else mean
            vectors += torch.nn.functional.normalize(pooled, dim=1).tolist()
        golden[name] = [[round(value, 6) for value in row] for row in vectors]
    return golden


def cross_encoder() -> list[float]:
    """Make the cross-encoder; return the scores that torch computes."""
    tokenizer = wordpiece("[CLS]", "[SEP]", "[PAD]", "[UNK]")
    size = SIZE | {"vocab_size": tokenizer.get_vocab_size(), "pad_token_id": 1, "num_labels": 1}
    model = random(hf.BertForSequenceClassification(hf.BertConfig(**size)), seed=9)
    inputs = ["input_ids", "attention_mask", "token_type_ids"]
    save(OUT / "cross", model, tokenizer, inputs, "logits", {"kind": "cross-encoder"})
    batch = tokens(tokenizer, "[PAD]", [QUERY] * len(TEXTS), TEXTS)
    with torch.inference_mode():
        scores = torch.sigmoid(model(**{name: batch[name] for name in inputs}).logits[:, 0])
    return [round(value, 6) for value in scores.tolist()]


def main() -> None:
    golden = {"texts": TEXTS, "query": QUERY, "vectors": encoders(), "scores": cross_encoder()}
    text = json.dumps(golden, ensure_ascii=False) + "\n"
    (OUT / "golden.json").write_text(text, encoding="utf-8")
    for path in sorted(OUT.rglob("*.*")):
        print(f"{path.stat().st_size:>8,}  {path.relative_to(OUT)}")


if __name__ == "__main__":
    main()
