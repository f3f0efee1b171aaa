"""A sequence classifier in torch: loaded, taught, and written as ONNX.

One of the two modules that import torch, and the only one that imports transformers; both only when
called.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import MissingExtraError, ModelError
from matinee.models import registry
from matinee.models.card import CARD, MODEL, TOKENIZER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from matinee.train.config import TrainConfig
    from matinee.train.examples import Example

_OPSET = 17
_TYPES = "token_type_ids"
_STRAYS = 1e-3
"""Most that a logit may change in the export; what is seen is about a millionth."""
_PROBES = [("a heist in Paris", "Rififi (1955). Crime."), ("", "x"), ("moon", "alone " * 50)]


class TorchClassifier:
    """A model that reads two texts and returns one logit, and its tokenizer.

    Args:
        base: a name of the registry, or a folder as ``transformers`` saves a model.
        max_tokens: pairs are cut there, or where the model ends.
        seed: decides the last layer of a base that has none of its own, such as an encoder.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        ModelError: the base cannot be loaded.
    """

    def __init__(self, base: str, max_tokens: int, *, seed: int = 0) -> None:
        self._torch, transformers = _libraries()
        self._torch.manual_seed(seed)
        spec = registry.MODELS.get(base)
        place = {"pretrained_model_name_or_path": base}
        if spec is not None and spec.sources:
            source = spec.sources[0]
            place = {"pretrained_model_name_or_path": source.repo, "revision": source.revision}
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(**place)
            # Eager attention is the form that the exporter below can trace.
            self._model = transformers.AutoModelForSequenceClassification.from_pretrained(
                **place, num_labels=1, attn_implementation="eager", dtype="float32"
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelError(
                f"The base model cannot be loaded: {str(error).splitlines()[0]}",
                where=base,
                cure="Give a folder as transformers saves a model, or a model of matinee models "
                "list; its weights are downloaded once",
            ) from error
        if getattr(self._tokenizer, "backend_tokenizer", None) is None:
            raise ModelError(
                "The base model has no tokenizer.json, which serving needs",
                where=base,
                cure="Save its tokenizer again in the fast form",
            )
        # Some families number positions from 2 and so hold two tokens less than they have places.
        self.max_tokens = min(max_tokens, self._model.config.max_position_embeddings - 2)
        self._inputs = ["input_ids", "attention_mask"]
        # Only what both sides know: MPNet has no types, whatever its tokenizer offers.
        taken = inspect.signature(self._model.forward).parameters
        if _TYPES in self._tokenizer.model_input_names and _TYPES in taken:
            self._inputs.append(_TYPES)

    def learn(
        self,
        pairs: Sequence[Example],
        config: TrainConfig,
        progress: Callable[[int, float], None] | None = None,
    ) -> list[float]:
        """Fit the model to the labels of the pairs; return the mean loss of each epoch.

        Binary cross-entropy between the sigmoid of the logit and the label, which may lie between 0
        and 1; AdamW; the rate rises over the first tenth of the steps and falls to 0 over the rest.

        Args:
            pairs: what to learn.
            config: how.
            progress: called after every epoch with its number, from 1, and its mean loss.
        """
        torch = self._torch
        torch.manual_seed(config.seed)
        order = np.random.default_rng(config.seed)
        optimizer = torch.optim.AdamW(self._model.parameters(), lr=config.rate)
        steps = config.epochs * -(-len(pairs) // config.batch)
        warm = max(1, steps // 10)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min((step + 1) / warm, (steps - step) / max(1, steps - warm))
        )
        loss_of = torch.nn.BCEWithLogitsLoss()
        losses = []
        self._model.train()
        for epoch in range(1, config.epochs + 1):
            total = 0.0
            shuffled = order.permutation(len(pairs))
            for start in range(0, len(pairs), config.batch):
                part = [pairs[i] for i in shuffled[start : start + config.batch].tolist()]
                logits = self._logits([(pair.query, pair.document) for pair in part])
                loss = loss_of(logits, torch.tensor([pair.label for pair in part]))
                optimizer.zero_grad()
                loss.backward()
                # The usual bound: one odd batch must not undo what the others taught.
                torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                total += loss.item() * len(part)
            losses.append(total / len(pairs))
            if progress is not None:
                progress(epoch, losses[-1])
        self._model.eval()
        return losses

    def export(self, folder: Path, facts: Mapping[str, Any]) -> None:
        """Write a model folder that :class:`matinee.rank.cross_encoder.CrossEncoder` loads.

        Args:
            folder: an existing folder.
            facts: further fields of the card; ``name`` among them.

        Raises:
            ModelError: the written graph does not compute what the model does.
        """
        self._model.eval()
        self._tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        self._write_graph(folder / MODEL)
        self._compare(folder / MODEL)
        card = {"format": 1, "kind": "cross-encoder", "max_tokens": self.max_tokens, **facts}
        card["sha256"] = {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
            for name in (MODEL, TOKENIZER)
        }
        text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
        (folder / CARD).write_text(text, encoding="utf-8")

    def _write_graph(self, path: Path) -> None:
        torch, inputs, model = self._torch, self._inputs, self._model

        class Named(torch.nn.Module):  # type: ignore[misc, name-defined]
            """The exporter passes inputs by position and wants a tensor back."""

            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, *tensors: Any) -> Any:
                return self.model(**dict(zip(inputs, tensors, strict=True))).logits

        example = tuple(torch.ones(2, 5, dtype=torch.int64) for _ in inputs)
        with warnings.catch_warnings():
            # It warns of itself, as there is a newer exporter; that one needs a further package,
            # and of BERT it made a graph that computed something else.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Named().eval(),
                example,
                str(path),
                input_names=inputs,
                output_names=["logits"],
                dynamic_axes={name: {0: "batch", 1: "sequence"} for name in inputs}
                | {"logits": {0: "batch"}},
                opset_version=_OPSET,
                dynamo=False,
            )

    def _compare(self, path: Path) -> None:
        """Check the written graph against the model on a few pairs of unlike lengths."""
        import onnxruntime

        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        batch = self._tokens(_PROBES)
        (written,) = session.run(["logits"], {name: batch[name].numpy() for name in self._inputs})
        with self._torch.inference_mode():
            logits = self._logits(_PROBES).numpy()
        if np.abs(written[:, 0] - logits).max() > _STRAYS:
            raise ModelError(
                "The exported model does not compute what the trained one does",
                where=str(path),
                cure="Train from another base model, such as a BERT",
            )

    def _logits(self, pairs: Sequence[tuple[str, str]]) -> Any:
        batch = self._tokens(pairs)
        return self._model(**{name: batch[name] for name in self._inputs}).logits[:, 0]

    def _tokens(self, pairs: Sequence[tuple[str, str]]) -> Any:
        first, second = zip(*pairs, strict=True)
        return self._tokenizer(
            list(first),
            list(second),
            padding=True,
            truncation=True,
            max_length=self.max_tokens,
            return_tensors="pt",
        )


def _libraries() -> tuple[Any, Any]:
    """Return torch and transformers."""
    try:
        import onnx  # noqa: F401 - the exporter of torch imports it, and late
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError(error.name or "torch", "torch") from error
    return torch, transformers
