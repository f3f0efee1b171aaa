"""Says in words what a picture shows, with BLIP.

A vision transformer sees the picture, and a decoder writes word after word, looking back at it. The
search is for the likeliest sentence among the few best beginnings (beam search), so that a picture
always has the same caption; as the authors do it.

It needs torch and transformers, the extra ``caption``, as its makers publish no graph of it. Tested
with small random models of the real class; the published weights were not at hand, so nothing is
said here of how good its captions are.

Source: Li et al., "BLIP: Bootstrapping Language-Image Pre-training for Unified Vision-Language
Understanding and Generation", 2022.
"""

from __future__ import annotations

import importlib
import json
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from matinee.encode.picture_input import picture_input
from matinee.errors import MissingExtraError, ModelError
from matinee.models.card import CONFIG, CURE, TOKENIZER, WEIGHTS, ModelFiles, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee.models.card import Preprocess
    from matinee.types import Picture

WRITING_THREADS = 1
"""Threads of torch while a caption is written. That is thousands of small steps, most of each spent
fetching weights; on two busy cores two threads, which wait for each other after every one, took six
times as long as one."""
EXTRA = "caption"
_PACKAGES = ("torch", "transformers")
_SEPARATOR = "[SEP]"
"""Ends a caption."""


@dataclass(frozen=True, slots=True)
class CaptionConfig:
    """How a caption is searched for.

    Attributes:
        beams: beginnings that are followed at a time. The authors use 3.
    """

    beams: int = 3


class BlipCaptioner:
    """Describes pictures; implements ``Captioner``.

    Safe to share between threads: one picture is described at a time, for torch keeps the number of
    its threads for the whole process.

    Args:
        name: the public name of the model.
        model: a ``BlipForConditionalGeneration`` that is not in training.
        tokenizer: of the ``tokenizers`` library.
        how: how pictures are brought to the model.
        threads: threads of torch while the model looks at a picture.
    """

    def __init__(
        self, name: str, model: Any, tokenizer: Any, how: Preprocess, *, threads: int
    ) -> None:
        self._name = name
        self._model = model
        self._tokenizer = tokenizer
        self._how = how
        self._threads = threads
        self._lock = threading.Lock()

    @classmethod
    def from_folder(
        cls,
        path: Path,
        *,
        config: CaptionConfig | None = None,
        threads: int | None = None,
        verify: bool = False,
    ) -> BlipCaptioner:
        """Load a folder: ``model.json``, and the three files of the model.

        These are ``config.json``, ``model.safetensors`` and ``tokenizer.json``.

        Args:
            path: the folder.
            config: how captions are searched for.
            threads: threads of torch while the model looks at a picture; all cores when not given.
            verify: check the files against the checksums of the card.

        Raises:
            ModelError: a file is missing, damaged or not of a captioner.
            MissingExtraError: torch or transformers is not installed.
        """
        files = ModelFiles.in_folder(path)
        if verify:
            files.check(full=True)
        return cls.from_files(files, config=config, threads=threads)

    @classmethod
    def from_files(
        cls,
        files: ModelFiles,
        *,
        config: CaptionConfig | None = None,
        threads: int | None = None,
    ) -> BlipCaptioner:
        """Load a model whose files lie anywhere. Nothing of them is executed, and no network used.

        Raises:
            ModelError: a file is damaged, or the model is not a captioner.
            MissingExtraError: torch or transformers is not installed.
        """
        card = files.card
        if card.kind != "captioner" or card.preprocess is None:
            raise ModelError("The model is not a captioner", where=card.name, cure=CURE)
        model = _load_model(files)
        tokenizer = _load_tokenizer(files.path(TOKENIZER))
        text = model.config.text_config
        if (
            tokenizer.token_to_id(_SEPARATOR) != text.sep_token_id
            or model.config.vision_config.image_size != card.preprocess.size
        ):
            raise ModelError(
                "The files of the model do not belong together",
                where=str(files.path(CONFIG)),
                cure=CURE,
            )
        # In place of what the configuration says, which differs between who saved it and when.
        model.text_decoder.generation_config = _generation(
            text, (config or CaptionConfig()).beams, card.max_tokens
        )
        count = threads or os.cpu_count() or 1
        return cls(card.name, model, tokenizer, card.preprocess, threads=count)

    @property
    def name(self) -> str:
        """The public name of the model."""
        return self._name

    def caption(self, picture: Picture) -> str:
        """Return what the picture shows, in lower case and without a full stop.

        Raises:
            ModelError: the model failed, or had nothing to say.
        """
        import torch

        pixels = torch.from_numpy(picture_input(picture, self._how))[None]
        with self._lock, torch.inference_mode():
            try:
                with _threads(torch, self._threads):
                    seen = self._model.vision_model(pixel_values=pixels).last_hidden_state
                with _threads(torch, WRITING_THREADS):
                    (tokens,) = self._write(torch, seen)
            except (RuntimeError, ValueError, IndexError) as error:
                raise ModelError(
                    f"The model failed: {error}",
                    where=self._name,
                    cure="Give it more memory, or start the program again",
                ) from error
        # The token that begins a caption has a number beyond the vocabulary, and is left out.
        text = self._tokenizer.decode(tokens.tolist(), skip_special_tokens=True)
        text = " ".join(text.split()).rstrip(" .")
        if not text:
            raise ModelError(
                "The model had nothing to say of the picture",
                where=self._name,
                cure="Write the caption yourself, or search by the picture alone",
            )
        return text

    def _write(self, torch: Any, seen: Any) -> Any:
        """Return the tokens of captions, int64 [1, t], of what was seen, float32 [1, p, d]."""
        begin = torch.tensor([[self._model.config.text_config.bos_token_id]])
        return self._model.text_decoder.generate(
            input_ids=begin,
            encoder_hidden_states=seen,
            encoder_attention_mask=torch.ones(seen.shape[:2], dtype=torch.int64),
        )


def require_libraries() -> None:
    """Check, without loading them, that the packages are here.

    Raises:
        MissingExtraError: naming the one that is not.
    """
    for package in _PACKAGES:
        if find_spec(package) is None:
            raise MissingExtraError(package, EXTRA)


def _load_model(files: ModelFiles) -> Any:
    """Return the model, all of its weights read."""
    require_libraries()
    import transformers

    try:
        raw = json.loads(files.path(CONFIG).read_text(encoding="utf-8"))
        config = transformers.BlipConfig.from_dict(raw)
        weights = _read_weights(files)
    except ModelError:
        raise
    except Exception as error:  # safetensors and transformers raise what they like
        raise ModelError(
            f"A file of the model cannot be read: {_first_line(error)}",
            where=str(files.path(WEIGHTS).parent),
            cure=CURE,
        ) from error
    try:
        with _quiet(transformers):
            blip = transformers.BlipForConditionalGeneration
            model, told = blip.from_pretrained(  # nosec B615 -- nothing is downloaded: no name
                None, config=config, state_dict=weights, output_loading_info=True, dtype="float32"
            )
    except Exception as error:  # as above
        raise ModelError(
            f"The files are not of a BLIP that captions: {_first_line(error)}",
            where=str(files.path(CONFIG)),
            cure=CURE,
        ) from error
    lacking = [*told["missing_keys"], *told["mismatched_keys"]]
    if lacking:
        # What is not in the file would be left random, and the captions with it.
        raise ModelError(
            f"The file lacks {len(lacking)} of the model's weights, {lacking[0]} among them",
            where=str(files.path(WEIGHTS)),
            cure=CURE,
        )
    return model.eval()


def _read_weights(files: ModelFiles) -> Any:
    """Return the weights by name.

    Those of the published model are a pickle, which is a program. It is read only when it is byte
    for byte the one the registry pins, and then by torch as tensors alone.

    Raises:
        ModelError: it is another pickle.
    """
    path = files.path(WEIGHTS)
    if path.suffix == ".safetensors":
        return importlib.import_module("safetensors.torch").load_file(path)
    import torch

    if sha256_of(path) != files.card.sha256[WEIGHTS]:
        raise ModelError(
            "The weights are a pickle, and not the one that is pinned", where=str(path), cure=CURE
        )
    return torch.load(path, map_location="cpu", weights_only=True, mmap=True)


def _generation(text: Any, beams: int, max_tokens: int) -> Any:
    """Return how captions are written: the same for the same picture, each time."""
    import transformers

    return transformers.GenerationConfig(
        num_beams=beams,
        do_sample=False,
        max_new_tokens=max_tokens,
        bos_token_id=text.bos_token_id,
        eos_token_id=text.sep_token_id,
        pad_token_id=text.pad_token_id,
    )


def _load_tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise ModelError("The tokenizer cannot be read", where=str(path), cure=CURE) from error


@contextmanager
def _threads(torch: Any, number: int) -> Iterator[None]:
    """Let torch use so many threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keep transformers from drawing a progress bar and logging what is checked here anyway."""
    logging = transformers.utils.logging
    verbosity, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bar:
            logging.enable_progress_bar()


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
