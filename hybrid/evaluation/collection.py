"""What a system searches: a task's texts with their mentions, and an index of them that is made when first needed."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Self

from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.legs import Spans, gold_spans, index_task
from hybrid.evaluation.runs import Span
from hybrid.evaluation.task import Task
from hybrid.planning.planner import default_depth
from hybrid.retriever import Retriever


class Collection:
    """A context manager: what it made is gone when it is left.

    `depth` is how many texts are ranked for a type: 1,000, or 2 R where that is more, at most 10,000.
    """

    def __init__(self, task: Task, spans: Spans, encoder: Encoder, server: str | None = None) -> None:
        """`server`: `opensearch://host:9200`, where `on_server` makes an index of a name that nobody has."""
        self.task, self.spans, self.encoder, self._server = task, spans, encoder, server
        self._stack = ExitStack()

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts, in the order of the task."""
        return tuple(sentence.text for sentence in self.task.sentences)

    @cached_property
    def embedded(self) -> Retriever:
        """An index on this machine."""
        return self._stack.enter_context(index_task(self.task, self.encoder, self.spans))

    @cached_property
    def on_server(self) -> Retriever:
        """An index on the server.

        Raises:
            InvalidInput: no server was given.
        """
        if self._server is None:
            raise InvalidInput("a system of a server was asked for, but no server was given")
        return self._stack.enter_context(index_task(self.task, self.encoder, self.spans, target=index_on(self._server)))

    @cached_property
    def mentions(self) -> tuple[tuple[Span, ...], ...]:
        """Each text's mentions: gold ones, or those that the encoder's detector finds."""
        if self.spans == "gold":
            return tuple(gold_spans(sentence) for sentence in self.task.sentences)
        found = self.embedded.get([str(place) for place in range(len(self.task.sentences))])
        return tuple(tuple((one.start, one.end) for one in (text.mentions or ())) if text else () for text in found)

    @cached_property
    def answers(self) -> dict[str, frozenset[int]]:
        """Which texts answer each type."""
        return self.task.answers()

    def depth(self, label: str) -> int:
        """How many texts are ranked for a type."""
        return default_depth(len(self.answers[label]), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def index_on(server: str) -> str:
    """The target of an index on a server, of a name that nobody has.

    Raises:
        InvalidInput: the server's address cannot be read.
    """
    from hybrid.engines.opensearch.target import parse_target

    target = f"{server.rstrip('/')}/hybrid-eval-{uuid.uuid4().hex[:12]}"
    parse_target(target)
    return target
