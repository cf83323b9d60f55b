"""`POST /v1/encode`: the whole encoding, as the encoder gives it."""

from __future__ import annotations

from base64 import b64decode

import numpy as np

from hybrid.service.limits import Limits
from hybrid.testing import FakeEncoder

PATH = "/v1/encode"


def _rows(text):
    return np.frombuffer(b64decode(text), "<f4").reshape(-1, 16)


async def test_mentions_are_detected_where_none_are_given(client):
    text = "😀 Michelin opened a plant in Nova Scotia."
    told = (await client.post(PATH, json={"texts": [text]})).json()
    (wanted,) = FakeEncoder(16).encode([text])
    (found,) = told["encodings"]
    assert (told["bundle"], told["fingerprint"]) == ("fake", FakeEncoder(16).fingerprint)
    assert [text[own["start"] : own["end"]] for own in found["mentions"]] == ["Michelin", "Nova Scotia"]
    np.testing.assert_array_equal(_rows(found["mention_vectors"]), wanted.mention_vectors)
    np.testing.assert_array_equal(_rows(found["passage_vectors"]), wanted.passage_vectors)
    assert found["passages"] == [[0, len(text)]]


async def test_given_spans_are_encoded_as_given_and_those_that_meet_nothing_are_told(client):
    body = {"texts": ["Oslo! is old", "Rome is older"], "spans": [[[0, 4], [4, 5]], None]}
    first, second = (await client.post(PATH, json=body)).json()["encodings"]
    assert first["mentions"] == [{"start": 0, "end": 4, "score": None}]
    assert [(own["start"], own["end"]) for own in first["refused"]] == [(4, 5)]
    assert second["mentions"] == [{"start": 0, "end": 4, "score": 1.0}]


async def test_no_texts_give_no_encodings(client):
    assert (await client.post(PATH, json={"texts": []})).json()["encodings"] == []


async def test_a_span_outside_its_text_is_a_problem_document_that_names_the_text(client):
    response = await client.post(PATH, json={"texts": ["a", "ab"], "spans": [None, [[0, 3]]]})
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, problem["status"], problem["code"]) == (422, 422, "text_refused")
    assert problem["pointer"] == "#/texts/1"
    assert "[0, 3)" in problem["detail"]


async def test_a_body_of_another_form_is_a_problem_that_names_the_place(client):
    response = await client.post(PATH, json={"texts": ["a"], "spans": [[[0, "x"]]]})
    assert response.status_code == 422
    assert response.json()["pointer"].startswith("#/spans/0")
    response = await client.post(PATH, json={"text": "a"})
    assert response.status_code == 422


async def test_too_few_lists_of_spans_point_to_the_spans(client):
    response = await client.post(PATH, json={"texts": ["a", "b"], "spans": [None]})
    assert (response.status_code, response.json()["pointer"]) == (422, "#/spans")


async def test_a_key_in_a_pointer_is_escaped(client):
    response = await client.post(PATH, json={"texts": [], "a/b~c": 1})
    assert response.json()["pointer"] == "#/a~1b~0c"


async def test_spans_are_limited(serve):
    async with serve(limits=Limits(spans=1)) as client:
        response = await client.post(PATH, json={"texts": ["Oslo Rome"], "spans": [[[0, 4], [5, 9]]]})
    assert (response.status_code, response.json()["code"]) == (413, "too_many_spans")


async def test_tokens_are_limited_where_the_encoder_counts_them(serve):
    class Counting(FakeEncoder):
        def count_tokens(self, texts):
            return [len(text.split()) for text in texts]

    async with serve(Counting(16), limits=Limits(tokens=3)) as client:
        assert (await client.post(PATH, json={"texts": ["one two", "three"]})).status_code == 200
        response = await client.post(PATH, json={"texts": ["one two", "three four"]})
        told = await client.post("/v1/embeddings", json={"model": "type", "input": ["tyre maker"]})
    assert (response.status_code, response.json()["code"]) == (413, "too_many_tokens")
    assert told.json()["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
