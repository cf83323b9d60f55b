"""What opening an index needs: its encoder, and the types of its fields."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal, TypeAlias

from hybrid.documents import MadeBy
from hybrid.encoding.protocol import Encoder
from hybrid.engines.protocol import IndexMeta, check_bundle
from hybrid.errors import BundleError, InvalidDocument, InvalidInput, shorten
from hybrid.indexing.checking import check_field_name
from hybrid.planning.values import MAX_FIELDS, FieldType, declared_type

EncoderLike: TypeAlias = str | os.PathLike[str] | Encoder


def as_encoder(encoder: EncoderLike) -> Encoder:
    """The encoder itself, or the one of a shipped bundle's name or a bundle's folder; no weights are loaded."""
    if isinstance(encoder, str | os.PathLike):
        from hybrid.encoding.factory import load

        return load(encoder)
    told = ("name", "fingerprint", "dimensions", "how", "calibration")
    done = ("encode", "encode_types", "encode_passages", "encode_queries")
    missing = [part for part in (*told, *done) if not hasattr(encoder, part)]
    if missing or isinstance(encoder, type):
        found = f"the class {encoder.__name__}" if isinstance(encoder, type) else encoder.__class__.__name__
        raise InvalidInput(f"encoder is {found}; expected a bundle's name, a bundle's folder or an Encoder")
    return encoder


def new_meta(
    encoder: Encoder, fields: Mapping[str, type | str] | None, language: Literal["english", "none"]
) -> IndexMeta:
    """What a new index knows about the bundle that makes it.

    Raises:
        InvalidInput: another language than `english` or `none`, or a field that cannot be declared.
    """
    if language not in ("english", "none"):
        raise InvalidInput(f"language is {language!r}; expected 'english' or 'none'")
    declared = declared_fields(fields or {})
    return IndexMeta(encoder.name, encoder.fingerprint, encoder.dimensions, language, declared)


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
    check_bundle(meta, MadeBy(chosen.name, chosen.fingerprint))
    return chosen


def declared_fields(fields: Mapping[str, type | str]) -> dict[str, FieldType]:
    """The types of `create(fields=...)`.

    Raises:
        InvalidInput: a name or a type that no field can have, or more than 1,000 of them.
    """
    if not isinstance(fields, Mapping):
        raise InvalidInput(f"fields is {fields.__class__.__name__}; expected a mapping of names to types")
    if len(fields) > MAX_FIELDS:
        raise InvalidInput(f"{len(fields):,} fields are declared; expected at most {MAX_FIELDS:,}")
    declared = {}
    for name, declaration in fields.items():
        try:
            check_field_name(name)
            declared[str.__str__(name)] = declared_type(declaration)
        except InvalidDocument as error:
            raise InvalidInput(f"field {shorten(name)}: {error.reason}") from None
        except ValueError as error:
            raise InvalidInput(f"field {shorten(name)}: {error}") from None
    return declared
