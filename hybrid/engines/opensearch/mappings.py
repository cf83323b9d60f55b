"""The files in mappings/, filled in with what differs from the default bundle's values.

They are what OpenSearch is given and what a person pastes into Dashboards. In a checkout they lie beside `hybrid/`, in
an installed package within it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from hybrid.encoding.protocol import Dimensions
from hybrid.engines.opensearch.versions import Version
from hybrid.engines.protocol import FORMAT, IndexMeta
from hybrid.errors import IndexFormatError, IndexNotFound, shorten
from hybrid.fusion import Fusion
from hybrid.planning.values import FieldType

Json = dict[str, Any]

NORMALIZATION, RANKING = "normalization-processor", "score-ranker-processor"

OF_TYPE: Mapping[FieldType, Json] = {
    "str": {"type": "keyword"},
    "int": {"type": "long", "coerce": False},
    "float": {"type": "double"},
    "bool": {"type": "boolean"},
}
TYPE_OF: Mapping[str, FieldType] = {str(mapping["type"]): kind for kind, mapping in OF_TYPE.items()}
# What the settings begin with that a rebuild does not take over: the server gives them to each index, a block is of one
# index alone, and analysis comes from the file.
OWN_SETTINGS = (
    "analysis.",
    "blocks.",
    "creation_date",
    "history.",
    "provided_name",
    "remote_store.",
    "resize.",
    "routing.allocation.initial_recovery.",
    "uuid",
    "verified_before_close",
    "version.",
)


def folder() -> Path:
    """Where the files are."""
    inside = Path(__file__).parents[2] / "mappings"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "mappings"


def read(name: str) -> Json:
    """A file's content, the caller's own copy."""
    return deepcopy(_read(name))


@cache
def _read(name: str) -> Json:
    content: Json = orjson.loads((folder() / name).read_bytes())
    return content


def index_body(meta: IndexMeta, settings: Mapping[str, Any]) -> Json:
    """What `PUT /NAME` is given for a new index.

    Args:
        meta: bundle, dimensions, language, declared fields.
        settings: settings of the index, such as `number_of_shards`; they come before the file's.
    """
    body = read("index.json")
    own, given = flat_settings(body["settings"]["index"]), flat_settings(settings)
    if "number_of_replicas" in given:
        own.pop("auto_expand_replicas")
    body["settings"]["index"] = own | given
    mappings = body["mappings"]
    mappings["_meta"] = {"hybrid": meta_json(meta)}
    properties = mappings["properties"]
    for path, width in (("mentions", meta.dimensions.mention), ("passages", meta.dimensions.passage)):
        if width is None:
            del properties[path]["properties"]["vector"]
        else:
            properties[path]["properties"]["vector"]["dimension"] = width
    for text in _analyzed(properties):
        text["analyzer"] = f"hybrid_{meta.language}"
    if meta.fields:
        properties["fields"]["properties"] = {name: OF_TYPE[kind] for name, kind in meta.fields.items()}
    return body


def flat_settings(settings: Mapping[str, Any]) -> Json:
    """Settings of an index, nested or not, by their whole names without `index.`: so that each stands there once."""
    flat: Json = {}
    for name, value in settings.items():
        inner = {f"{name}.{key}": one for key, one in value.items()} if isinstance(value, Mapping) else {}
        flat |= flat_settings(inner) if inner else {name.removeprefix("index."): value}
    return flat


def fields_body(types: Mapping[str, FieldType]) -> Json:
    """What `PUT /NAME/_mapping` is given to declare fields."""
    return {"properties": {"fields": {"properties": {name: OF_TYPE[kind] for name, kind in types.items()}}}}


def meta_json(meta: IndexMeta) -> Json:
    """`_meta.hybrid` of an index's mapping."""
    return {
        "format": meta.format,
        "bundle": meta.bundle,
        "fingerprint": meta.fingerprint,
        "dimensions": {"mention": meta.dimensions.mention, "passage": meta.dimensions.passage},
        "language": meta.language,
    }


def meta_of(mappings: Mapping[str, Any], what: str) -> IndexMeta:
    """What a mapping says of the index.

    Raises:
        IndexNotFound: the index is not of this library.
        IndexFormatError: of another format than this version reads.
    """
    found = (mappings.get("_meta") or {}).get("hybrid")
    if not isinstance(found, Mapping):
        raise IndexNotFound(f"{what}: an index is there, but not one of this library; name another one")
    number = found.get("format")
    if number != FORMAT:
        newer = not isinstance(number, int) or number > FORMAT
        raise IndexFormatError(
            f"{what}: the index has format {shorten(number)}, this version reads format {FORMAT}; "
            + ("install a newer version" if newer else f"run hybrid rebuild {what}")
        )
    try:
        widths = found["dimensions"]
        dimensions = Dimensions(int(widths["mention"]), None if widths["passage"] is None else int(widths["passage"]))
        bundle, fingerprint, language = (str(found[key]) for key in ("bundle", "fingerprint", "language"))
    except (KeyError, TypeError, ValueError):
        raise IndexFormatError(f"{what}: the mapping's _meta.hybrid cannot be read; was it changed by hand?") from None
    if language not in ("english", "none"):
        raise IndexFormatError(f"{what}: the index's language is {shorten(language)}; expected english or none")
    return IndexMeta(bundle, fingerprint, dimensions, language, fields_of(mappings))  # type: ignore[arg-type]


def fields_of(mappings: Mapping[str, Any]) -> dict[str, FieldType]:
    """Fields with their types; what somebody mapped otherwise (as a date, a place, an object) is left out."""
    fields = mappings.get("properties", {}).get("fields", {}).get("properties", {})
    return {name: TYPE_OF[entry["type"]] for name, entry in fields.items() if entry.get("type") in TYPE_OF}


def pipeline(fusion: Fusion, weights: list[float], version: Version) -> Json:
    """A search pipeline for a fusion; `weights` are scaled to sum 1, an empty list sends none (all are equal)."""
    if fusion.technique != "rrf":
        body = read("search-pipeline.json")
        processor = body["phase_results_processors"][0][NORMALIZATION]
        processor["normalization"]["technique"] = fusion.technique
        processor["combination"]["technique"] = f"{fusion.mean}_mean"
        parameters = processor["combination"]["parameters"]
    else:
        body = read(version.rrf_pipeline)
        processor = body["phase_results_processors"][0][RANKING]
        _set(processor, version.rrf_constant, fusion.c)
        parameters = processor["combination"].setdefault("parameters", {})
    del body["description"]
    parameters.pop("weights", None)
    if weights:
        parameters["weights"] = weights
    if not parameters:
        del processor["combination"]["parameters"]
    return body


def _analyzed(properties: Mapping[str, Any]) -> Iterator[Json]:
    """Every text field of a mapping."""
    for entry in properties.values():
        if entry.get("type") == "text":
            yield entry
        yield from _analyzed(entry.get("properties", {}))
        yield from _analyzed(entry.get("fields", {}))


def _set(value: Json, path: tuple[str, ...], to: object) -> None:
    *parents, last = path
    for part in parents:
        value = value.setdefault(part, {})
    value[last] = to
