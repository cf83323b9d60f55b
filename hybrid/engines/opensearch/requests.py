"""A bound plan to the one request that ranks, and to the second one that fetches what the first could not carry.

Every leg is a query with its own name; the server fuses them by an inline search pipeline and reports each leg's raw
score under that name. Vectors are never in an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from hybrid.documents import Float32, Leg
from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.filtering import to_query
from hybrid.engines.opensearch.messages import Request, json_body, json_lines, path
from hybrid.engines.opensearch.sources import WITHOUT_VECTORS
from hybrid.engines.opensearch.versions import Version
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import InvalidQuery
from hybrid.planning.plan import BoundPlan, PlannedLeg

Json = dict[str, Any]
# Of the typed and the dense leg the id of the server's model that makes their questions' vectors.
ModelIds: TypeAlias = Mapping[Leg, str]

# Candidates that the graph of vectors is searched with: recall rises with it, and so does the time.
LEAST_EF = 256
PATHS: dict[Leg, str] = {"typed": "mentions", "dense": "passages"}
# (1 + cos) / 2 of every vector: what `cosinesimil` gives, without the graph.
EVERY_VECTOR = "(1.0 + cosineSimilarity(params.v, doc[params.f])) / 2.0"
MENTION = ["mentions.start", "mentions.end", "mentions.surface"]
PARAMS = {"include_named_queries_score": "true", "allow_partial_search_results": "false"}
# Documents whose mentions are asked for in one body.
IDS = 1_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What a request must know of the index: its name for the user, meta data, shards, and the server's version."""

    name: str
    meta: IndexMeta
    shards: int
    version: Version


def search_request(bound: BoundPlan, facts: Facts) -> Request:
    """The request that ranks.

    Raises:
        InvalidQuery: a leg that the index cannot run, or a fusion that this version of the server cannot.
    """
    # In a fusion inner hits would be made for every document that a leg hands over: those of the page are asked for.
    # Where the typed leg is asked with another vector than the type's, its inner hits have other cosines.
    inner = bound.plan.mentions if bound.plan.fusion is None and bound.type is None else 0
    return Request("POST", path(facts.name, "_search"), json_body(search_body(bound, facts, inner=inner)), PARAMS)


def search_body(bound: BoundPlan, facts: Facts, *, inner: int, models: ModelIds | None = None) -> Json:
    """Its body; `inner` is how many mentions the inner hits of the typed leg carry, `models` as in `leg_query`."""
    plan = bound.plan
    page: Json = {"size": plan.k, "from": plan.offset, "_source": WITHOUT_VECTORS, "track_total_hits": False}
    if plan.fusion is None:
        leg = leg_query(plan.legs[0], bound, facts, inner=inner, models=models)
        # Without a fusion the server can put equal scores in the order of ids over all pages.
        page["size"] = max(0, min(plan.k, plan.depth - plan.offset))
        return {"query": leg, "sort": [{"_score": "desc"}, {"id": "asc"}], **page}
    _check_fusion(bound, facts)
    legs = [leg_query(leg, bound, facts, inner=inner, models=models) for leg in plan.legs]
    weights = scaled([leg.weight for leg in plan.legs])
    return {
        "query": {"hybrid": {"pagination_depth": plan.depth, "queries": legs}},
        **page,
        "search_pipeline": mappings.pipeline(plan.fusion, weights, facts.version),
    }


def leg_query(
    leg: PlannedLeg, bound: BoundPlan, facts: Facts, *, inner: int = 0, models: ModelIds | None = None
) -> Json:
    """One leg under its own name.

    `inner` is how many mentions its inner hits carry. `models`: of the typed and the dense leg the server's model that
    makes the question's vector of its words; None sends the vectors of `bound`.
    """
    where = [] if bound.filter is None else [to_query(bound.filter, facts.meta.fields)]
    if leg.leg == "lexical":
        match = {"match": {"text": {"query": leg.words, "boost": facts.version.match_boost}}}
        return _named(leg.leg, match, where)
    asked = {"vector": _checked(leg.leg, bound.vectors.get(leg.leg), facts)} if models is None else _words(leg, models)
    nested = {"path": PATHS[leg.leg], "score_mode": "max"}
    if leg.leg == "typed" and inner:
        nested["inner_hits"] = {"name": leg.leg, "size": inner, "_source": MENTION}  # type: ignore[assignment]
    if leg.exact:
        return _named(leg.leg, {"nested": {**nested, "query": every_vector(leg.leg, asked["vector"])}}, where)
    knn: Json = {
        **asked,
        "k": leg.depth,
        # Without it a document has the score of some of its vectors only.
        "expand_nested_docs": True,
        "method_parameters": {"ef_search": max(LEAST_EF, leg.depth)},
    }
    if where:
        knn["filter"] = where[0]
    kind = "knn" if models is None else "neural"
    return {"nested": {**nested, "_name": leg.leg, "query": {kind: {field_of(leg.leg): knn}}}}


def every_vector(leg: Leg, vector: Float32) -> Json:
    """A query on nested objects that scores every vector; objects without one are left out."""
    field = field_of(leg)
    return {
        "script_score": {
            "query": {"exists": {"field": field}},
            "script": {"source": EVERY_VECTOR, "params": {"v": vector, "f": field}},
        }
    }


def follow_up(bodies: Sequence[Json], name: str) -> Request:
    """Several searches in one request, each with an answer of its own."""
    lines = [line for body in bodies for line in ({}, body)]
    return Request("POST", path(name, "_msearch"), json_lines(*lines))


def matches_bodies(ids: Sequence[str], bound: BoundPlan, facts: Facts) -> list[Json]:
    """Searches for the best mentions of given documents, one for every thousand."""
    nested = {
        "path": PATHS["typed"],
        "score_mode": "max",
        "query": every_vector("typed", _checked("typed", bound.matching, facts)),
        "inner_hits": {"name": "typed", "size": bound.plan.mentions, "_source": MENTION},
    }
    return [
        {
            "query": {
                "bool": {"filter": [{"ids": {"values": ids[start : start + IDS]}}], "must": [{"nested": nested}]}
            },
            "size": min(IDS, len(ids) - start),
            "_source": False,
        }
        for start in range(0, len(ids), IDS)
    ]


def ranks_body(leg: PlannedLeg, bound: BoundPlan, facts: Facts) -> Json:
    """A leg by itself to its depth, in the order in which the fusion met it."""
    return {"query": leg_query(leg, bound, facts), "size": leg.depth, "_source": False, "track_total_hits": False}


def probe_body(leg: PlannedLeg, bound: BoundPlan, facts: Facts) -> Json:
    """Whether a leg finds anything at all."""
    return {"query": leg_query(leg, bound, facts), "size": 1, "_source": False, "track_total_hits": False}


def scaled(weights: Sequence[float]) -> list[float]:
    """Weights that sum to 1, as the server wants them; none where all are equal."""
    if all(weight == weights[0] for weight in weights):
        return []
    # Sums of the largest floats would overflow.
    largest = max(weights)
    shares = [weight / largest for weight in weights]
    return [share / sum(shares) for share in shares]


def console(bound: BoundPlan, facts: Facts, models: ModelIds | None = None) -> str:
    """The request that ranks as Dev Tools takes it: the line, then the body with each vector on one line.

    A reader wants to see the mentions, too: they are in it where the version can give them. With `models` it has words
    in place of vectors; see `leg_query`.
    """
    line = Request("POST", path(facts.name, "_search"), params=PARAMS).line
    shown = bound.plan.fusion is None or facts.version.inner_hits_in_hybrid
    body = search_body(bound, facts, inner=bound.plan.mentions if shown else 0, models=models)
    return f"{line}\n{pretty(body)}\n"


def _named(name: str, query: Json, where: Sequence[Json]) -> Json:
    named: Json = {"_name": name, "must": [query]}
    if where:
        named["filter"] = list(where)
    return {"bool": named}


def _words(leg: PlannedLeg, models: ModelIds) -> Json:
    if leg.exact:
        raise InvalidQuery("a leg that scores every vector takes a vector and no words; leave exact out")
    if leg.leg not in models:
        raise InvalidQuery(f"there is no model for the {leg.leg} leg; run hybrid setup with --service again")
    return {"query_text": leg.words, "model_id": models[leg.leg]}


def _checked(leg: Leg, given: Float32 | None, facts: Facts) -> Float32:
    width = facts.meta.dimensions.mention if leg == "typed" else facts.meta.dimensions.passage
    if width is None:
        raise InvalidQuery("the index has no passage vectors, so there is no dense leg; use typed or lexical")
    if given is None:
        raise InvalidQuery(f"the {leg} leg has no vector of the question")
    vector = np.ascontiguousarray(given, dtype=np.float32)
    if vector.shape != (width,):
        raise InvalidQuery(f"the question's vector for the {leg} leg has shape {vector.shape}; expected ({width},)")
    return vector


def field_of(leg: Leg) -> str:
    """The field of the vectors that a leg compares."""
    return f"{PATHS[leg]}.vector"


def _check_fusion(bound: BoundPlan, facts: Facts) -> None:
    plan, version = bound.plan, facts.version
    if plan.fusion is None or plan.fusion.technique != "rrf":
        return
    if not version.rrf_weights and scaled([leg.weight for leg in plan.legs]):
        raise InvalidQuery(
            f"OpenSearch {version} takes no weights in rrf; give none, or use min_max or l2, which take them"
        )
    if not version.rrf_over_shards and facts.shards > 1:
        raise InvalidQuery(
            f"OpenSearch {version} ranks wrongly in rrf over {facts.shards} shards; use min_max or l2, or an index of "
            "one shard"
        )


def pretty(value: Any, indent: str = "") -> str:
    """JSON for readers: an object's entries on lines of their own, lists of numbers or words on one."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        entries = (f"{inner}{json_body(name).decode()}: {pretty(entry, inner)}" for name, entry in value.items())
        return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
        return "[\n" + ",\n".join(f"{inner}{pretty(entry, inner)}" for entry in value) + f"\n{indent}]"
    return json_body(value).decode()
