"""The file that a training run goes on from: its state every few steps, and at last its result.

It begins with a SHA-256 of the run's key and of the rest, which torch wrote: a file that is cut short, damaged or of
another run is told from a sound one, and reading it (torch's `weights_only`) runs nothing that stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile

DIGEST = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One run's file in `folder`; `key` is a hash of all that decides how the run ends."""

    folder: Path
    key: str

    @property
    def path(self) -> Path:
        """The file, whether it is there or not."""
        return self.folder / f"{self.key}.tuning"

    def load(self) -> dict[str, Any] | None:
        """What was saved last; None where nothing was. Raises InvalidFile for a file that this run did not write."""
        import torch

        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        payload = content[DIGEST:]
        if content[:DIGEST] != self._digest(payload):
            raise InvalidFile("is damaged, or of another run", file=self.path.name)
        state: dict[str, Any] = torch.load(BytesIO(payload), map_location="cpu", weights_only=True)
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Tensors and plain values in place of what stood there: whole or not at all, whenever the run is cut off.

        Raises InvalidFile where the folder cannot be made or written to.
        """
        import torch

        opened = BytesIO()
        torch.save(state, opened)
        payload, new = opened.getvalue(), self.path.with_suffix(".new")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            new.write_bytes(self._digest(payload) + payload)
            new.replace(self.path)
        except OSError as error:
            raise InvalidFile(f"cannot be written ({error.strerror})", file=str(self.path)) from error

    def _digest(self, payload: bytes) -> bytes:
        return sha256(self.key.encode() + payload).digest()
