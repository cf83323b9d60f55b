"""What stands between a question and its answer: never a wrong one, never half of one, always an error that helps."""

from __future__ import annotations

import json

import pytest
from faulty_proxy import Answer, Change, Drop, Hang, Pass

from hybrid.engines.opensearch import writing
from hybrid.engines.opensearch.creating import creation
from hybrid.errors import ServerError, ServerUnavailable

BUSY = {"error": {"type": "rejected_execution_exception", "reason": "rejected execution of search"}, "status": 429}
PAGE = b"<html><body><h1>Sign in</h1></body></html>"


def plants(make, number=4):
    return [make.encoded(str(n), f"plant {n}", {"plant": (1, n, 0)}, (1, n)) for n in range(number)]


def ids(hits):
    return {hit.id for hit in hits}


@pytest.fixture
def engine(place, proxy, engines, make):
    """Four documents, reached through the proxy, and counted a moment ago."""
    made = engines.create(place.behind(proxy), make.meta())
    made.write(plants(make))
    made.refresh()
    made.statistics()
    proxy.seen.clear()
    return made


# The server is too busy, or away.


@pytest.mark.parametrize(
    "act", [Answer(429, json.dumps(BUSY).encode()), Answer(503, PAGE), Drop(), Pass(cut=0), Pass(cut=300)], ids=str
)
def test_a_question_that_fails_for_a_moment_is_asked_again(act, engine, proxy, make, hurried):
    proxy.once("/_search", act)
    assert ids(engine.search(make.bound("typed"))) == {"0", "1", "2", "3"}
    assert proxy.count("/_search") == 2


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (Answer(429, json.dumps(BUSY).encode()), "the server cannot do this now (429): rejected execution of search"),
        (Answer(502, PAGE), "the server cannot do this now (502): it says no more"),
        (Drop(), "broke off before the answer"),
    ],
    ids=["429", "502", "drop"],
)
def test_a_server_that_cannot_answer_is_an_error_soon(act, words, engine, proxy, place, make, clock):
    proxy.always("/_search", act)
    began = clock()
    for ask in (lambda: engine.search(make.bound("typed")), engine.statistics):
        with pytest.raises(ServerUnavailable) as caught:
            ask()
        assert str(caught.value).startswith(f"{place.behind(proxy)}: ")
        assert words in str(caught.value)
    assert clock() - began < 4
    proxy.rules.clear()
    assert len(engine.search(make.bound("typed"))) == place.count() == 4


@pytest.mark.parametrize("forward", [True, False])
def test_a_question_that_the_server_hangs_over_is_asked_once(
    forward, place, proxy, engines, make, timeout, clock, hurried
):
    engine = engines.create(place.behind(proxy), make.meta())
    engine.write(plants(make))
    engine.refresh()
    engine.statistics()
    proxy.seen.clear()
    proxy.always("/_search", Hang(9, forward))
    began = clock()
    with pytest.raises(ServerUnavailable) as caught:
        engine.search(make.bound("typed"))
    assert str(caught.value) == f"{place.behind(proxy)}: http://{proxy.url} did not answer in time"
    assert clock() - began < 2
    assert len(proxy.seen) == 1
    proxy.rules.clear()
    assert len(engine.search(make.bound("typed"))) == 4


def test_a_server_that_is_away_is_an_error_that_names_it(place, engines, make):
    engine = engines.create(place.target, make.meta())
    with pytest.raises(ServerUnavailable, match=r"opensearch://127\.0\.0\.1:1/news: nothing answers at http://127"):
        engines.open("opensearch://user:secret@127.0.0.1:1/news")
    assert len(engine.search(make.bound("lexical"))) == 0


# An answer that cannot be read.

ODD = {
    "a page": lambda _: PAGE,
    "nothing": lambda _: b"",
    "null": lambda _: b"null",
    "a list": lambda _: b"[]",
    "an empty object": lambda _: b"{}",
    "half of the JSON": lambda answer: answer[: len(answer) // 2],
    "not UTF-8": lambda _: b'{"took": "\xff\xfe"}',
}


@pytest.mark.parametrize("kind", ODD)
def test_an_answer_that_cannot_be_read_is_an_error_and_never_an_empty_answer(
    kind, engine, proxy, place, engines, make, hurried
):
    reads = {
        "/_search": [lambda: engine.search(make.bound("typed")), engine.statistics, engine.centroids],
        "/_msearch": [lambda: engine.search(make.bound("typed", "lexical"))],
        "/_mget": [lambda: engine.get(["0"]), lambda: engine.existing(["0"])],
        "/_stats/store": [engine.statistics],
        "/_search/point_in_time": [lambda: list(engine.scan())],
        f"/{place.name}": [lambda: engines.open(place.behind(proxy)), engine.refresh],
        "/": [lambda: engines.open(place.behind(proxy))],
    }
    for ending, asks in reads.items():
        for ask in asks:
            proxy.rules.clear()
            if ending == "/":
                proxy.rules.append(lambda seen: Change(ODD[kind]) if seen.path == "/" else None)
            else:
                proxy.always(ending, Change(ODD[kind]))
            with pytest.raises(ServerError) as caught:
                ask()
            message = str(caught.value)
            assert message.startswith(f"{place.behind(proxy)}: "), message
            assert "proxy" in message or "no OpenSearch" in message or "no numbers" in message, message
    proxy.rules.clear()
    assert len(engine.search(make.bound("typed", "lexical"))) == place.count() == 4


def test_an_answer_that_lacks_a_part_is_an_error(engine, proxy, place, make, hurried):
    """A shard that is missing while a second request is run would be missing without a word."""

    def one_shard_less(answer):
        found = json.loads(answer)
        for part in found["responses"]:
            part["_shards"]["successful"] -= 1
        return json.dumps(found).encode()

    proxy.always("/_msearch", Change(one_shard_less))
    with pytest.raises(ServerUnavailable, match="a part of the index is not there now: not all shards answered"):
        engine.search(make.bound("typed", "lexical"))
    assert place.count() == 4


# Parts of the index are missing (the cluster is red).


@pytest.fixture
def impatient(monkeypatch, hurried):
    """The server waits a moment for a part of the index, where it would wait for ten seconds."""
    monkeypatch.setattr(writing, "SHARD_WAIT", "100ms")


def red(place, make, **settings):
    """An index of which parts are nowhere."""
    request = creation(f"{place.name}-000001", place.name, make.meta(), {"refresh_interval": "-1", **settings})
    place.node.request("PUT", f"{request.path}?wait_for_active_shards=0", json.loads(request.body))


def unavailable(place, *asks):
    for ask in asks:
        with pytest.raises(ServerUnavailable) as caught:
            ask()
        message = str(caught.value)
        assert message.startswith(f"{place.target}: a part of the index is not there now: "), message
        assert "GET /_cluster/allocation/explain says why" in message


def test_an_index_that_is_nowhere_is_an_error_for_readers_and_writers(place, engines, make, impatient, clock):
    red(place, make, **{"routing.allocation.require._name": "nowhere"})
    engine = engines.open(place.target)
    began = clock()
    unavailable(
        place,
        lambda: engine.search(make.bound("typed")),
        lambda: engine.search(make.bound("typed", "lexical")),
        engine.statistics,
        engine.centroids,
        lambda: engine.get(["0"]),
        lambda: engine.existing(["0"]),
        lambda: list(engine.scan()),
        lambda: list(engine.documents()),
        engine.refresh,
    )
    assert clock() - began < 10
    for write in (lambda: engine.write(plants(make)), lambda: engine.delete(["0"])):
        unavailable(place, write)
        with pytest.raises(ServerUnavailable, match=r"primary shard is not active.*; 0 of . documents of this batch"):
            write()
    assert clock() - began < 15
    place.ask("PUT", "/_settings", {"index.routing.allocation.require._name": None})
    place.node.request("GET", f"/_cluster/health/{place.name}?wait_for_status=yellow&timeout=30s")
    assert len(engine.write(plants(make)).items) == place.count() == 4


def test_a_writer_waits_for_a_part_that_comes_back(place, engines, make):
    red(place, make, **{"routing.allocation.require._name": "nowhere"})
    engine = engines.open(place.target)
    from threading import Timer

    back = {"index.routing.allocation.require._name": None}
    timer = Timer(0.5, lambda: place.ask("PUT", "/_settings", back))
    timer.start()
    assert {item.status for item in engine.write(plants(make)).items} == {"written"}
    timer.join()
    assert place.count() == 4


def test_an_index_of_which_half_is_missing_gives_no_half_answers(place, engines, make, impatient, clock):
    began = clock()
    red(place, make, number_of_shards=2, **{"routing.allocation.total_shards_per_node": 1})
    engine = engines.open(place.target)
    with pytest.raises(ServerUnavailable, match=r"; \d+ of 20 documents of this batch were done before it"):
        engine.write(plants(make, 20))
    there = place.ask("POST", "/_mget", {"ids": [str(n) for n in range(20)]})["docs"]
    present = next(entry["_id"] for entry in there if entry.get("found"))
    missing = next(entry["_id"] for entry in there if "error" in entry)
    assert engine.get([present])[0].id == present
    assert engine.existing([present]) == {present}
    unavailable(
        place,
        lambda: engine.search(make.bound("typed")),
        lambda: engine.search(make.bound("typed", "lexical")),
        engine.statistics,
        engine.centroids,
        lambda: engine.get([present, missing]),
        lambda: engine.existing([present, missing]),
        lambda: list(engine.scan()),
        engine.refresh,
    )
    assert clock() - began < 15
    place.ask("PUT", "/_settings", {"index.routing.allocation.total_shards_per_node": 2})
    place.node.request("GET", f"/_cluster/health/{place.name}?wait_for_status=yellow&timeout=30s")
    engine.write(plants(make, 20))
    engine.refresh()
    assert engine.statistics().documents == place.count() == 20


def test_a_red_index_is_not_rebuilt_and_nothing_of_the_try_is_left(place, engines, make, impatient, clock):
    red(place, make, number_of_shards=2, **{"routing.allocation.total_shards_per_node": 1})
    engine = engines.open(place.target)

    def rebuild():
        with engine.rebuild(engine.meta) as fresh:
            fresh.write(list(engine.scan()))

    began = clock()
    unavailable(place, rebuild)
    assert clock() - began < 5
    assert place.indices() == [f"{place.name}-000001"]
    assert "blocks" not in place.settings()


# The index is rebuilt while it is asked.


def rebuilt(engine, make, documents):
    with engine.rebuild(make.meta()) as fresh:
        fresh.write(documents)


def test_a_rebuild_between_the_two_requests_of_a_question_goes_unnoticed(engine, proxy, place, engines, make):
    other = engines.open(place.target)
    turned = [make.encoded("0", "a plant and a factory", {"plant": (1, 0, 0), "factory": (0, 1, 0)}, (1, 0))]
    done = []

    def in_between(seen):
        if seen.is_for("/_msearch") and not done:
            done.append(seen)
            rebuilt(other, make, turned)
        return

    proxy.rules.append(in_between)
    (hit,) = engine.search(make.bound("typed", "lexical"))
    assert done
    assert (hit.id, hit.document.text) == ("0", "a plant and a factory")
    assert [match.surface for match in hit.mentions] == ["plant", "factory"]


def test_an_index_that_is_taken_away_under_a_question_is_asked_anew(engine, proxy, place, engines, make):
    """What a search says whose index goes while it runs."""
    gone = {"type": "index_not_found_exception", "reason": f"no such index [{place.name}-000001]"}
    other = engines.open(place.target)
    done = []

    def in_between(seen):
        if not seen.is_for("/_search") or done:
            return None
        done.append(seen)
        rebuilt(other, make, plants(make))
        return Answer(404, json.dumps({"error": {"root_cause": [gone], **gone}, "status": 404}).encode())

    proxy.rules.append(in_between)
    assert ids(engine.search(make.bound("typed"))) == {"0", "1", "2", "3"}
    assert done
    assert place.indices() == [f"{place.name}-000002"]
