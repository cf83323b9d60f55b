"""Whether optional packages are there, found out without importing them."""

from __future__ import annotations

from importlib.util import find_spec

from hybrid.errors import MissingExtra

LOCAL = ("torch", "transformers", "tokenizers", "safetensors")


def require(what: str, extra: str, *modules: str) -> None:
    """Raises MissingExtra naming `extra` unless every module of `modules` can be found; imports none."""
    if any(find_spec(module) is None for module in modules):
        raise MissingExtra(what, extra)
