"""What systems that run a published model have in common: it is looked for at once, and loaded when it first ranks."""

from __future__ import annotations

from dataclasses import dataclass

from hybrid.encoding.extras import require
from hybrid.encoding.published import Published


@dataclass
class PublishedSystem:
    """`model` is named as in `hybrid.encoding.published`.

    Raises:
        MissingExtra: the packages of `eval` are not installed.
        As `Published`.
    """

    name: str
    model: str
    reads_mentions: bool = False
    reads_passages: bool = False

    def __post_init__(self) -> None:
        require(f"the system {self.name}", "eval", "sentence_transformers")
        self._published = Published(self.model)
