"""The encoder behind a service (`hybrid serve`): no model code here, only requests.

What the service refuses comes back as the error that the encoder on this machine would have raised, with the position
in what was asked; what may pass by itself (a full queue, a service that starts) is asked again.
"""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from hybrid.documents import Encoding, Float32, Mention, Passage, Refusal
from hybrid.encoding.calibration import Calibration, parse_calibration
from hybrid.encoding.checks import Span, check_spans, check_texts
from hybrid.encoding.fields import Fields
from hybrid.encoding.protocol import Dimensions
from hybrid.encoding.service_client import ServiceClient, TooMuch
from hybrid.errors import BundleError, EncoderError, HybridError, ServerError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
# Of one request: it is answered soon, however busy the service is, and little is lost where it is not.
TEXTS, CHARACTERS = 64, 50_000


class RemoteEncoder:
    """`Encoder` of a service; safe between threads. Its bundle is asked for when it is made."""

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        timeout: float = 120.0,
        retries: int = 5,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`address`: http://host:8100. `key` None takes that of the environment variable HYBRID_SERVICE_KEY.

        `timeout`: seconds a request; `retries`: how often one that may succeed later is sent again.

        Raises:
            MissingExtra: httpx is not installed.
            InvalidInput: the address or the key is none.
            ServerUnavailable, AccessDenied, ServerError: the service is not reached or does not answer as one.
        """
        self._service = ServiceClient(
            address, key=key, timeout=timeout, retries=retries, transport=transport, sleep=sleep
        )
        self.address = self._service.address
        with self._understood():
            told, _ = self._service.ask("GET", "/v1/bundle")
            self.name, self.fingerprint, self.how = (_text(told[part]) for part in ("name", "fingerprint", "how"))
            self.dimensions = Dimensions(**told["dimensions"])
            self.calibration = _calibration(told["calibration"])
            self._limits = {name: int(told["limits"][name]) for name in ("texts", "characters", "spans")}

    name: str
    fingerprint: str
    how: str
    dimensions: Dimensions
    calibration: Calibration | None

    def close(self) -> None:
        """Close the connections; done by itself once nobody has the encoder any more."""
        self._service.close()

    def encode(self, texts: Sequence[str], spans: Sequence[Sequence[Span] | None] | None = None) -> list[Encoding]:
        """See `Encoder.encode`. Raises ServerError and its kinds as well."""
        check_texts(texts)
        given = check_spans(texts, spans)

        def some(chunk: slice) -> list[Encoding]:
            body = {"texts": list(texts[chunk]), "spans": [own if own is None else list(own) for own in given[chunk]]}
            told, _ = self._service.ask("POST", "/v1/encode", body, before=chunk.start)
            self._check(told["fingerprint"])
            return [self._encoding(own) for own in told["encodings"]]

        return self._in_chunks(texts, some, [len(own or ()) for own in given])

    def encode_types(self, types: Sequence[str]) -> Float32:
        """See `Encoder.encode_types`. Raises ServerError and its kinds as well."""
        return self._vectors("type", types, self.dimensions.mention)

    def encode_passages(self, texts: Sequence[str]) -> Float32:
        """See `Encoder.encode_passages`. Raises ServerError and its kinds as well."""
        return self._vectors("passage", texts, self._passage())

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """See `Encoder.encode_queries`. Raises ServerError and its kinds as well."""
        return self._vectors("query", texts, self._passage())

    def _passage(self) -> int:
        if self.dimensions.passage is None:
            raise EncoderError(f"bundle {self.name} has no passage vector, so there is no dense leg")
        return self.dimensions.passage

    def _vectors(self, model: str, texts: Sequence[str], width: int) -> Float32:
        check_texts(texts)

        def some(chunk: slice) -> list[Float32]:
            body = {"model": model, "input": list(texts[chunk]), "encoding_format": "base64"}
            told, fingerprint = self._service.ask("POST", "/v1/embeddings", body, before=chunk.start)
            self._check(fingerprint)
            return [_rows(own["embedding"], width) for own in told["data"]]

        return np.concatenate([np.zeros((0, width), np.float32), *self._in_chunks(texts, some, [0] * len(texts))])

    def _in_chunks(self, texts: Sequence[str], some: Callable[[slice], list[T]], spans: Sequence[int]) -> list[T]:
        """What `some` gives for parts of the texts, each small enough to be answered soon; else it is halved."""
        found: list[T] = []
        left = list(self._chunks(texts, spans))[::-1]
        while left:
            chunk = left.pop()
            count = chunk.stop - chunk.start
            try:
                with self._understood():
                    part = some(chunk)
            except TooMuch as error:
                if count == 1:
                    raise error.reason from None
                middle = chunk.start + count // 2
                left += [slice(middle, chunk.stop), slice(chunk.start, middle)]
                continue
            if len(part) != count:
                raise ServerError(f"{self.address} gave {len(part)} answers for {count} texts")
            found += part
        return found

    def _chunks(self, texts: Sequence[str], spans: Sequence[int]) -> Iterator[slice]:
        """Texts of one request each. Raises EncoderError for one that the service takes in none."""
        most, longest, all_spans = min(TEXTS, self._limits["texts"]), self._limits["characters"], self._limits["spans"]
        first = characters = marked = 0
        for at, (text, own) in enumerate(zip(texts, spans, strict=True)):
            if len(text) > longest or own > all_spans:
                raise EncoderError(
                    f"{len(text):,} code points with {own:,} spans; the service takes {longest:,} with {all_spans:,}",
                    position=at,
                )
            full = at - first == most or characters + len(text) > CHARACTERS or marked + own > all_spans
            if at > first and full:
                yield slice(first, at)
                first, characters, marked = at, 0, 0
            characters, marked = characters + len(text), marked + own
        if first < len(texts):
            yield slice(first, len(texts))

    def _check(self, fingerprint: str | None) -> None:
        if fingerprint != self.fingerprint:
            raise BundleError(f"{self.address} serves another bundle than when it was opened")

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """An answer that holds something else than it should is a ServerError."""
        try:
            yield
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            if isinstance(error, HybridError):
                raise
            raise ServerError(f"{self.address} does not answer as an encoder service does") from error

    def _encoding(self, own: Mapping[str, Any]) -> Encoding:
        passages = own["passage_vectors"]
        return Encoding(
            passages=tuple(Passage(*place) for place in own["passages"]),
            passage_vectors=None if passages is None else _rows(passages, self._passage()),
            mentions=tuple(Mention(one["start"], one["end"], score=one["score"]) for one in own["mentions"]),
            mention_vectors=_rows(own["mention_vectors"], self.dimensions.mention),
            refused=tuple(Refusal(**one) for one in own["refused"]),
        )


def _rows(text: str, width: int) -> Float32:
    """base64 of little-endian float32 to rows, float32 [n, width], C order."""
    return np.frombuffer(b64decode(text), dtype="<f4").astype(np.float32).reshape(-1, width)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} was found where a text was expected")
    return value


def _calibration(told: Mapping[str, Any] | None) -> Calibration | None:
    return None if told is None else parse_calibration(Fields(told, "calibration"))
