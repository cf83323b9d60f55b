"""The encoder behind a service (`hybrid serve`): no model code here, only requests.

What the service refuses comes back as the error that the encoder on this machine would have raised, with the position
in what was asked; what may pass by itself (a full queue, a service that starts) is asked again.
"""

from __future__ import annotations

import os
import random
import re
import time
import weakref
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.documents import Encoding, Float32, Mention, Passage, Refusal
from hybrid.encoding.calibration import Calibration, parse_calibration
from hybrid.encoding.checks import Span, check_spans, check_texts
from hybrid.encoding.extras import require
from hybrid.encoding.fields import Fields
from hybrid.encoding.protocol import Dimensions
from hybrid.errors import AccessDenied, BundleError, EncoderError, ServerError, ServerUnavailable, shorten

if TYPE_CHECKING:
    import httpx

KEY = "HYBRID_SERVICE_KEY"
AGAIN = frozenset((429, 502, 503, 504))
CHARACTERS = 500_000  # of one request, so that its body stays small and others get their turn
_POSITION = re.compile(r"(?:#/texts/|input\.)(\d+)")


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
            ServerUnavailable, AccessDenied, ServerError: the service is not reached or does not answer as one.
        """
        require("an encoder at an address", "remote", "httpx")
        import httpx

        chosen = key if key is not None else os.environ.get(KEY)
        headers = {"authorization": f"Bearer {chosen}"} if chosen else {}
        self._retries, self._sleep, self.address = retries, sleep, address.rstrip("/")
        self._client = httpx.Client(base_url=self.address, headers=headers, timeout=timeout, transport=transport)
        # Whoever opens an index with an address never sees this object, and so cannot close it.
        self._closing = weakref.finalize(self, self._client.close)
        told = self._ask("GET", "/v1/bundle")
        try:
            self.name, self.fingerprint, self.how = (_text(told[part]) for part in ("name", "fingerprint", "how"))
            self.dimensions = Dimensions(**told["dimensions"])
            self.calibration = _calibration(told["calibration"])
            self._texts, self._characters = int(told["limits"]["texts"]), int(told["limits"]["characters"])
        except (KeyError, TypeError, ValueError, BundleError) as error:
            raise ServerError(f"{self.address} does not answer as an encoder service does: {error}") from error

    name: str
    fingerprint: str
    how: str
    dimensions: Dimensions
    calibration: Calibration | None

    def close(self) -> None:
        """Close the connections; done by itself once nobody has the encoder any more."""
        self._closing()

    def encode(self, texts: Sequence[str], spans: Sequence[Sequence[Span] | None] | None = None) -> list[Encoding]:
        """See `Encoder.encode`. Raises ServerError and its kinds as well."""
        check_texts(texts)
        given = check_spans(texts, spans)
        found: list[Encoding] = []
        for chunk in self._chunks(texts):
            body = {"texts": list(texts[chunk]), "spans": [own if own is None else list(own) for own in given[chunk]]}
            told = self._ask("POST", "/v1/encode", body, before=chunk.start)
            if told.get("fingerprint") != self.fingerprint:
                raise BundleError(f"{self.address} serves another bundle than when it was opened")
            found += [self._encoding(own) for own in told["encodings"]]
        return self._as_many(found, texts)

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
        rows = [np.zeros((0, width), np.float32)]
        for chunk in self._chunks(texts):
            body = {"model": model, "input": list(texts[chunk]), "encoding_format": "base64"}
            told = self._ask("POST", "/v1/embeddings", body, before=chunk.start)
            rows += [_rows(own["embedding"], width) for own in told["data"]]
        return np.concatenate([rows[0], *self._as_many(rows[1:], texts)])

    def _chunks(self, texts: Sequence[str]) -> Iterator[slice]:
        """Texts of one request each. Raises EncoderError for one that the service takes in none."""
        first = characters = 0
        for at, text in enumerate(texts):
            if len(text) > self._characters:
                raise EncoderError(
                    f"{len(text):,} code points; the service takes {self._characters:,} a text", position=at
                )
            if at > first and (at - first == self._texts or characters + len(text) > CHARACTERS):
                yield slice(first, at)
                first, characters = at, 0
            characters += len(text)
        if first < len(texts):
            yield slice(first, len(texts))

    def _as_many(self, found: list[Any], texts: Sequence[str]) -> list[Any]:
        if len(found) != len(texts):
            raise ServerError(f"{self.address} gave {len(found)} answers for {len(texts)} texts")
        return found

    def _encoding(self, own: Mapping[str, Any]) -> Encoding:
        passages = own["passage_vectors"]
        return Encoding(
            passages=tuple(Passage(*place) for place in own["passages"]),
            passage_vectors=None if passages is None else _rows(passages, self._passage()),
            mentions=tuple(Mention(one["start"], one["end"], score=one["score"]) for one in own["mentions"]),
            mention_vectors=_rows(own["mention_vectors"], self.dimensions.mention),
            refused=tuple(Refusal(**one) for one in own["refused"]),
        )

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, before: int = 0) -> Any:
        """The answer as JSON; `before` texts came in earlier requests of the same call."""
        import httpx

        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                response = self._client.request(method, path, json=body)
            except httpx.TransportError as error:
                if last:
                    reason = str(error) or type(error).__name__
                    raise ServerUnavailable(
                        f"the encoder service at {self.address} is not reached: {reason}"
                    ) from error
                self._sleep(_pause(attempt, None))
                continue
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise ServerError(f"{shorten(self.address)} is no address of an encoder service: {error}") from error
            if response.status_code in AGAIN and not last:
                self._sleep(_pause(attempt, response.headers.get("retry-after")))
                continue
            return self._read(response, before)
        raise AssertionError("the last attempt returns or raises")

    def _read(self, response: httpx.Response, before: int) -> Any:
        try:
            told = response.json()
        except ValueError:
            told = None
        if response.is_success and isinstance(told, dict):
            return told
        status = response.status_code
        detail, place = _failure(told)
        reason = f"the encoder service at {self.address} answered {status}: {detail or 'no reason was told'}"
        if status in (401, 403):
            raise AccessDenied(f"{reason}; its key is taken from {KEY}", status=status)
        if status in AGAIN:
            raise ServerUnavailable(reason, status=status)
        found = _POSITION.match(place)
        if status in (400, 413, 422) and found is not None:
            raise EncoderError(detail, position=before + int(found[1]))
        raise ServerError(reason, status=status)


def _failure(told: Any) -> tuple[str, str]:
    """What a problem document, or OpenAI's error, says, and of which part of the body."""
    if not isinstance(told, dict):
        return "", ""
    error = told.get("error")
    if isinstance(error, dict):
        return str(error.get("message", "")), str(error.get("param") or "")
    return str(told.get("detail", "")), str(told.get("pointer", ""))


def _pause(attempt: int, wished: str | None) -> float:
    """Seconds until the next attempt: what the service wishes, else twice as long each time, never all at once."""
    if wished is not None and wished.isdecimal():
        return min(float(wished), 30.0)
    return min(0.2 * 2.0**attempt, 10.0) * random.uniform(0.5, 1.0)


def _rows(text: str, width: int) -> Float32:
    """base64 of little-endian float32 to rows, float32 [n, width], C order."""
    return np.frombuffer(b64decode(text), dtype="<f4").astype(np.float32).reshape(-1, width)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} was found where a text was expected")
    return value


def _calibration(told: Mapping[str, Any] | None) -> Calibration | None:
    return None if told is None else parse_calibration(Fields(told, "calibration"))
