"""Documents that came through the ingest pipeline are encoded by `complete`, as `index` would have encoded them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hybrid import AsyncRetriever, Retriever
from hybrid.engines.opensearch.administration import set_up
from hybrid.engines.opensearch.installing import ingest_pipeline
from hybrid.errors import InvalidDocument
from hybrid.testing import FakeEncoder

TEXT = "Michelin opened a plant in Nova Scotia."


@pytest.fixture
def encoder():
    return FakeEncoder()


@pytest.fixture
def waiting(bare, encoder):
    """An index whose ingest pipeline leaves the vectors to `complete`; `waiting.put` writes through it."""
    Retriever.create(bare.target, encoder=encoder).close()
    bare.node.request("PUT", f"/_ingest/pipeline/{bare.name}", ingest_pipeline(None))
    bare.put = lambda id, text, **rest: bare.write(id, {"text": text, **rest}, bare.name)
    yield bare
    bare.node.request("DELETE", f"/_ingest/pipeline/{bare.name}")


def stored(place):
    """Every document with its vectors, as the engine reads it back."""
    from hybrid.engines.factory import open_engine

    engine = open_engine(place.target)
    found = {own.document.id: own for own in engine.scan()}
    engine.close()
    return found


def test_they_are_as_if_index_had_written_them(waiting, encoder, tmp_path):
    waiting.put("a", TEXT, title="Tyres", fields={"year": 1971, "tags": ["plant", "🦕"]})
    waiting.put("b", "🦕 שלום Pirelli")
    with Retriever.open(waiting.target, encoder=encoder) as retriever:
        retriever.index([{"id": "c", "text": "Goodyear"}])
        report = retriever.complete()
        assert (report.documents, report.replaced, report.changed, report.refused) == (2, 2, 0, ())
        assert retriever.statistics().pending == 0
        assert retriever.complete().documents == 0
        assert not [warning for warning in retriever.find("plant").warnings if "wait" in warning]
    with Retriever.create(tmp_path / "index", encoder=encoder) as local:
        local.index(
            [
                {"id": "a", "text": TEXT, "title": "Tyres", "fields": {"year": 1971, "tags": ["plant", "🦕"]}},
                {"id": "b", "text": "🦕 שלום Pirelli"},
            ]
        )
    completed = stored(waiting)
    for id, expected in ((own.document.id, own) for own in stored_in(tmp_path / "index")):
        found = completed[id]
        assert (found.document, found.mentions_from) == (expected.document, "detected")
        assert np.allclose(found.encoding.mention_vectors, expected.encoding.mention_vectors, atol=1e-7)


def stored_in(folder):
    from hybrid.engines.factory import open_engine

    engine = open_engine(folder)
    found = list(engine.scan())
    engine.close()
    return found


def test_what_is_changed_or_deleted_meanwhile_stays_as_it_is(waiting, encoder):
    for id in "abc":
        waiting.put(id, f"{TEXT} {id}")

    class Meddling(FakeEncoder):
        def encode(self, texts, spans=None):
            waiting.put("a", "Somebody wrote this meanwhile.")
            waiting.node.request("DELETE", f"/{waiting.name}/_doc/b?refresh=true")
            return super().encode(texts, spans)

    with Retriever.open(waiting.target, encoder=Meddling()) as retriever:
        report = retriever.complete()
        assert (report.documents, report.changed, report.refused) == (1, 2, ())
        assert retriever.statistics().pending == 1
        assert retriever.get(["a", "b"])[0].text == "Somebody wrote this meanwhile."
        assert retriever.get("b") == [None]
    with Retriever.open(waiting.target, encoder=encoder) as retriever:
        assert retriever.complete().documents == 1


@pytest.mark.parametrize("text", ["", " \n"])
def test_what_cannot_be_indexed_is_reported_and_goes_on_waiting(hybrid, waiting, encoder, text):
    waiting.put("bad", text)
    waiting.put("good", TEXT)
    with Retriever.open(waiting.target, encoder=encoder) as retriever:
        report = retriever.complete()
        assert report.documents == 1
        (refused,) = report.refused
        assert (refused.id, "text" in refused.reason) == ("bad", True)
        assert retriever.statistics().pending == 1
        with pytest.raises(InvalidDocument, match="bad"):
            retriever.complete(on_error="raise")


def test_mentions_that_came_with_a_document_are_kept(waiting, encoder):
    waiting.put("a", TEXT, mentions=[{"start": 27, "end": 38, "surface": "Nova Scotia"}])
    waiting.put("b", TEXT, mentions=[{"start": 0, "end": 4_000}])
    waiting.put("c", TEXT, mentions={"start": 0, "end": 8})
    with Retriever.open(waiting.target, encoder=encoder) as retriever:
        report = retriever.complete()
        assert (report.documents, [own.id for own in report.refused]) == (2, ["b"])
        first, _, third = retriever.get(["a", "b", "c"])
    assert [mention.surface for mention in first.mentions] == ["Nova Scotia"]
    assert [mention.surface for mention in third.mentions] == ["Michelin"]
    assert stored(waiting)["a"].mentions_from == "given"


def test_fields_in_a_list_of_objects_are_the_values_of_all(waiting, encoder):
    waiting.put("a", TEXT, fields=[{"year": 1971, "lang": "en"}, {"year": 1972}])
    with Retriever.open(waiting.target, encoder=encoder) as retriever:
        assert retriever.complete().documents == 1
        assert retriever.get("a")[0].fields == {"year": [1971, 1972], "lang": "en"}
        assert retriever.rebuild(encoder).documents == 1


def test_one_with_a_routing_is_refused_and_no_second_one_is_written(waiting, encoder):
    where = f"/{waiting.name}/_doc/a?refresh=true&routing=x&pipeline={waiting.name}"
    waiting.node.request("PUT", where, {"text": TEXT})
    with Retriever.open(waiting.target, encoder=encoder) as retriever:
        (refused,) = retriever.complete().refused
        assert (refused.id, "routing" in refused.reason) == ("a", True)
        assert retriever.count() == 1


def test_on_several_shards_too(bare, encoder):
    Retriever.create(bare.target, encoder=encoder, settings={"number_of_shards": 3}).close()
    bare.node.request("PUT", f"/_ingest/pipeline/{bare.name}", ingest_pipeline(None))
    for n in range(20):
        bare.write(str(n), {"text": f"plant {n}"}, bare.name)
    with Retriever.open(bare.target, encoder=encoder) as retriever:
        assert (retriever.complete().documents, retriever.statistics().pending) == (20, 0)
    bare.node.request("DELETE", f"/_ingest/pipeline/{bare.name}")


def test_a_rebuild_of_somebody_elses_meanwhile_overwrites_nothing(waiting, encoder):
    for n in range(3):
        waiting.put(str(n), TEXT)

    class Rebuilding(FakeEncoder):
        def encode(self, texts, spans=None):
            with Retriever.open(waiting.target, encoder=encoder) as other:
                other.rebuild(encoder)
                other.index([{"id": "0", "text": "Somebody wrote this meanwhile."}])
            return super().encode(texts, spans)

    with Retriever.open(waiting.target, encoder=Rebuilding()) as retriever:
        report = retriever.complete()
        assert (report.documents, report.changed) == (0, 3)
        assert retriever.get("0")[0].text == "Somebody wrote this meanwhile."
        assert retriever.statistics().pending == 0


def test_many_are_done_batch_by_batch_with_their_progress(waiting, encoder):
    count = 1_100
    lines = [line for n in range(count) for line in ({"index": {"_id": str(n)}}, {"text": f"plant {n}"})]
    body = "".join(f"{json.dumps(line)}\n" for line in lines)
    waiting.node.request("POST", f"/{waiting.name}/_bulk?refresh=true&pipeline={waiting.name}", body)
    seen = []
    with Retriever.open(waiting.target, encoder=encoder) as retriever:
        report = retriever.complete(progress=lambda so_far: seen.append(so_far.documents))
        assert (report.documents, retriever.statistics().pending) == (count, 0)
    assert seen == [512, 1_024, 1_100]


async def test_it_can_be_awaited(waiting, encoder):
    waiting.put("a", TEXT)
    async with await AsyncRetriever.open(waiting.target, encoder=encoder) as retriever:
        assert (await retriever.complete()).documents == 1
        assert (await retriever.statistics()).pending == 0


def test_in_a_folder_nothing_waits(tmp_path, encoder):
    with Retriever.create(tmp_path / "index", encoder=encoder) as retriever:
        retriever.index([TEXT])
        assert retriever.complete().documents == 0


def test_the_command_says_what_it_did(hybrid, bare):
    set_up(bare.target)
    bare.node.request("PUT", f"/_ingest/pipeline/{bare.name}", ingest_pipeline(None))
    try:
        bare.write("a", {"text": TEXT}, bare.name)
        assert "until `hybrid complete` has run" in hybrid("find", bare.target, "plant", "--how", "lexical").err
        result = hybrid("complete", bare.target)
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith("1 documents completed with 2 mentions in ")
        assert hybrid("find", bare.target, "tyre maker", "--how", "typed").err == ""
        bare.write("b", {"text": " "}, bare.name)
        refused = hybrid("complete", bare.target, "--quiet")
        assert (refused.code, refused.out) == (1, "")
        assert refused.err.startswith("Refused: document 'b'")
        as_json = json.loads(hybrid("complete", bare.target, "--json").out)
        assert (as_json["documents"], [own["id"] for own in as_json["refused"]]) == (0, ["b"])
    finally:
        bare.node.request("DELETE", f"/_ingest/pipeline/{bare.name}")
