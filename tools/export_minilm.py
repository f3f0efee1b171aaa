"""Export all-MiniLM-L6-v2 to the small ONNX model that the package ships.

Run it from the repository root, in an environment of its own (none of this is needed to run
Matinee)::

    pip install torch transformers onnx onnxruntime numpy
    python tools/export_minilm.py --model FOLDER --out src/matinee/encode/models/all-MiniLM-L6-v2

``FOLDER`` holds the float model as sentence-transformers publishes it (``config.json``,
``model.safetensors``, ``tokenizer.json``). The output folder gets ``model.onnx``,
``tokenizer.json`` and the card ``model.json``; the same input gives the same bytes.

The graph is written out operator by operator rather than traced: BERT is six equal layers, a
traced graph changes with the versions of torch and its exporter, and the fused operators below
would have to be found again by pattern in what was traced. The written graph is checked before it
is saved: its float form must equal the torch model, and the quantised form must stay close to it.

What the graph holds:

* inputs ``input_ids`` and ``attention_mask``, int64 [batch, sequence]; token types are all zero,
  so that row is added to the position table;
* the word table as int8 rows, each with its own float scale (half of the float file is this table);
* the 36 linear layers as ``MatMulNBits``: 8-bit blocks along the input axis, activations quantised
  to int8 per block while running;
* masked mean pooling and L2 normalisation, so the output ``embedding``, float32 [batch, 384], is
  ready for a dot product.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper
from transformers import AutoModel, AutoTokenizer

NAME = "all-MiniLM-L6-v2"
MAX_TOKENS = 256  # sentence_bert_config.json of the published model
BLOCK = 32  # measured against 64 and 128: docs/decisions/0005-bundled-encoder.md
OPSET = 18
MS = "com.microsoft"
PROBES = [
    "a heist that goes wrong",
    "",
    "Amélie: A shy waitress decides to change the lives of those around her for the better.",
    "The dreams of a thief who steals secrets. " * 40,
]


def quantise_rows(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantise a float [rows, d] table to int8 with one scale per row.

    Returns:
        int8 [rows, d] and float32 [rows, 1] whose product is close to the table.
    """
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True) / 127.0, 1e-12)
    return np.rint(table / scale).astype(np.int8), scale.astype(np.float32)


def quantise_blocks(weight: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Quantise a float [out, in] weight to the layout of ``MatMulNBits`` with 8 bits.

    Symmetric around 128, the operator's default zero point, so no zero points are stored.

    Returns:
        uint8 [out, in / block, block] and float32 [out * in / block] scales.
    """
    blocks = weight.reshape(weight.shape[0], -1, block)
    scale = np.maximum(np.abs(blocks).max(axis=2, keepdims=True) / 127.0, 1e-12)
    codes = np.rint(blocks / scale) + 128
    return codes.astype(np.uint8), scale.astype(np.float32).reshape(-1)


class Graph:
    """Collects nodes and constants; every method returns the name of its output."""

    def __init__(self, *, quantised: bool, block: int = BLOCK) -> None:
        self.quantised, self.block = quantised, block
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind: str, name: str, inputs: list[str], domain: str = "", **attrs: Any) -> str:
        node = helper.make_node(kind, inputs, [name], name=name, domain=domain, **attrs)
        # make_node keeps the order in which attributes were given; sorted, it never depends on it.
        ordered = sorted(node.attribute, key=lambda attribute: attribute.name)
        del node.attribute[:]
        node.attribute.extend(ordered)
        self.nodes.append(node)
        return name

    def words(self, ids: str, table: np.ndarray) -> str:
        """Look the word vectors up: float32 [batch, sequence, d]."""
        if not self.quantised:
            return self.op("Gather", "words", [self.constant("word_table", table), ids])
        codes, scales = quantise_rows(table)
        row = self.op("Gather", "word_codes", [self.constant("word_table", codes), ids])
        scale = self.op("Gather", "word_scales", [self.constant("word_scale_table", scales), ids])
        return self.op("Mul", "words", [self.op("Cast", "word_floats", [row], to=1), scale])

    def linear(self, name: str, source: str, weight: np.ndarray) -> str:
        """Multiply by a torch weight [out, in], without its bias."""
        if not self.quantised:
            return self.op("MatMul", name, [source, self.constant(f"{name}.weight", weight.T)])
        codes, scales = quantise_blocks(weight, self.block)
        inputs = [
            source,
            self.constant(f"{name}.codes", codes),
            self.constant(f"{name}.scales", scales),
        ]
        rows, columns = weight.shape
        shape = {"K": columns, "N": rows, "bits": 8, "block_size": self.block}
        # Level 4 multiplies in int8: the reason why this is faster than the float model.
        return self.op("MatMulNBits", name, inputs, MS, accuracy_level=4, **shape)


def build(model: Any, *, quantised: bool, block: int = BLOCK) -> onnx.ModelProto:
    """Write the graph of a BERT encoder with pooling; float, or quantised."""
    config = model.config
    weights = {key: value.detach().numpy() for key, value in model.state_dict().items()}
    graph = Graph(quantised=quantised, block=block)
    epsilon = float(config.layer_norm_eps)

    def norm(name: str) -> list[str]:
        return [
            graph.constant(f"{name}.{part}", weights[f"{name}.{part}"])
            for part in ("weight", "bias")
        ]

    emb = "embeddings"
    words = graph.words("input_ids", weights[f"{emb}.word_embeddings.weight"])
    places = weights[f"{emb}.position_embeddings.weight"][:MAX_TOKENS]
    places = places + weights[f"{emb}.token_type_embeddings.weight"][0]
    axis_1 = graph.constant("axis_1", np.array([1], np.int64))
    axis_2 = graph.constant("axis_2", np.array([2], np.int64))
    length = graph.op("Shape", "length", ["input_ids"], start=1, end=2)
    zero = graph.constant("zero", np.array([0], np.int64))
    table = graph.constant("position_table", places)
    place = graph.op("Slice", "positions", [table, zero, length, zero])
    summed = graph.op("Add", "embedding_sum", [words, place])
    state = graph.op(
        "LayerNormalization", "state", [summed, *norm(f"{emb}.LayerNorm")], axis=-1, epsilon=epsilon
    )
    keys_kept = graph.op("Cast", "keys_kept", ["attention_mask"], to=TensorProto.INT32)
    for number in range(config.num_hidden_layers):
        layer = f"encoder.layer.{number}"
        own = f"{layer}.attention.self"
        parts = [
            graph.linear(f"{own}.{part}", state, weights[f"{own}.{part}.weight"])
            for part in ("query", "key", "value")
        ]
        biases = [weights[f"{own}.{part}.bias"] for part in ("query", "key", "value")]
        bias = graph.constant(f"{own}.bias", np.concatenate(biases))
        heads = config.num_attention_heads
        inputs = [*parts, bias, keys_kept]
        mixed = graph.op("MultiHeadAttention", f"{own}.mixed", inputs, MS, num_heads=heads)
        for step, last in (("attention.output", False), ("output", True)):
            if last:
                up = f"{layer}.intermediate.dense"
                wide = graph.linear(up, mixed, weights[f"{up}.weight"])
                up_bias = graph.constant(f"{up}.bias", weights[f"{up}.bias"])
                mixed = graph.op("BiasGelu", f"{up}.gelu", [wide, up_bias], MS)
            down = f"{layer}.{step}.dense"
            new = graph.linear(down, mixed, weights[f"{down}.weight"])
            down_bias = graph.constant(f"{down}.bias", weights[f"{down}.bias"])
            inputs = [new, state, *norm(f"{layer}.{step}.LayerNorm"), down_bias]
            name = f"{layer}.{step}.state"
            state = graph.op("SkipLayerNormalization", name, inputs, MS, epsilon=epsilon)
            mixed = state
    kept = graph.op("Cast", "kept", ["attention_mask"], to=TensorProto.FLOAT)
    kept_3d = graph.op("Unsqueeze", "kept_3d", [kept, axis_2])
    alone = graph.op("Mul", "kept_state", [state, kept_3d])
    total = graph.op("ReduceSum", "total", [alone, axis_1], keepdims=0)
    count = graph.op("ReduceSum", "count", [kept, axis_1], keepdims=1)
    tiny = graph.constant("tiny", np.array(1e-9, np.float32))
    mean = graph.op("Div", "mean", [total, graph.op("Max", "count_or_tiny", [count, tiny])])
    size = graph.op("ReduceL2", "size", [mean, axis_1], keepdims=1)
    graph.op("Div", "embedding", [mean, graph.op("Max", "size_or_tiny", [size, tiny])])
    tokens = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in ("input_ids", "attention_mask")
    ]
    shape = ["batch", config.hidden_size]
    vectors = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, shape)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MS, 1)]
    body = helper.make_graph(graph.nodes, NAME, tokens, [vectors], graph.constants)
    # IR 8 goes with opset 18; a newer default would shut out older runtimes for nothing.
    return helper.make_model(body, opset_imports=opsets, ir_version=8, producer_name="matinee")


def float_vectors(model: Any, batch: dict[str, torch.Tensor]) -> np.ndarray:
    """Encode with torch as sentence-transformers does; float32 [n, d]."""
    with torch.inference_mode():
        state = model(**batch).last_hidden_state
    kept = batch["attention_mask"].unsqueeze(-1).to(state.dtype)
    mean = (state * kept).sum(1) / kept.sum(1).clamp(min=1e-9)
    vectors: np.ndarray = torch.nn.functional.normalize(mean, dim=1).numpy()
    return vectors


def check(proto: onnx.ModelProto, model: Any, tokenizer: Any, lowest: float) -> None:
    """Raise SystemExit unless the graph agrees with the torch model on the probe texts."""
    batch = tokenizer(
        PROBES, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
    )
    session = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {name: batch[name].numpy() for name in ("input_ids", "attention_mask")}
    cosine = (session.run(None, feeds)[0] * float_vectors(model, batch)).sum(axis=1)
    print(f"cosine to the float model on {len(PROBES)} probes: {np.round(cosine, 5).tolist()}")
    if cosine.min() < lowest:
        raise SystemExit(f"the graph strays from the model: {cosine.min():.5f} < {lowest}")


def plain_tokenizer(text: str) -> str:
    """Drop the baked-in truncation (128) and fixed padding; the encoder sets its own."""
    rules = json.loads(text)
    rules["truncation"] = rules["padding"] = None
    return json.dumps(rules, ensure_ascii=False, separators=(",", ":"))


def card(folder: Path, dimension: int) -> dict[str, Any]:
    """Describe the files of the folder."""
    files = ("model.onnx", "tokenizer.json")
    return {
        "format": 1,
        "kind": "encoder",
        "name": NAME,
        "source": f"sentence-transformers/{NAME}",
        "licence": "Apache-2.0",
        "dimension": dimension,
        "max_tokens": MAX_TOKENS,
        "pooling": "mean",
        "normalised": True,
        "query_prefix": "",
        "document_prefix": "",
        "quantisation": (
            f"linear layers: 8-bit symmetric blocks of {BLOCK} (MatMulNBits, int8 arithmetic); "
            "word embeddings: int8 rows with one float scale each; the rest: float32"
        ),
        "sha256": {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Export all-MiniLM-L6-v2 to a small ONNX model.")
    parser.add_argument("--model", type=Path, required=True, help="folder of the float model")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    args = parser.parse_args()
    model = AutoModel.from_pretrained(args.model, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    check(build(model, quantised=False), model, tokenizer, lowest=0.99999)
    small = build(model, quantised=True)
    onnx.checker.check_model(small)
    check(small, model, tokenizer, lowest=0.998)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "model.onnx").write_bytes(small.SerializeToString(deterministic=True))
    rules = (args.model / "tokenizer.json").read_text(encoding="utf-8")
    (args.out / "tokenizer.json").write_text(plain_tokenizer(rules), encoding="utf-8", newline="\n")
    text = json.dumps(card(args.out, model.config.hidden_size), indent=2) + "\n"
    (args.out / "model.json").write_text(text, encoding="utf-8", newline="\n")
    for path in sorted(args.out.iterdir()):
        print(f"{path.stat().st_size:>10,}  {path.name}")


if __name__ == "__main__":
    main()
