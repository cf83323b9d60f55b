"""What the encoding endpoints do with a request that was read: limits, the encoder, and the answer's shape."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hybrid.documents import Encoding, Float32
from hybrid.encoding.calibration import calibration_to_json
from hybrid.encoding.protocol import Encoder
from hybrid.service.batcher import Batcher, Kind
from hybrid.service.failures import Failure, Refused, too_large
from hybrid.service.limits import Limits
from hybrid.service.requests import EmbeddingsRequest, EncodeRequest

MODELS: Mapping[str, Kind] = {"type": "type", "passage": "passage", "query": "query"}
# Characters of a fingerprint that name a bundle.
SHORTEST = 8


def bundle_to_json(encoder: Encoder, limits: Limits) -> dict[str, Any]:
    """What a client needs to know before it asks."""
    calibration = encoder.calibration
    return {
        "name": encoder.name,
        "fingerprint": encoder.fingerprint,
        "dimensions": {"mention": encoder.dimensions.mention, "passage": encoder.dimensions.passage},
        "how": encoder.how,
        "calibration": None if calibration is None else calibration_to_json(calibration),
        "limits": {
            "texts": limits.texts,
            "characters": limits.characters,
            "tokens": limits.tokens,
            "spans": limits.spans,
            "body_bytes": limits.body_bytes,
        },
    }


async def embeddings(asked: EmbeddingsRequest, encoder: Encoder, batcher: Batcher, limits: Limits) -> dict[str, Any]:
    """OpenAI's answer. Raises Refused, and what `Batcher.submit` raises."""
    texts = [asked.input] if isinstance(asked.input, str) else asked.input
    kind = kind_of(asked.model, encoder)
    if not texts:
        raise Refused(Failure(422, "input_empty", "the input holds no text; expected at least one", "/input"))
    width = encoder.dimensions.mention if kind == "type" else encoder.dimensions.passage
    if width is None:
        detail = f"bundle {encoder.name} has no passage vector; it serves the model type alone"
        raise Refused(Failure(404, "model_not_found", detail, "/model"))
    if asked.dimensions not in (None, width):
        detail = f"vectors have {width} numbers and cannot be cut; found {asked.dimensions}"
        raise Refused(Failure(422, "dimensions_not_supported", detail, "/dimensions"))
    batcher.check_room()
    tokens = await check_texts_fit(texts, limits, batcher, "/input")
    rows = await batcher.submit(kind, texts)
    vectors = [_embedding(row, asked.encoding_format) for row in rows]
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": at, "embedding": own} for at, own in enumerate(vectors)],
        "model": asked.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def kind_of(model: str, encoder: Encoder) -> Kind:
    """What a model's name asks for: `type`, or `type@FINGERPRINT` of the bundle that is wanted, or how it begins.

    Raises:
        Refused: no such model, or the bundle is another one.
    """
    name, at, fingerprint = model.partition("@")
    if name not in MODELS or (at and len(fingerprint) < SHORTEST):
        detail = f"the model {model[:80]!r} is not served; expected {', '.join(MODELS)}"
        detail += (
            f", perhaps with @ and the fingerprint of a bundle, of which {SHORTEST} characters will do" if at else ""
        )
        raise Refused(Failure(404, "model_not_found", detail, "/model"))
    if not encoder.fingerprint.startswith(fingerprint):
        detail = (
            f"the bundle with fingerprint {fingerprint[:64]!r} is not served; this service has bundle {encoder.name} "
            f"with {encoder.fingerprint}"
        )
        raise Refused(Failure(404, "model_not_found", detail, "/model"))
    return MODELS[name]


async def encodings(asked: EncodeRequest, encoder: Encoder, batcher: Batcher, limits: Limits) -> dict[str, Any]:
    """Every text's `Encoding`. Raises Refused, and what `Batcher.submit` raises."""
    batcher.check_room()
    if asked.spans is not None and len(asked.spans) != len(asked.texts):
        detail = f"{len(asked.spans)} lists of spans for {len(asked.texts)} texts, expected one a text"
        raise Refused(Failure(422, "spans_refused", detail, "/spans"))
    await check_texts_fit(asked.texts, limits, batcher, "/texts")
    spans = sum(len(own or ()) for own in asked.spans or ())
    if spans > limits.spans:
        raise too_large("too_many_spans", f"{spans:,} spans; a request may have {limits.spans:,}", "/spans")
    found: list[Encoding] = await batcher.submit("encode", asked.texts, asked.spans)
    return {
        "bundle": encoder.name,
        "fingerprint": encoder.fingerprint,
        "encodings": [_encoding_to_json(own) for own in found],
    }


async def check_texts_fit(texts: Sequence[str], limits: Limits, batcher: Batcher, pointer: str) -> int:
    """Their tokens, 0 where the encoder does not count them. Raises Refused where a limit is passed."""
    if len(texts) > limits.texts:
        raise too_large("too_many_texts", f"{len(texts):,} texts; a request may have {limits.texts:,}", pointer)
    for at, text in enumerate(texts):
        if len(text) > limits.characters:
            detail = f"a text of {len(text):,} code points; it may have {limits.characters:,}"
            raise too_large("text_too_long", detail, f"{pointer}/{at}")
    tokens = await batcher.count_tokens(texts)
    if tokens > limits.tokens:
        raise too_large("too_many_tokens", f"{tokens:,} tokens; a request may have {limits.tokens:,}", pointer)
    return tokens


def _embedding(row: Float32, form: str) -> Float32 | str:
    return _base64(row) if form == "base64" else row


def _encoding_to_json(own: Encoding) -> dict[str, Any]:
    return {
        "passages": [[passage.start, passage.end] for passage in own.passages],
        "passage_vectors": None if own.passage_vectors is None else _base64(own.passage_vectors),
        "mentions": [{"start": mention.start, "end": mention.end, "score": mention.score} for mention in own.mentions],
        "mention_vectors": _base64(own.mention_vectors),
        "refused": [{"start": one.start, "end": one.end, "reason": one.reason} for one in own.refused],
    }


def _base64(vectors: Float32) -> str:
    """Little-endian float32, row after row."""
    return b64encode(np.ascontiguousarray(vectors, dtype="<f4").tobytes()).decode()
