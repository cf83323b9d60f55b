"""The encoder behind a service is the encoder on this machine: the same vectors, the same errors."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from hybrid import AsyncRetriever, Document, Retriever
from hybrid.encoding import load
from hybrid.encoding.remote import RemoteEncoder
from hybrid.errors import (
    AccessDenied,
    BundleError,
    BundleMismatch,
    EncoderError,
    InvalidInput,
    ServerError,
    ServerUnavailable,
)
from hybrid.service.limits import Limits
from hybrid.testing import FakeEncoder

TEXTS = ["Michelin opened a plant in Nova Scotia.", "😀 Peter in Oslo", "שלום Rome", "東京 is Tokyo", "nothing here"]


def _same(found, wanted):
    assert len(found) == len(wanted)
    for own, other in zip(found, wanted, strict=True):
        assert (own.passages, own.refused) == (other.passages, other.refused)
        assert [(one.start, one.end) for one in own.mentions] == [(one.start, one.end) for one in other.mentions]
        for one, two in zip(own.mentions, other.mentions, strict=True):
            assert one.score == (two.score if two.score is None else pytest.approx(two.score, abs=1e-5))
        np.testing.assert_allclose(own.mention_vectors, other.mention_vectors, rtol=0, atol=1e-5)
        np.testing.assert_allclose(own.passage_vectors, other.passage_vectors, rtol=0, atol=1e-5)
        assert own.mention_vectors.dtype == np.float32
        assert own.mention_vectors.flags.c_contiguous


def test_it_is_the_encoder_that_is_served(listening):
    local, remote = FakeEncoder(16), load(listening())
    assert isinstance(remote, RemoteEncoder)
    for told in ("name", "fingerprint", "dimensions", "how", "calibration"):
        assert getattr(remote, told) == getattr(local, told)
    _same(remote.encode(TEXTS), local.encode(TEXTS))
    spans = [[(0, 8), (38, 39)], None, [], [(0, 2)], None]
    _same(remote.encode(TEXTS, spans), local.encode(TEXTS, spans))
    for encode in ("encode_types", "encode_passages", "encode_queries"):
        np.testing.assert_allclose(getattr(remote, encode)(TEXTS), getattr(local, encode)(TEXTS), rtol=0, atol=1e-5)


def test_a_real_bundle_gives_the_same_vectors_among_strangers(listening):
    local = load("minilm", device="cpu")
    address = listening(local)
    wanted = local.encode(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: load(address).encode(TEXTS), range(4)):
            _same(found, wanted)


def test_nothing_is_asked_for_nothing(listening):
    remote = load(listening())
    assert remote.encode([]) == []
    assert remote.encode_types([]).shape == (0, 16)


def test_more_than_a_request_may_hold_is_asked_in_several(listening):
    remote, texts = load(listening(limits=Limits(texts=3))), [f"Text {at} of Oslo" for at in range(10)]
    _same(remote.encode(texts), FakeEncoder(16).encode(texts))
    np.testing.assert_allclose(remote.encode_types(texts), FakeEncoder(16).encode_types(texts), atol=1e-6)


def test_a_text_at_fault_is_named_by_its_place_in_all_that_was_asked(listening):
    remote = load(listening(limits=Limits(texts=2, characters=50)))
    with pytest.raises(EncoderError, match="no letter or digit") as caught:
        remote.encode_types(["a", "b", "c", "!!!"])
    assert caught.value.position == 3
    with pytest.raises(EncoderError, match="does not lie within") as caught:
        remote.encode(["a", "b"], [None, [(0, 5)]])
    assert caught.value.position == 1
    with pytest.raises(EncoderError, match="the service takes 50 with") as caught:
        remote.encode(["a", "b" * 51])
    assert caught.value.position == 1


def test_the_key_comes_from_the_environment_and_is_told_to_nobody(listening, monkeypatch):
    address = listening(key="a-key-of-the-tests")
    with pytest.raises(AccessDenied, match="HYBRID_SERVICE_KEY") as caught:
        load(address)
    assert caught.value.status == 401
    monkeypatch.setenv("HYBRID_SERVICE_KEY", "a-key-of-the-tests\n")
    remote = load(address)
    assert remote.encode_types(["river"]).shape == (1, 16)
    assert "a-key-of-the-tests" not in repr(vars(remote))


def test_device_and_dtype_are_those_of_the_service(listening):
    with pytest.raises(ValueError, match="its service was started with"):
        load(listening(), dtype="bfloat16")


def test_an_index_is_made_and_asked_with_it(listening, tmp_path):
    address = listening(FakeEncoder(64))
    with Retriever.create(tmp_path / "index", encoder=address) as retriever:
        retriever.index([Document("1", "Michelin is a tyre maker."), Document("2", "It rained in Oslo.")])
        found = [hit.id for hit in retriever.find("tyre maker")]
    with Retriever.open(tmp_path / "index", encoder=FakeEncoder(64)) as retriever:
        assert [hit.id for hit in retriever.find("tyre maker")] == found
    with pytest.raises(BundleMismatch):
        Retriever.open(tmp_path / "index", encoder=listening(FakeEncoder(32)))


async def test_it_is_awaited_as_well(listening, tmp_path):
    address = listening(FakeEncoder(64))
    async with await AsyncRetriever.create(tmp_path / "index", encoder=address) as retriever:
        await retriever.index([Document("1", "Michelin is a tyre maker.")])
        assert [hit.id for hit in await retriever.find("tyre maker")] == ["1"]


def test_no_model_code_is_imported_for_it(listening):
    code = (
        "import sys; from hybrid.encoding import load; load(sys.argv[1]).encode(['Oslo']);"
        "print({'torch', 'transformers', 'tokenizers', 'fastapi'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, listening()], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


BUNDLE = {
    "name": "fake", "fingerprint": "f", "dimensions": {"mention": 2, "passage": None}, "how": "typed",
    "calibration": None, "limits": {"texts": 10, "characters": 100, "spans": 50},
}  # fmt: skip


class Faulty:
    """Answers in turn what it was given, the bundle before."""

    def __init__(self, *answers):
        self.answers, self.pauses, self.asked = list(answers), [], 0

    def __call__(self, request):
        if request.url.path == "/v1/bundle":
            return httpx.Response(200, json=BUNDLE)
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def encoder(self, **options):
        transport = httpx.MockTransport(self)
        return RemoteEncoder("http://x", transport=transport, sleep=self.pauses.append, **options)


def _rows(count=1, fingerprint="f"):
    rows = [{"embedding": "AACAPwAAAAA="}] * count
    return httpx.Response(200, json={"data": rows}, headers={"x-hybrid-fingerprint": fingerprint})


def test_what_may_pass_is_asked_again_when_the_service_says():
    busy = httpx.Response(429, headers={"retry-after": "3"}, json={"error": {"message": "full"}})
    faulty = Faulty(busy, httpx.ConnectError("refused"), httpx.Response(503), _rows())
    np.testing.assert_array_equal(faulty.encoder().encode_types(["a"]), [[1.0, 0.0]])
    assert faulty.pauses[0] == 3.0
    assert len(faulty.pauses) == 3
    assert all(pause <= 10 for pause in faulty.pauses)


def test_it_gives_up_in_the_end_and_says_what_it_saw():
    with pytest.raises(ServerUnavailable, match="not reached: refused"):
        Faulty(*[httpx.ConnectError("refused")] * 3).encoder(retries=2).encode_types(["a"])
    with pytest.raises(ServerUnavailable, match="answered 503: no reason was told") as caught:
        Faulty(*[httpx.Response(503)] * 2).encoder(retries=1).encode_types(["a"])
    assert caught.value.status == 503


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"<html>"),
        httpx.Response(500, json={"detail": "the log tells"}),
        httpx.Response(404, json=[]),
        httpx.Response(200, json={"data": []}, headers={"x-hybrid-fingerprint": "f"}),
        httpx.Response(200, json={"data": [{"embedding": "AACAPw=="}]}, headers={"x-hybrid-fingerprint": "f"}),
        httpx.Response(200, json={"hello": "world"}, headers={"x-hybrid-fingerprint": "f"}),
    ],
)
def test_an_answer_that_is_none_is_an_error_at_once(answer):
    faulty = Faulty(answer)
    with pytest.raises(ServerError):
        faulty.encoder().encode_types(["a"])
    assert (faulty.asked, faulty.pauses) == (1, [])


def test_another_server_at_the_address_is_told():
    def other(request):
        return httpx.Response(200, json={"hello": "world"})

    with pytest.raises(ServerError, match="does not answer as an encoder service"):
        RemoteEncoder("http://x", transport=httpx.MockTransport(other))


def test_a_service_that_was_changed_under_it_is_told():
    body = {"fingerprint": "another", "encodings": []}
    with pytest.raises(BundleError, match="another bundle than when it was opened"):
        Faulty(httpx.Response(200, content=json.dumps(body))).encoder().encode(["a"])
    with pytest.raises(BundleError, match="another bundle than when it was opened"):
        Faulty(_rows(fingerprint="another")).encoder().encode_types(["a"])


def _late(code="timeout", status=503):
    return httpx.Response(status, json={"error": {"message": "too much", "code": code}})


def test_what_is_too_much_at_once_is_asked_in_halves_and_not_again():
    faulty = Faulty(_late(), _rows(2), _late(status=413), _rows(), _rows())
    assert faulty.encoder().encode_types(["a", "b", "c", "d"]).shape == (4, 2)
    assert (faulty.asked, faulty.pauses) == (5, [])
    with pytest.raises(ServerUnavailable, match="answered 503: too much"):
        Faulty(_late()).encoder().encode_types(["a"])


def test_given_mentions_are_counted_as_well(listening):
    remote = load(listening(limits=Limits(spans=5)))
    texts, spans = ["Oslo Rome"] * 6, [[(0, 4), (5, 9)]] * 6
    _same(remote.encode(texts, spans), FakeEncoder(16).encode(texts, spans))
    with pytest.raises(EncoderError, match="with 6 spans") as caught:
        remote.encode(["Oslo", "Oslo"], [None, [(0, 1)] * 6])
    assert caught.value.position == 1


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://bob:s3cret@127.0.0.1:1", "has a user in it"),
        ("localhost:8100", "is no address"),
        ("http://host:port", "cannot be read"),
        ("ftp://host", "is no address"),
    ],
)
def test_an_address_that_is_none_is_told_at_once_and_no_secret_with_it(address, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        RemoteEncoder(address)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("key", ["two words", "sécret", "a\x00b"])
def test_a_key_that_no_header_carries_is_told_and_not_shown(key):
    with pytest.raises(InvalidInput, match="cannot stand in a header") as caught:
        RemoteEncoder("http://127.0.0.1:1", key=key)
    assert key not in str(caught.value)


def test_what_goes_to_this_machine_asks_no_proxy(listening, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert load(listening()).encode_types(["river"]).shape == (1, 16)


def test_an_encoder_that_was_closed_says_so(listening):
    remote = load(listening())
    remote.close()
    with pytest.raises(ServerError, match="cannot be asked"):
        remote.encode_types(["river"])
