"""What goes wrong, as an answer: status, a name for programs, a sentence for people, and where in the request."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from hybrid.errors import (
    AccessDenied,
    EncoderError,
    HybridError,
    IndexLocked,
    IndexNotFound,
    InvalidDocument,
    InvalidFilter,
    InvalidHow,
    InvalidInput,
    ServerUnavailable,
    StorageError,
)

GONE = 499  # what nginx logs for a client that went away; nobody reads the answer


class Refused(Exception):
    """A request that gets a failure for an answer."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.detail)


@dataclass(frozen=True, slots=True)
class Failure:
    """`code` names the failure in snake case; `pointer` (RFC 6901) says which part of the body is at fault.

    `retry_after`: seconds after which the same request may succeed; `hangs_up`: the connection is closed behind the
    answer, since what else comes on it is not read.
    """

    status: int
    code: str
    detail: str
    pointer: str | None = None
    retry_after: int | None = None
    hangs_up: bool = False

    @property
    def title(self) -> str:
        """HTTP's own words for the status."""
        return "Client Closed Request" if self.status == GONE else HTTPStatus(self.status).phrase


def too_large(code: str, detail: str, pointer: str | None = None) -> Refused:
    """413, with which limit was passed."""
    return Refused(Failure(413, code, detail, pointer))


def failure_of(error: HybridError, texts: str = "texts") -> Failure:
    """The answer to an error of the library; `texts` is the name of the list that an encoder's position counts in."""
    if isinstance(error, EncoderError):
        pointer = f"/{texts}" if error.position is None else f"/{texts}/{error.position}"
        return Failure(422, "text_refused", error.reason, pointer)
    if isinstance(error, InvalidFilter):
        return Failure(422, "invalid_filter", str(error), "/where")
    if isinstance(error, InvalidHow):
        return Failure(422, "invalid_how", str(error), "/how")
    if isinstance(error, InvalidDocument):
        return Failure(422, "invalid_document", str(error), "/documents")
    if isinstance(error, InvalidInput):
        return Failure(422, "invalid_request", str(error))
    if isinstance(error, IndexNotFound):
        return Failure(404, "index_not_found", str(error))
    if isinstance(error, IndexLocked):
        return Failure(409, "index_locked", str(error), retry_after=5)
    if isinstance(error, ServerUnavailable | AccessDenied | StorageError):
        return Failure(503, "engine_unavailable", str(error), retry_after=5)
    return Failure(500, "internal_error", "the request failed for a reason that the log of the service tells")
