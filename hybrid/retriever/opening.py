"""What opening an index needs: its encoder, and the types of its fields."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeAlias

from hybrid.encoding.protocol import Encoder
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import BundleError, BundleMismatch, InvalidInput, shorten
from hybrid.indexing.checking import check_field_name
from hybrid.planning.values import FieldType, declared_type

EncoderLike: TypeAlias = str | os.PathLike[str] | Encoder


def as_encoder(encoder: EncoderLike) -> Encoder:
    """The encoder itself, or the one of a shipped bundle's name or a bundle's folder; no weights are loaded."""
    if isinstance(encoder, str | os.PathLike):
        from hybrid.encoding.factory import load

        return load(encoder)
    return encoder


def fitting_encoder(meta: IndexMeta, encoder: EncoderLike | None) -> Encoder:
    """The encoder that has the index's fingerprint; its weights are not loaded for that.

    Raises:
        BundleMismatch, BundleError.
    """
    if encoder is None:
        from hybrid.encoding.factory import shipped

        # The name is looked up among what ships and nowhere else: an index may come from a stranger.
        if meta.bundle not in shipped():
            raise BundleError(
                f"the index was made by the bundle {shorten(meta.bundle)}, which does not ship with the library; "
                "pass encoder= with the bundle, or encoder=False to open without one"
            )
        encoder = meta.bundle
    chosen = as_encoder(encoder)
    if chosen.fingerprint != meta.fingerprint:
        raise BundleMismatch(
            f"the index was made by bundle {shorten(meta.bundle)} with fingerprint {meta.fingerprint}, the encoder is "
            f"{shorten(chosen.name)} with {chosen.fingerprint}; pass the bundle that made it, or open with "
            "encoder=False and rebuild"
        )
    return chosen


def declared_fields(fields: Mapping[str, type | str]) -> dict[str, FieldType]:
    """The types of `create(fields=...)`.

    Raises:
        InvalidInput: a name or a type that no field can have.
    """
    declared = {}
    for name, declaration in fields.items():
        check_field_name(name)
        try:
            declared[name] = declared_type(declaration)
        except ValueError as error:
            raise InvalidInput(f"field {shorten(name)}: {error}") from None
    return declared
