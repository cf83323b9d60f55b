"""Requests that arrive together are encoded together.

One thread runs the model. While it is busy requests wait in a bounded queue; then as many texts as one pass takes are
drawn from the requests at its head, a share from each. Those of which something is left go to the end, behind the ones
of other kinds too, so that a large request does not keep small ones waiting. A request that is cancelled leaves the
queue at once; what of it is in the pass that runs is dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias

from hybrid.encoding.checks import Span, check_spans, check_texts
from hybrid.encoding.protocol import Encoder
from hybrid.errors import EncoderError
from hybrid.service.limits import Limits

Kind: TypeAlias = Literal["encode", "type", "passage", "query"]
# Requests that share a pass where each has more than its share to encode.
SHARES = 4
Spans: TypeAlias = Sequence[Sequence[Span] | None]


class QueueFull(Exception):
    """As many requests wait as may; `retry_after` seconds later some of them are done."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__("too many requests wait for the encoder")


class Closing(Exception):
    """The service is being stopped and takes nothing new."""


@dataclass(slots=True, eq=False)
class _Job:
    """One request; `results` are those of its first texts."""

    kind: Kind
    texts: Sequence[str]
    spans: Spans
    future: asyncio.Future[list[Any]]
    results: list[Any] = field(default_factory=list)

    @property
    def left(self) -> int:
        return len(self.texts) - len(self.results)


@dataclass(frozen=True, slots=True)
class _Part:
    """The next `count` texts of a request."""

    job: _Job
    count: int

    @property
    def place(self) -> slice:
        first = len(self.job.results)
        return slice(first, first + self.count)


class Batcher:
    """Hands texts of many requests to one encoder; for one event loop, inside `async with`."""

    def __init__(
        self, encoder: Encoder, limits: Limits, ran: Callable[[Kind, int], None] = lambda kind, texts: None
    ) -> None:
        """`ran` is told of every pass: its kind and how many texts it took."""
        self._encoder, self._limits, self._ran = encoder, limits, ran
        self._jobs: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        # Tokens are counted while the model runs; asyncio's own threads are left to the index.
        self._counting = ThreadPoolExecutor(1, thread_name_prefix="tokens")
        self._worker: asyncio.Task[None] | None = None
        self._closing = False
        self._ran_last: Kind | None = None

    @property
    def waiting(self) -> int:
        """Requests that wait, or of which something does."""
        return len(self._jobs)

    async def __aenter__(self) -> Self:
        self._worker = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *error: object) -> None:
        """What was taken is finished before."""
        self._closing = True
        while self._jobs and self._worker is not None and not self._worker.done():
            await asyncio.wait([job.future for job in self._jobs])
        if self._worker is not None:
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker
        for own in (self._thread, self._counting):
            own.shutdown(wait=False, cancel_futures=True)

    async def count_tokens(self, texts: Sequence[str]) -> int:
        """Tokens of all texts; 0 where the encoder does not count them."""
        count: Callable[[Sequence[str]], list[int]] | None = getattr(self._encoder, "count_tokens", None)
        if count is None:
            return 0
        return sum(await asyncio.get_running_loop().run_in_executor(self._counting, count, texts))

    def check_room(self) -> None:
        """Raises QueueFull where a request would be turned away."""
        if len(self._jobs) >= self._limits.waiting:
            raise QueueFull(retry_after=1)

    async def submit(self, kind: Kind, texts: Sequence[str], spans: Spans | None = None) -> list[Any]:
        """Of every text its `Encoding`, or its vector float32 [d] of `kind`.

        Raises:
            EncoderError: a text or a span cannot be used; its position counts in this request.
            QueueFull: nothing more can wait.
            Closing: the service is being stopped.
        """
        if self._closing:
            raise Closing
        check_texts(texts)
        given = check_spans(texts, spans)
        if not texts:
            return []
        self.check_room()
        job = _Job(kind, texts, given, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        self._arrived.set()
        try:
            return await job.future
        finally:
            with suppress(ValueError):
                self._jobs.remove(job)

    async def _work(self) -> None:
        while True:
            self._forget()
            if not self._jobs:
                self._arrived.clear()
                await self._arrived.wait()
                if self._limits.wait:
                    await asyncio.sleep(self._limits.wait)
                continue
            parts = self._next()
            await self._run(parts)
            for part in parts:
                if part.job in self._jobs:
                    self._jobs.remove(part.job)
                    self._jobs.append(part.job)

    def _next(self) -> list[_Part]:
        """Parts of one kind, another one than that of the last pass where it waits, that fill a pass at most.

        A share each and then what room is left: requests of a usual size come whole, one after another, so that their
        answers are made, and the next ones asked, while others are encoded. Were all cut alike, all would end at once.
        """
        room, share = self._limits.batch, max(1, self._limits.batch // SHARES)
        head = next((job for job in self._jobs if job.kind != self._ran_last), self._jobs[0])
        self._ran_last = head.kind
        others = [job for job in self._jobs if job.kind == head.kind and job is not head]
        # Small ones before large ones, so that none of them waits for many of those.
        same = [head, *sorted(others, key=lambda job: job.left > share)]
        counts: list[int] = []
        for job in same:
            counts.append(min(job.left, share, room))
            room -= counts[-1]
        parts = []
        for job, own in zip(same, counts, strict=True):
            more = min(job.left - own, room)
            room -= more
            if own + more:
                parts.append(_Part(job, own + more))
        return parts

    async def _run(self, parts: Sequence[_Part]) -> None:
        """One pass. A text that the encoder refuses ends its own request; the others of the pass run again."""
        while parts := [part for part in parts if not part.job.future.done()]:
            texts = [text for part in parts for text in part.job.texts[part.place]]
            spans = [own for part in parts for own in part.job.spans[part.place]]
            kind = parts[0].job.kind
            try:
                found = await asyncio.get_running_loop().run_in_executor(self._thread, self._encode, kind, texts, spans)
            except EncoderError as error:
                _refuse(parts, error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the requests of this pass must be answered
                _end(parts, error)
                return
            else:
                self._ran(kind, len(texts))
                _hand_out(parts, found)
                return

    def _encode(self, kind: Kind, texts: Sequence[str], spans: Spans) -> list[Any]:
        try:
            found = self._run_encoder(kind, texts, spans)
        except Exception as error:
            if isinstance(error, StopIteration):
                # No future takes it.
                raise RuntimeError("the encoder stopped") from error
            raise
        except BaseException as error:
            # A panic of a tokenizer written in Rust, for one, would end the only worker that there is.
            raise RuntimeError(f"the encoder failed: {type(error).__name__}") from error
        if len(found) != len(texts):
            raise RuntimeError(f"the encoder gave {len(found)} results for {len(texts)} texts")
        return found

    def _run_encoder(self, kind: Kind, texts: Sequence[str], spans: Spans) -> list[Any]:
        encoder = self._encoder
        if kind == "encode":
            return list(encoder.encode(texts, spans))
        run = {"type": encoder.encode_types, "passage": encoder.encode_passages, "query": encoder.encode_queries}[kind]
        return list(run(texts))

    def _forget(self) -> None:
        """Take what was answered, or is no longer waited for, out of the queue."""
        self._jobs = deque(job for job in self._jobs if not job.future.done())


def _hand_out(parts: Sequence[_Part], found: Sequence[Any]) -> None:
    at = 0
    for part in parts:
        part.job.results += found[at : at + part.count]
        at += part.count
        if not part.job.left and not part.job.future.done():
            part.job.future.set_result(part.job.results)


def _end(parts: Sequence[_Part], error: Exception) -> None:
    for part in parts:
        if not part.job.future.done():
            part.job.future.set_exception(error)


def _refuse(parts: Sequence[_Part], error: EncoderError) -> None:
    """The request that holds the text at fault ends with the error, its position counted there; or all of them."""
    first = 0
    for part in parts:
        if error.position is not None and first <= error.position < first + part.count:
            position = error.position - first + part.place.start
            _end([part], EncoderError(error.reason, position=position))
            return
        first += part.count
    _end(parts, error)
