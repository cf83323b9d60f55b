"""A checkpoint becomes a backbone that runs and a tokenizer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.encoding.backbone import TorchBackbone
from hybrid.encoding.checkpoint import Checkpoint, read_checkpoint
from hybrid.encoding.manifest import DTYPES
from hybrid.encoding.spans import marks
from hybrid.encoding.taps import State
from hybrid.errors import BundleError

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from torch import nn

DEVICES = ("cpu", "cuda", "mps")


def load_backbone(
    checkpoint: Checkpoint | Path | str, states: Iterable[State], *, device: str = "auto", dtype: str = "float32"
) -> TorchBackbone:
    """A backbone cut to what `states` need. `device`: auto, cpu, cuda or mps; `dtype`: float32 or bfloat16.

    `checkpoint` is one that was read (and whose hash was compared), or the path of one. Raises BundleError where the
    files are damaged, a tensor is missing, the model has no such block or its attention has an unknown layout.
    """
    if dtype not in DTYPES:
        raise BundleError(f"dtype {dtype!r}: expected {' or '.join(DTYPES)}")
    place = choose_device(device)
    found = checkpoint if isinstance(checkpoint, Checkpoint) else read_checkpoint(checkpoint)
    wanted = frozenset(states)
    with quiet():
        try:
            model, missing = _build(found, wanted, dtype)
        except BundleError:
            raise
        except Exception as error:  # transformers checks a configuration and weights in many ways
            raise BundleError(f"{found.place}: the backbone cannot be built: {error}") from error
    backbone = TorchBackbone(model, wanted, device=place, dtype=dtype)
    missing &= set(backbone.model.state_dict())
    if missing:
        raise BundleError(f"{found.place}: {len(missing)} tensors are missing, the first is {min(missing)}")
    return backbone


def _build(checkpoint: Checkpoint, states: frozenset[State], dtype: str) -> tuple[nn.Module, set[str]]:
    """The base model with the checkpoint's weights, and the names of the tensors that the checkpoint does not have."""
    import torch
    from transformers import MODEL_FOR_TEXT_ENCODING_MAPPING, MODEL_MAPPING, AutoConfig

    settings = dict(checkpoint.config)
    config = AutoConfig.for_model(settings.pop("model_type"), **settings)
    _shorten(config, states)
    # An encoder-decoder is asked for its encoder alone.
    mapping = MODEL_FOR_TEXT_ENCODING_MAPPING if config.is_encoder_decoder else MODEL_MAPPING
    cls = mapping[type(config)]
    model, info = (cls[0] if isinstance(cls, tuple) else cls).from_pretrained(
        None,
        config=config,
        state_dict=_needed(checkpoint.tensors, config.num_hidden_layers),
        dtype=getattr(torch, dtype),
        output_loading_info=True,
    )
    return model, set(info["missing_keys"])


def count_blocks(checkpoint: Checkpoint) -> int:
    """How many blocks a checkpoint's model has. BundleError: its configuration is not one that transformers knows."""
    from transformers import AutoConfig

    settings = dict(checkpoint.config)
    try:
        return int(AutoConfig.for_model(settings.pop("model_type"), **settings).num_hidden_layers)
    except Exception as error:  # transformers checks a configuration in many ways
        raise BundleError(f"{checkpoint.place}: the backbone cannot be built: {error}") from error


def load_tokenizer(checkpoint: Checkpoint | Path | str, *, bos: bool = False) -> Tokenizer:
    """The fast tokenizer of a checkpoint, without truncation and padding.

    Marks that stand in a text ("[SEP]", "<|im_start|>") are read as text. `bos` puts the token that begins a text in
    front where the tokenizer does not do so by itself. Raises BundleError where it cannot be read.
    """
    from tokenizers import Tokenizer

    found = checkpoint if isinstance(checkpoint, Checkpoint) else read_checkpoint(checkpoint)
    try:
        tokenizer = Tokenizer.from_str(found.tokenizer)
    except Exception as error:
        raise BundleError(f"{found.place}: the tokenizer cannot be read: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    if bos:
        _begin(tokenizer, found)
    return tokenizer


def choose_device(device: str = "auto") -> str:
    """`auto` to cuda, mps or cpu, the first that is there; a device that is not there raises BundleError."""
    import torch

    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if there[name])
    if device not in there:
        raise BundleError(f"device {device!r}: expected auto, {', '.join(DEVICES)}")
    if not there[device]:
        raise BundleError(f"device {device!r} is not available on this machine")
    return device


def _begin(tokenizer: Tokenizer, checkpoint: Checkpoint) -> None:
    """Put the token that begins a text in front, where the tokenizer does not do so by itself."""
    from tokenizers.processors import TemplateProcessing

    number = checkpoint.config.get("bos_token_id")
    token = tokenizer.id_to_token(number) if isinstance(number, int) else None
    if token is None:
        raise BundleError(f"{checkpoint.place}: bos is asked for, but the model names no token that begins a text")
    before, after = (ids.tolist() for ids in marks(tokenizer))
    if before[:1] == [number]:
        return
    # One template for all marks: a template behind another one takes the first one's marks for text.
    names = {mark: str(tokenizer.id_to_token(mark)) for mark in (number, *before, *after)}
    tokenizer.post_processor = TemplateProcessing(
        single=[names[number], *(names[mark] for mark in before), "$A", *(names[mark] for mark in after)],
        special_tokens=[(name, mark) for mark, name in names.items()],
    )


def _shorten(config: Any, states: frozenset[State]) -> None:
    """Have no more blocks built than are tapped, so that no others are ever in memory."""
    blocks = [state.block for state in states if state.block is not None]
    last = max(blocks, default=0)
    if last >= config.num_hidden_layers:
        raise BundleError(
            f"a tap reads block {last}, but the backbone has {config.num_hidden_layers} blocks, counted from 0"
        )
    if State("passage") not in states:
        config.num_hidden_layers = last + 1
        if getattr(config, "layer_types", None):
            config.layer_types = list(config.layer_types)[: last + 1]


def _needed(tensors: Mapping[str, torch.Tensor], blocks: int) -> dict[str, torch.Tensor]:
    """The tensors that do not belong to a block that is not built; only these are read from disk."""
    numbers = {name: re.search(r"\.?(?:layers?|h|block)\.(\d+)\.", name) for name in tensors}
    return {name: tensors[name] for name, number in numbers.items() if number is None or int(number[1]) < blocks}


@contextmanager
def quiet() -> Iterator[None]:
    """Without transformers' report on tensors that no tap needs and its progress bars."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
