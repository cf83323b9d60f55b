"""The byte-level BPE tokenizer that a GGUF file describes in its metadata, as a tokenizer.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hybrid.errors import BundleError

if TYPE_CHECKING:
    from tokenizers.pre_tokenizers import PreTokenizer

# How a text is split before merging, as `tokenizer.ggml.pre` calls it.
SPLITS = ("gpt-2", "smollm")
_CONTROL, _USER_DEFINED = 3, 4


def build_tokenizer(place: str, fields: Mapping[str, Any]) -> str:
    """The text of a tokenizer.json from the fields `tokenizer.ggml.*`; BundleError names what is not supported."""
    from tokenizers import AddedToken, Tokenizer, decoders, models

    kind, split = fields.get("tokenizer.ggml.model"), fields.get("tokenizer.ggml.pre")
    if kind != "gpt2" or split not in SPLITS:
        raise BundleError(
            f"{place}: GGUF with the tokenizer {kind}/{split}, expected gpt2 with one of {', '.join(SPLITS)}"
        )
    try:
        tokens = fields["tokenizer.ggml.tokens"]
        merges = [tuple(merge.split(" ", 1)) for merge in fields["tokenizer.ggml.merges"]]
        kinds = fields.get("tokenizer.ggml.token_type") or [1] * len(tokens)
        tokenizer = Tokenizer(models.BPE(vocab={token: n for n, token in enumerate(tokens)}, merges=merges))
    except Exception as error:  # the tokenizers library raises bare Exception
        raise BundleError(f"{place}: GGUF with a damaged tokenizer: {error}") from error
    tokenizer.pre_tokenizer = _splitter(str(split))
    tokenizer.decoder = decoders.ByteLevel()
    for token, number in zip(tokens, kinds, strict=True):
        if number == _CONTROL:
            tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True)])
        elif number == _USER_DEFINED:
            tokenizer.add_tokens([AddedToken(token, normalized=False)])
    return str(tokenizer.to_str())


def _splitter(name: str) -> PreTokenizer:
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence

    plain = ByteLevel(add_prefix_space=False, use_regex=True)
    return Sequence([Digits(individual_digits=True), plain]) if name == "smollm" else plain
