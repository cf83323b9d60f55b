"""Token classification of Hugging Face: any model that gives each token a tag such as O, B-PER, I-PER or S-LOC.

The first token of a word (`hybrid.encoding.words`) carries its tag, as in `hybrid.encoding.detection`. A mention
begins at a word tagged B, S or U, at one of another kind than the word before, and after one that is outside; E, L, S
and U end it. Its score is the mean of 1 - P(O) over its words. Long texts are read in windows that overlap. The model's
kinds of entity are not kept: what a mention is, is asked later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32, Mention
from hybrid.encoding.batching import collate, length_sorted_batches
from hybrid.encoding.checks import check_texts
from hybrid.encoding.detection import softmax, trim
from hybrid.encoding.detectors.protocol import Mentions
from hybrid.encoding.overlapping import Placed, placed, without_overlaps
from hybrid.encoding.published import Published, device_of
from hybrid.encoding.spans import Window, Windows, tokenize
from hybrid.encoding.words import words_of
from hybrid.errors import BundleError, shorten

if TYPE_CHECKING:
    from tokenizers import Tokenizer

OUTSIDE = "O"
OPENING, CLOSING = frozenset("BSU"), frozenset("ELSU")
LONGEST = 512
BATCH_TOKENS = 4096


class TokenClassifier:
    """See `MentionDetector`; mentions do not overlap."""

    def __init__(self, name: str, model: str, *, threshold: float | None = None, device: str = "auto") -> None:
        """`model` as `Published` finds it; with a `threshold` a word is inside from 1 - P(O) on, whatever its best tag.

        Raises:
            BundleError: no model is there, it has no tag O, or no fast tokenizer.
            MissingExtra: the packages of `local` are not installed.
        """
        self.name, self._threshold, self._device = name, threshold, device_of(device)
        self._tokenizer, self._model = _load(Published(model), self._device)
        self._tags = Tags(self._model.config.id2label, model)
        self._windows = _windows_of(self._model.config)

    def detect(self, texts: Sequence[str]) -> list[Mentions]:
        """See `MentionDetector`."""
        check_texts(texts)
        cut = tokenize(texts, self._tokenizer, self._windows)
        jobs = [(place, number) for place, windows in enumerate(cut) for number in range(len(windows))]
        found: list[list[Placed]] = [[] for _ in texts]
        lengths = [len(cut[place][number].ids) for place, number in jobs]
        for batch in length_sorted_batches(lengths, max_tokens=BATCH_TOKENS):
            own = [jobs[at] for at in batch]
            for (place, number), logits in zip(own, self._logits([cut[p][n] for p, n in own]), strict=True):
                mentions = self._tags.decode(logits, cut[place][number], texts[place], self._threshold)
                found[place] += placed(cut[place], number, mentions)
        return [_of_text(own) for own in found]

    def _logits(self, windows: Sequence[Window]) -> Iterator[Float32]:
        import torch

        ids, mask = (torch.from_numpy(array).to(self._device) for array in collate([own.ids for own in windows]))
        with torch.inference_mode():
            logits = self._model(input_ids=ids, attention_mask=mask.long()).logits.float().cpu().numpy()
        return (own[: len(window.ids)] for own, window in zip(logits, windows, strict=True))


class Tags:
    """A model's tags, `id2label` of its configuration."""

    def __init__(self, tags: Mapping[int, str], model: str) -> None:
        """Raises BundleError where no tag is O."""
        names = [tags[number] for number in sorted(tags)]
        if OUTSIDE not in names:
            raise BundleError(f"{shorten(model)} has the tags {shorten(names)}; expected one that is O, for no mention")
        self._outside = names.index(OUTSIDE)
        parts = [name.partition("-") for name in names]
        self._kinds = [kind if dash else prefix for prefix, dash, kind in parts]
        self._opens = [bool(dash) and prefix in OPENING for prefix, dash, _ in parts]
        self._closes = [bool(dash) and prefix in CLOSING for prefix, dash, _ in parts]

    def decode(self, logits: Float32, window: Window, text: str, threshold: float | None) -> list[Mention]:
        """One window's mentions, in order; `logits` float32 [t, tags] of its tokens."""
        words = words_of(window.starts, window.ends, text)
        if not words:
            return []
        probabilities = softmax(logits[[word.token for word in words]])
        entity = 1.0 - probabilities[:, self._outside]
        inside = probabilities.argmax(axis=1) != self._outside if threshold is None else entity >= threshold
        probabilities[:, self._outside] = -1.0
        tags = probabilities.argmax(axis=1)
        mentions = []
        for first, end in self._runs(inside, tags):
            start, stop = trim(text, words[first].start, words[end - 1].end)
            if start < stop:
                mentions.append(Mention(start, stop, score=float(np.clip(entity[first:end].mean(), 0.0, 1.0))))
        return mentions

    def _runs(self, inside: NDArray[np.bool_], tags: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """Words `first:end` of each mention."""
        first = None
        for at, within in enumerate(inside):
            if first is not None and (not within or self._parts(tags[at - 1], tags[at])):
                yield first, at
                first = None
            if within and first is None:
                first = at
        if first is not None:
            yield first, len(inside)

    def _parts(self, before: int, tag: int) -> bool:
        return self._opens[tag] or self._closes[before] or self._kinds[before] != self._kinds[tag]


def _of_text(found: Sequence[Placed]) -> Mentions:
    kept = without_overlaps([(own.mention, own.context) for own in found])
    return tuple(found[place].mention for place in kept)


def _windows_of(config: Any) -> Windows:
    """As long as the model's positions allow; RoBERTa's begin behind the number of its padding token."""
    longest = getattr(config, "max_position_embeddings", None) or LONGEST
    if config.model_type in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        longest -= (config.pad_token_id or 0) + 1
    tokens = min(longest, LONGEST)
    return Windows(tokens, tokens // 4)


def _load(published: Published, device: str) -> tuple[Tokenizer, Any]:
    def build(folder: Path) -> tuple[Tokenizer, Any]:
        from transformers import AutoModelForTokenClassification, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder).backend_tokenizer
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True
        model, info = AutoModelForTokenClassification.from_pretrained(folder, output_loading_info=True)
        if info["missing_keys"]:
            missing = ", ".join(sorted(info["missing_keys"]))
            raise BundleError(f"{shorten(published.name)} was not trained to tag tokens: it lacks {shorten(missing)}")
        return tokenizer, model.to(device).eval()

    return published.load(build, by="transformers")
