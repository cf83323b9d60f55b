"""What goes wrong with nodes.

HybridError
└── NodeError
    ├── NodeUnavailable     no such node can be had here; says what is missing and how to install it
    ├── NodeFailed          a node that did not start, ended, or does not answer; ends with the end of its log
    └── NodeResponse        an answer with an error status; carries status and body
"""

from __future__ import annotations

from hybrid.errors import HybridError


class NodeError(HybridError):
    """The root of what goes wrong with nodes."""


class NodeUnavailable(NodeError):
    """No such node can be had here; the message says what is missing and how to install it."""


class NodeFailed(NodeError):
    """A node that did not start, ended, or does not answer.

    `log` is the end of what it wrote, also shown in the message; empty where there is none.
    """

    def __init__(self, reason: str, log: str = "") -> None:
        self.reason, self.log = reason, log
        super().__init__(f"{reason}; the end of its log:\n{log}" if log else reason)


class NodeResponse(NodeError):
    """An answer with an error status: `status` is HTTP's, `body` the parsed JSON or the text."""

    def __init__(self, method: str, path: str, status: int, body: object) -> None:
        self.status, self.body = status, body
        super().__init__(f"{method} {path}: {status} {body}")
