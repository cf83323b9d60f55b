"""Hits and documents as JSON: the shapes that the command line and HTTP share."""

from __future__ import annotations

import json

import numpy as np

from hybrid import Document, Hit, LegScore, Match, Mention, Snippet
from hybrid.serialization import document_to_json, hit_to_json


def test_a_hit_has_the_contracts_keys():
    hit = Hit(
        "1",
        0.5,
        Document("1", "Oslo", "Norway", {"year": 1971}),
        (Match(Mention(0, 4, "Oslo", 0.9), 0.7, 0.6),),
        Snippet(0, "Oslo"),
        {"typed": LegScore(0.85, 1, 1.0, 1.0, 0.5)},
    )
    assert hit_to_json(hit, 11) == {
        "rank": 11,
        "id": "1",
        "score": 0.5,
        "title": "Norway",
        "text": "Oslo",
        "fields": {"year": 1971},
        "snippet": {"start": 0, "text": "Oslo"},
        "mentions": [{"start": 0, "end": 4, "surface": "Oslo", "cosine": 0.7, "probability": 0.6}],
        "legs": {"typed": {"score": 0.85, "rank": 1, "normalised": 1.0, "weight": 1.0, "contribution": 0.5}},
    }


def test_absent_values_are_left_out():
    bare = Hit("1", 0.0, Document("1", ""), (Match(Mention(0, 4), 0.0),), None, {"lexical": LegScore(0.0)})
    assert hit_to_json(bare, 1) == {
        "rank": 1,
        "id": "1",
        "score": 0.0,
        "fields": {},
        "mentions": [{"start": 0, "end": 4, "cosine": 0.0}],
        "legs": {"lexical": {"score": 0.0}},
    }


def test_numbers_of_numpy_become_json():
    hit = Hit("1", np.float64(0.5), Document("1", "x"), legs={"dense": LegScore(np.float32(0.5), np.int64(3))})
    assert json.loads(json.dumps(hit_to_json(hit, 1)))["legs"] == {"dense": {"score": 0.5, "rank": 3}}


def test_a_document_tells_no_mentions_from_mentions_not_looked_for():
    assert document_to_json(Document("1", "Oslo")) == {"id": "1", "text": "Oslo", "fields": {}}
    assert document_to_json(Document("1", "Oslo", mentions=()))["mentions"] == []
    mention = Mention(0, 4, "Oslo", 0.5)
    assert document_to_json(Document("1", "Oslo", mentions=[mention]))["mentions"] == [
        {"start": 0, "end": 4, "surface": "Oslo", "score": 0.5}
    ]
