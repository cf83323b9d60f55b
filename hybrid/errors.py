"""Every error that leaves the library.

    HybridError
    ├── InvalidInput (also ValueError)      what was handed in cannot be used; names document, field and offset
    │   ├── InvalidDocument                 a document that is refused
    │   ├── InvalidQuery                    type, about, k, offset, depth, a plan
    │   │   ├── InvalidHow                  the notation of `how`; carries a caret
    │   │   └── InvalidFilter               `where`
    │   └── InvalidFile                     a file or a line of one that cannot be read
    ├── BundleError                         a bundle that is damaged, foreign or newer
    │   └── BundleMismatch                  an index that was made by another bundle
    ├── EncoderError                        a text that could not be encoded; carries its position in the input
    ├── IndexStateError                     what is wrong with an index as a whole
    │   ├── IndexNotFound                   nothing is there, or it is not ours
    │   ├── IndexExists                     `create` where something is
    │   ├── IndexLocked                     another writer has it
    │   ├── IndexFormatError                written by a newer or an older format
    │   ├── IndexDamaged                    files that do not fit each other
    │   └── StorageError                    disk full, read-only folder or index, no permission
    ├── ServerError                         what a server refused or could not do; carries the HTTP status
    │   ├── ServerUnavailable               not reached, too slow, overloaded, or a part of the index is missing
    │   └── AccessDenied                    credentials or certificates that are missing or wrong, or allow too little
    └── MissingExtra (also ImportError)     an optional part is not installed; names the extra

A message is one sentence that says what was found and what was expected. No message holds a text or a secret.
"""

from __future__ import annotations


class HybridError(Exception):
    """The root of every error of this library."""


class InvalidInput(HybridError, ValueError):
    """What was handed in cannot be used."""


class InvalidDocument(InvalidInput):
    """A document that is refused.

    `id` is the document's id where one is known, `field` the attribute or field, `reason` the sentence without them.
    """

    def __init__(self, reason: str, *, id: str | None = None, field: str | None = None) -> None:
        self.reason, self.id, self.field = reason, id, field
        where = f"document {shorten(id)}" if id is not None else "a document without a usable id"
        super().__init__(f"{where}: {reason}" if field is None else f"{where}, field {shorten(field)}: {reason}")


class InvalidQuery(InvalidInput):
    """A question that cannot be asked: type, about, k, offset, depth, or a plan."""


class InvalidHow(InvalidQuery):
    """A `how` that does not follow the notation.

    `how` is the text, `position` the 0-based character where reading stopped; the message shows a caret there.
    """

    def __init__(self, reason: str, how: str, position: int) -> None:
        self.reason, self.how, self.position = reason, how, position
        super().__init__(f"{reason}\n  {how}\n  {' ' * position}^")


class InvalidFilter(InvalidQuery):
    """A `where` that cannot be applied; `field` is the field at fault, None where it is the whole."""

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        self.reason, self.field = reason, field
        super().__init__(f"filter: {reason}" if field is None else f"filter on field {shorten(field)}: {reason}")


class InvalidFile(InvalidInput):
    """A file, or one line of it, that cannot be read as documents; `line` counts from 1."""

    def __init__(self, reason: str, *, file: str, line: int | None = None) -> None:
        self.reason, self.file, self.line = reason, file, line
        super().__init__(f"{file}: {reason}" if line is None else f"{file}, line {line}: {reason}")


class BundleError(HybridError):
    """A bundle that is damaged, foreign, or of a newer format."""


class BundleMismatch(BundleError):
    """An index made by another bundle than the one it is opened with."""


class EncoderError(HybridError):
    """A text that could not be encoded; `position` is its 0-based place in the input, None where all are concerned."""

    def __init__(self, reason: str, *, position: int | None = None) -> None:
        self.reason, self.position = reason, position
        super().__init__(reason if position is None else f"text {position} of the input: {reason}")


class IndexStateError(HybridError):
    """What is wrong with an index as a whole."""


class IndexNotFound(IndexStateError):
    """Nothing is at the target, or what is there is not an index of this library."""


class IndexExists(IndexStateError):
    """`create` was asked for where something already is."""


class IndexLocked(IndexStateError):
    """Another writer has the index."""


class IndexFormatError(IndexStateError):
    """The index was written in a newer or an older format."""


class IndexDamaged(IndexStateError):
    """Files of the index do not fit each other."""


class StorageError(IndexStateError):
    """The disk is full, the folder or the index cannot be written, or a permission is missing."""


class ServerError(HybridError):
    """What a server refused or could not do; `status` is the HTTP status, None where there was no answer."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        self.reason, self.status = reason, status
        super().__init__(reason)


class ServerUnavailable(ServerError):
    """The server is not reached, too slow or overloaded, or a part of the index is missing there."""


class AccessDenied(ServerError):
    """Credentials or certificates are missing or wrong, or allow too little."""


class MissingExtra(HybridError, ImportError):
    """An optional part is not installed; `extra` names what to install."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{what} needs packages that are not installed: pip install 'hybrid-retriever[{extra}]'")


def shorten(value: object, limit: int = 80) -> str:
    """`repr` of a value for a message, never longer than `limit` characters."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
