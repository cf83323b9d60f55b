"""A bundle's backbone from the first source that has it, and only if it is the bundle's."""

from __future__ import annotations

from collections.abc import Sequence

from hybrid.encoding.checkpoint import Checkpoint, read_checkpoint
from hybrid.encoding.sources import locate
from hybrid.errors import BundleError, MissingExtra


def resolve(sources: Sequence[str], sha256: str | None, tokenizer_sha256: str | None) -> Checkpoint:
    """Read the backbone from the first of `sources` that has it.

    The hashes (hex, see `hashing`) are those of the bundle; None takes what comes, for a source that is pinned by
    itself. BundleError: a source gives other weights or another tokenizer (both hashes are named), or no source gives
    anything (each is named with its reason).
    """
    failures = []
    for source in sources:
        try:
            found = read_checkpoint(locate(source))
        except (BundleError, MissingExtra) as error:
            failures.append(f"{source} ({error})")
            continue
        for what, expected, actual in (
            ("backbone", sha256, found.sha256),
            ("tokenizer", tokenizer_sha256, found.tokenizer_sha256),
        ):
            if expected is not None and actual != expected:
                raise BundleError(f"{source}: the {what} has SHA-256 {actual}, the bundle was made with {expected}")
        return found
    raise BundleError(f"the backbone was found in none of its sources: {'; '.join(failures) or 'none is named'}")


def hash_weights(source: str) -> tuple[str, str]:
    """SHA-256 (hex) of the weights and of the tokenizer that a source gives, for making a bundle. BundleError: none."""
    found = read_checkpoint(locate(source))
    return found.sha256, found.tokenizer_sha256
