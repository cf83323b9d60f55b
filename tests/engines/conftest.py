"""Builders of what engines take, shared by the tests of all of them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hybrid.documents import Document, EncodedDocument, Encoding, Mention, Passage
from hybrid.encoding.protocol import Dimensions
from hybrid.engines.protocol import IndexMeta
from hybrid.fusion import Fusion
from hybrid.planning.filters import parse_where
from hybrid.planning.plan import BoundPlan, Plan, PlannedLeg
from hybrid.planning.query import Query

MENTION, PASSAGE = 3, 2


def meta(fields=None, *, language="english", passage=PASSAGE, bundle="tiny"):
    return IndexMeta(bundle, f"fingerprint of {bundle}", Dimensions(MENTION, passage), language, fields or {})


def unit(vector):
    vector = np.asarray(vector, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def encoded(id, text="a text", vectors=None, passage=None, *, title=None, fields=None, source="given", refused=()):
    """An encoded document: `vectors` names surfaces of the text with their vectors."""
    vectors = vectors or {}
    starts = [text.index(surface) for surface in vectors]
    mentions = tuple(
        Mention(start, start + len(surface), surface) for start, surface in zip(starts, vectors, strict=True)
    )
    rows = np.array([unit(vector) for vector in vectors.values()], dtype=np.float32).reshape(-1, MENTION)
    passages = None if passage is None else np.array([unit(passage)], dtype=np.float32)
    return EncodedDocument(
        Document(id, text, title, fields or {}, mentions),
        Encoding((Passage(0, len(text)),), passages, mentions, rows, tuple(refused)),
        source,
    )


def bound(
    *legs, words="plant", typed=(1, 0, 0), dense=(1, 0), where=None, types=None, fusion=None, weights=None, **options
):
    """A bound plan; `where` is read against `types`."""
    depth = options.pop("depth", 1_000)
    shown = {name: options.pop(name) for name in ("text", "explain") if name in options}
    weights = weights or [1.0] * len(legs)
    planned = tuple(PlannedLeg(leg, words, weight, depth) for leg, weight in zip(legs, weights, strict=True))
    plan = Plan(Query(words), planned, fusion or (Fusion() if len(legs) > 1 else None), **options)
    vectors = {"typed": unit(typed), "dense": unit(dense)}
    return BoundPlan(
        plan, {leg: vectors[leg] for leg in legs if leg != "lexical"}, parse_where(where, types or {}), **shown
    )


@pytest.fixture(scope="session")
def make():
    """Builders of what an engine takes."""
    return SimpleNamespace(meta=meta, unit=unit, encoded=encoded, bound=bound)
