"""A run of `_bulk` requests as a machine without I/O: what to send next, and what became of each document.

A driver takes chunks, sends several at a time, and settles each with its outcome. Documents are retried one by one:
those that the server could not take now wait longer and longer. No id is in two requests at the same time: of equal ids
the last document alone is sent, and the one before it only where the server refuses that.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hybrid.engines.opensearch.faults import error_of, failed, kind_of, reason_of
from hybrid.engines.opensearch.messages import Failure, Request, Response, json_body, path
from hybrid.engines.opensearch.retrying import WRITING, Backoff, may_pass
from hybrid.engines.protocol import Revision
from hybrid.errors import HybridError

Status = Literal["created", "updated", "deleted", "not_found", "refused", "changed"]

# Small enough that a batch of a few hundred documents keeps several requests in flight.
MAX_BYTES = 1_000_000
MAX_DOCUMENTS = 500
IN_FLIGHT = 4
# How often a document is tried whose part of the index is not there: the server itself waits for it each time.
SHARD_TRIES = 4
NO_SHARD = "unavailable_shards_exception"
CONFLICT = "version_conflict_engine_exception"
# What a document meets that every other one will meet, too.
ENDING = ("cluster_block_exception", "index_not_found_exception", "index_closed_exception")


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of a bulk, or two: `source` makes the document's JSON, None deletes.

    With `revision` it is done only where the document is still of that one.
    """

    id: str
    source: Callable[[], bytes] | None
    revision: Revision | None = None

    def lines(self) -> bytes:
        """The operation as `_bulk` takes it."""
        action: dict[str, Any] = {"_id": self.id}
        if self.revision is not None:
            _, action["if_seq_no"], action["if_primary_term"] = self.revision
        if self.source is None:
            return json_body({"delete": action}) + b"\n"
        return json_body({"index": action}) + b"\n" + self.source() + b"\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation; `uncertain` where an earlier try may have been done without our knowing."""

    status: Status
    reason: str | None = None
    uncertain: bool = False


@dataclass(slots=True)
class _Job:
    place: int
    operation: Operation
    attempts: int = 0
    uncertain: bool = False
    alone: bool = False
    # Made when a chunk is packed, and held only while the job waits for room in the next one.
    lines: bytes | None = None

    def packed(self) -> bytes:
        self.lines = self.operation.lines() if self.lines is None else self.lines
        return self.lines


@dataclass(frozen=True, slots=True)
class Chunk:
    """A request and the jobs in it, in the order of its lines."""

    request: Request
    jobs: tuple[_Job, ...]


class BulkRun:
    """Operations on one index, from the first chunk to the last outcome.

    `error` is what ended the run early: then `outcomes` is None for what was not done.
    """

    in_flight = IN_FLIGHT

    def __init__(
        self,
        index: str,
        operations: Iterable[Operation],
        *,
        what: str,
        params: Mapping[str, str] | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        """`what` is the target in messages, `params` those of every request; without `backoff` it is WRITING."""
        self._path, self._params, self._what = path(index, "_bulk"), params or {}, what
        self._backoff = WRITING if backoff is None else backoff
        jobs = [_Job(place, operation) for place, operation in enumerate(operations)]
        self.outcomes: list[Outcome | None] = [None] * len(jobs)
        self._same: dict[str, list[_Job]] = {}
        for job in jobs:
            self._same.setdefault(job.operation.id, []).append(job)
        self._fresh = deque(stack.pop() for stack in self._same.values())
        self._late: list[tuple[float, int, _Job]] = []
        self._flying = 0
        self.error: HybridError | None = None

    @property
    def done(self) -> bool:
        """Whether nothing is in flight and nothing is left to send."""
        return not self._flying and (self.error is not None or not (self._fresh or self._late))

    @property
    def written(self) -> int:
        """How many operations the server has done so far."""
        return sum(outcome is not None and outcome.status not in ("refused", "changed") for outcome in self.outcomes)

    @property
    def refusal(self) -> str | None:
        """Why the server refused the first operation that it did; None where it refused none."""
        return next((outcome.reason for outcome in self.outcomes if outcome and outcome.status == "refused"), None)

    def take(self, now: float) -> Chunk | None:
        """The next chunk to send, None where nothing is due at `now` (seconds on a clock that only rises)."""
        while self._late and self._late[0][0] <= now:
            self._fresh.append(heapq.heappop(self._late)[2])
        if self.error is not None or not self._fresh:
            return None
        jobs = [self._fresh.popleft()]
        size = len(jobs[0].packed())
        while self._fresh and len(jobs) < MAX_DOCUMENTS and not (jobs[0].alone or self._fresh[0].alone):
            size += len(self._fresh[0].packed())
            if size > MAX_BYTES:
                break
            jobs.append(self._fresh.popleft())
        body = b"".join(job.packed() for job in jobs)
        for job in jobs:
            job.attempts, job.lines = job.attempts + 1, None
        self._flying += 1
        return Chunk(Request("POST", self._path, body, self._params), tuple(jobs))

    def pause(self, now: float) -> float | None:
        """Seconds until something is due; None where nothing waits."""
        return max(0.0, self._late[0][0] - now) if self._late and self.error is None else None

    def settle(self, chunk: Chunk, outcome: Response | Failure, now: float) -> None:
        """Read a chunk's outcome."""
        self._flying -= 1
        if isinstance(outcome, Failure):
            # A write is tried again after a time-out and after an answer that is none, too: it does no harm twice.
            error = failed(outcome, self._what)
            self._again(chunk.jobs, now, error, uncertain=outcome.arrived, final=outcome.denied)
        elif outcome.status == 200:
            self._read(chunk.jobs, outcome, now)
        elif may_pass(outcome):
            error = error_of(outcome, self._what)
            gateway = outcome.status != 429
            self._again(chunk.jobs, now, error, uncertain=gateway, asked=outcome.retry_after)
        elif outcome.status in (400, 413):
            self._apart(chunk.jobs, outcome)
        else:
            self._end(error_of(outcome, self._what))

    def _read(self, jobs: Sequence[_Job], response: Response, now: float) -> None:
        items = _items(response.body)
        if len(items) != len(jobs):
            malformed = Failure("malformed", "the server's answer to a bulk names other documents than were sent")
            self._again(jobs, now, failed(malformed, self._what), uncertain=True)
            return
        busy = [(job, item) for job, item in zip(jobs, items, strict=True) if not self._settled(job, item)]
        if busy:
            # They wait together: each for itself they would come back as so many requests.
            absent = [item for job, item in busy if job.attempts >= SHARD_TRIES and kind_of(item) == NO_SHARD]
            error = error_of(_answer((absent or [item for _, item in busy])[0]), self._what)
            self._again([job for job, _ in busy], now, error, uncertain=False, final=bool(absent))

    def _settled(self, job: _Job, item: Mapping[str, Any]) -> bool:
        """Read what became of a document; False where it is to be tried again."""
        answer = _answer(item)
        if "error" not in item:
            self._finish(job, Outcome(item["result"], uncertain=job.uncertain))
        elif may_pass(answer):
            return False
        elif answer.status in (401, 403) or kind_of(item) in ENDING:
            self._end(error_of(answer, self._what))
        elif kind_of(item) == CONFLICT and job.operation.revision is not None:
            # Where a try's answer was lost it may be what that try wrote: whoever asks again finds it done.
            self._finish(job, Outcome("changed", uncertain=job.uncertain))
        else:
            self._refuse(job, reason_of(answer))
        return True

    def _again(
        self,
        jobs: Sequence[_Job],
        now: float,
        error: HybridError,
        *,
        uncertain: bool,
        final: bool = False,
        asked: float | None = None,
    ) -> None:
        for job in jobs:
            job.uncertain |= uncertain
        if final or max(job.attempts for job in jobs) >= self._backoff.attempts:
            self._end(error)
            return
        due = now + self._backoff.wait(max(job.attempts for job in jobs), asked)
        for job in jobs:
            heapq.heappush(self._late, (due, job.place, job))

    def _apart(self, jobs: Sequence[_Job], response: Response) -> None:
        """The server took none of it: one document is to blame, or all together are too large."""
        if len(jobs) > 1:
            for job in jobs:
                job.alone = True
            self._fresh.extendleft(reversed(jobs))
            return
        too_large = "the document is larger than the server takes in one request (413)"
        self._refuse(jobs[0], too_large if response.status == 413 else reason_of(response))

    def _refuse(self, job: _Job, reason: str) -> None:
        self._finish(job, Outcome("refused", f"the server refused it: {reason}"))
        if self._same[job.operation.id]:
            self._fresh.append(self._same[job.operation.id].pop())

    def _finish(self, job: _Job, outcome: Outcome) -> None:
        self.outcomes[job.place] = outcome

    def _end(self, error: HybridError) -> None:
        if self.error is None:
            self.error = error


def _answer(item: Mapping[str, Any]) -> Response:
    return Response(int(item.get("status", 500)), item)


def _items(body: object) -> list[Mapping[str, Any]]:
    """What an answer says of each document; nothing where it does not say that of all."""
    items = body.get("items") if isinstance(body, Mapping) else None
    if not isinstance(items, list):
        return []
    found = [next(iter(item.values()), None) if isinstance(item, Mapping) else None for item in items]
    whole = [entry for entry in found if isinstance(entry, Mapping) and ("error" in entry or "result" in entry)]
    return whole if len(whole) == len(items) else []
