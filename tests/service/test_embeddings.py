"""`POST /v1/embeddings`: OpenAI's shape, and OpenAI's errors."""

from __future__ import annotations

from base64 import b64decode

import numpy as np
import pytest

from hybrid.service.limits import Limits
from hybrid.testing import FakeEncoder

PATH = "/v1/embeddings"


async def _refused(client, **body):
    response = await client.post(PATH, json=body)
    return response.status_code, response.json()["error"]


@pytest.mark.parametrize("model", ["type", "passage", "query"])
async def test_it_gives_the_vectors_of_the_encoder_in_order(client, model):
    texts = ["tyre maker", "река", "東京 🗼"]
    response = await client.post(PATH, json={"model": model, "input": texts})
    told = response.json()
    assert response.status_code == 200
    assert (told["object"], told["model"]) == ("list", model)
    assert [own["index"] for own in told["data"]] == [0, 1, 2]
    assert {own["object"] for own in told["data"]} == {"embedding"}
    wanted = FakeEncoder(16).encode_types(texts)
    np.testing.assert_allclose([own["embedding"] for own in told["data"]], wanted, rtol=0, atol=1e-7)
    assert set(told["usage"]) == {"prompt_tokens", "total_tokens"}


async def test_one_text_may_stand_by_itself(client):
    told = (await client.post(PATH, json={"model": "type", "input": "river"})).json()
    assert len(told["data"]) == 1


async def test_base64_is_little_endian_float32(client):
    body = {"model": "type", "input": ["river"], "encoding_format": "base64"}
    told = (await client.post(PATH, json=body)).json()
    row = np.frombuffer(b64decode(told["data"][0]["embedding"]), "<f4")
    np.testing.assert_array_equal(row, FakeEncoder(16).encode_types(["river"])[0])


async def test_the_width_may_be_named_but_not_changed(client):
    assert (await client.post(PATH, json={"model": "type", "input": "a", "dimensions": 16})).status_code == 200
    status, error = await _refused(client, model="type", input="a", dimensions=8)
    assert (status, error["type"], error["param"]) == (400, "invalid_request_error", "dimensions")
    assert "16 numbers" in error["message"]


async def test_a_model_that_is_not_served_is_404(client):
    status, error = await _refused(client, model="text-embedding-3-small", input="a")
    assert (status, error["code"], error["param"]) == (404, "model_not_found", "model")
    assert "type, passage, query" in error["message"]


async def test_a_model_may_name_the_bundle_whose_vectors_are_wanted(client):
    fingerprint = FakeEncoder(16).fingerprint
    for own in (fingerprint, fingerprint[:8]):
        told = await client.post(PATH, json={"model": f"type@{own}", "input": "river"})
        assert (told.status_code, told.json()["model"]) == (200, f"type@{own}")
    status, error = await _refused(client, model="type@0123456789abcdef", input="river")
    assert (status, error["code"], error["param"]) == (404, "model_not_found", "model")
    assert f"this service has bundle fake with {fingerprint}" in error["message"]


@pytest.mark.parametrize("model", ["type@", "type@{}", "@", "river@{}{}", "type@@"])
async def test_a_fingerprint_is_named_by_eight_characters_at_least(client, model):
    fingerprint = FakeEncoder(16).fingerprint
    status, error = await _refused(client, model=model.format(fingerprint[:7], fingerprint[7:]), input="river")
    assert (status, error["code"]) == (404, "model_not_found")
    assert "8 characters will do" in error["message"]


async def test_a_bundle_without_passage_vectors_serves_types_alone(serve):
    async with serve(FakeEncoder(16, passages=False)) as client:
        assert (await client.post(PATH, json={"model": "type", "input": "a"})).status_code == 200
        status, error = await _refused(client, model="query", input="a")
    assert (status, error["code"]) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": "type"}, "input"),
        ({"model": "type", "input": []}, "input"),
        ({"model": "type", "input": ["a", None]}, "input.1"),
        ({"model": "type", "input": [1, 2]}, "input.0"),
        ({"model": "type", "input": ["river", "!!!"]}, "input.1"),
        ({"model": "type", "input": "a", "encoding_format": "hex"}, "encoding_format"),
        ({"model": "type", "input": "a", "precision": 8}, "precision"),
        ({"input": "a"}, "model"),
    ],
)
async def test_what_is_wrong_with_a_request_is_named(client, body, param):
    status, error = await _refused(client, **body)
    assert status == 400
    assert (error["type"], set(error)) == ("invalid_request_error", {"message", "type", "param", "code"})
    assert error["param"] == param


@pytest.mark.parametrize("tokens", [[1, 2], [[1, 2], [3]]])
async def test_token_ids_are_told_to_be_another_models(client, tokens):
    _, error = await _refused(client, model="type", input=tokens)
    assert "token ids are not taken" in error["message"]


async def test_a_million_wrong_items_cost_no_more_than_one(client):
    status, error = await _refused(client, model="type", input=[1] * 1_000_000)
    assert (status, error["param"]) == (400, "input.0")


async def test_a_body_of_another_kind_has_no_param(client):
    response = await client.post(PATH, json=[1])
    assert (response.status_code, response.json()["error"]["param"]) == (400, None)


async def test_a_body_that_is_no_json_is_told_apart(client):
    headers = {"content-type": "application/json"}
    response = await client.post(PATH, content=b'{"model": ', headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "not_json"


async def test_each_limit_has_its_own_answer(serve):
    async with serve(limits=Limits(texts=2, characters=5)) as client:
        for body, code in (
            ({"model": "type", "input": ["a", "b", "c"]}, "too_many_texts"),
            ({"model": "type", "input": ["a", "abcdef"]}, "text_too_long"),
        ):
            status, error = await _refused(client, **body)
            assert (status, error["code"]) == (413, code)
