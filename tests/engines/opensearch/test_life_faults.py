"""Making and rebuilding an index while answers get lost, builders die and others write: one whole index at any time."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from faulty_proxy import Answer, Change, Drop, Hang, Pass

from hybrid import Document, Retriever
from hybrid.engines.opensearch import generations
from hybrid.engines.opensearch.creating import creation
from hybrid.errors import (
    EncoderError,
    HybridError,
    IndexExists,
    IndexLocked,
    IndexStateError,
    InvalidDocument,
    ServerError,
    ServerUnavailable,
    StorageError,
)
from hybrid.testing import FakeEncoder

PAGE = b"<html>502 Bad Gateway</html>"
# Answers that get lost on their way from a server that has done what was asked.
LOST = {
    "no answer": Pass(cut=0),
    "half an answer": Pass(cut=120),
    "hangs": Hang(9, forward=True),
    "a page": Change(lambda _: PAGE),
    "502": Change(lambda _: PAGE, 502),
}


def plants(make, number=8, text="plant"):
    return [make.encoded(str(n), f"{text} {n}", {text: (1, n, 0)}, (1, n)) for n in range(number)]


def texts(number=8, text="plant"):
    return {str(n): f"{text} {n}" for n in range(number)}


@pytest.fixture
def engine(place, proxy, engines, make, hurried, timeout):
    """Eight documents, reached through the proxy."""
    made = engines.create(place.behind(proxy), make.meta())
    made.write(plants(make))
    made.refresh()
    proxy.seen.clear()
    return made


def rebuild(engine, documents):
    with engine.rebuild(engine.meta) as fresh:
        fresh.write(documents)


def as_before(place, number=8):
    """The first generation alone, with all of its documents, and everybody may write."""
    assert place.indices() == [f"{place.name}-000001"]
    assert "blocks" not in place.settings()
    assert place.texts() == texts(number)


def as_rebuilt(place, generation=2, text="factory"):
    """The next generation alone, with its documents, behind every alias."""
    index = f"{place.name}-{generation:06}"
    assert place.indices() == [index]
    assert "blocks" not in place.settings()
    assert place.texts() == texts(8, text)
    ((_, aliases),) = place.aliases().items()
    assert aliases[0] == place.name
    assert [alias.rpartition("-")[0] for alias in aliases[1:]] == [f"{index}-write"]
    assert "build" not in place.ask("GET", "/_mapping")[index]["mappings"]["_meta"]["hybrid"]


# Answers are lost.


@pytest.mark.parametrize("kind", LOST)
def test_an_index_whose_creation_was_answered_by_nobody_is_made_once(kind, place, proxy, engines, make, timeout):
    proxy.once(f"/{place.name}-000001", LOST[kind])
    engine = engines.create(place.behind(proxy), make.meta())
    engine.write(plants(make))
    as_before(place)
    with pytest.raises(IndexExists):
        engines.create(place.behind(proxy), make.meta())


@pytest.mark.parametrize("act", [Drop(), Hang(9), Answer(503, PAGE)], ids=["drop", "hang", "503"])
def test_an_index_that_was_not_made_is_an_error(act, place, proxy, engines, make, timeout, clock):
    proxy.always(f"/{place.name}-000001", act)
    with pytest.raises(ServerUnavailable) as caught:
        engines.create(place.behind(proxy), make.meta())
    assert str(caught.value).startswith(f"{place.behind(proxy)}: ")
    assert clock() < 4
    assert place.indices() == []
    proxy.rules.clear()
    engines.create(place.behind(proxy), make.meta()).write(plants(make))
    as_before(place)


@pytest.mark.parametrize("kind", LOST)
def test_a_swap_whose_answer_was_lost_is_noticed_as_done(kind, engine, place, proxy, make):
    proxy.once("/_aliases", LOST[kind])
    rebuild(engine, plants(make, text="factory"))
    assert proxy.count("/_aliases") == 1
    as_rebuilt(place)
    assert len(engine.search(make.bound("typed"))) == 8
    assert engine.write(plants(make, text="factory")).items[0].status == "replaced"


@pytest.mark.parametrize("act", [Drop(), Hang(9), Answer(503, PAGE)], ids=["drop", "hang", "503"])
def test_a_swap_that_was_not_done_leaves_everything_as_it_was(act, engine, place, proxy, make):
    proxy.once("/_aliases", act)
    with pytest.raises(ServerUnavailable, match=rf"{place.behind(proxy)}: "):
        rebuild(engine, plants(make, text="factory"))
    as_before(place)
    rebuild(engine, plants(make, text="factory"))
    as_rebuilt(place)


@pytest.mark.parametrize("kind", ["no answer", "hangs", "502"])
@pytest.mark.parametrize("step", ["-000002", "_block/write", "-000002/_settings", "-000002/_refresh", "/_mget"])
def test_whichever_answer_of_a_rebuild_is_lost_one_whole_index_is_left(kind, step, engine, place, proxy, make):
    proxy.once(step, LOST[kind])
    try:
        rebuild(engine, plants(make, text="factory"))
    except ServerError as error:
        assert str(error).startswith(f"{place.behind(proxy)}: ")
        as_before(place)
        rebuild(engine, plants(make, text="factory"))  # nothing of the first try is in the way
    as_rebuilt(place, generation=int(place.indices()[0][-1]))
    assert engine.write(plants(make, text="factory")).items[0].status == "replaced"


def test_a_swap_that_the_server_does_after_we_gave_it_up_comes_too_late(engine, place, proxy, make):
    kept = []

    def keep(seen):
        if seen.is_for("/_aliases") and not kept:
            kept.append(seen)
            return Drop()
        return None

    proxy.rules.append(keep)
    with pytest.raises(ServerUnavailable):
        rebuild(engine, plants(make, text="factory"))
    engine.write(plants(make, 9)[8:])
    with pytest.raises(HybridError, match=r"40[04] "):
        place.node.request("POST", "/_aliases", kept[0].body)
    as_before(place, 9)


def test_a_swap_that_the_server_does_while_we_give_it_up_is_not_taken_back(engine, place, proxy, make):
    """What we take away then is no build any more, but the index."""
    kept = []

    def late(seen):
        if not seen.is_for("/_aliases"):
            return None
        kept.append(seen)
        if len(kept) == 2:
            place.node.request("POST", "/_aliases", kept[0].body)
        return Drop() if len(kept) == 1 else None

    proxy.rules.append(late)
    with pytest.raises(ServerUnavailable):
        rebuild(engine, plants(make, text="factory"))
    assert len(kept) == 2
    assert place.indices() == [f"{place.name}-000002"]
    assert place.texts() == texts(8, "factory")
    assert engine.write(plants(make, text="factory")).items[0].status == "replaced"


def test_what_a_builder_cannot_take_back_is_taken_away_by_the_next_write(engine, place, proxy, make):
    proxy.always("/_aliases", Drop())
    with pytest.raises(ServerUnavailable):
        rebuild(engine, plants(make, text="factory"))
    assert place.indices() == [f"{place.name}-000001", f"{place.name}-000002"]
    assert len(engine.search(make.bound("typed"))) == 8  # readers notice nothing
    proxy.rules.clear()
    assert engine.write(plants(make, 9)[8:]).items[0].status == "written"
    as_before(place, 9)


def test_what_a_builder_cannot_take_back_is_taken_away_by_the_next_rebuild(engine, place, proxy, make):
    proxy.always("/_aliases", Drop())
    with pytest.raises(ServerUnavailable):
        rebuild(engine, plants(make, text="factory"))
    proxy.rules.clear()
    rebuild(engine, plants(make, text="factory"))
    as_rebuilt(place, generation=3)


# Something goes wrong while the new generation is written.


class Failing(FakeEncoder):
    """Fails with the second batch."""

    calls = 0

    def encode(self, texts, spans=None):
        self.calls += 1
        if self.calls == 2:
            raise EncoderError("the model is gone")
        return super().encode(texts, spans)


def many(number=1_200):
    return [Document(str(n), f"plant {n}") for n in range(number)]


def test_an_encoder_that_fails_in_the_middle_leaves_everything_as_it_was(place):
    with Retriever.create(place.target, encoder=FakeEncoder(8)) as retriever:
        retriever.index(many())
        before = place.settings()
        with pytest.raises(EncoderError, match="the model is gone"):
            retriever.rebuild(Failing(8))
        assert place.settings() == before
        as_before(place, 1_200)
        assert retriever.index(many(1)).replaced == 1
        assert len(retriever.find("plant")) == 10


def test_a_document_that_is_refused_leaves_everything_as_it_was(place):
    with Retriever.create(place.target, encoder=FakeEncoder(8)) as retriever:
        retriever.index(many(8))
        place.ask("PUT", "/_doc/empty?refresh=true", {"text": " "})
        with pytest.raises(InvalidDocument, match="document 'empty'"):
            retriever.rebuild()
        assert place.indices() == [f"{place.name}-000001"]
        assert "blocks" not in place.settings()
        assert place.count() == 9


def test_an_interrupt_leaves_everything_as_it_was(engine, place, make):
    def interrupted():
        with engine.rebuild(engine.meta) as fresh:
            fresh.write(plants(make, text="factory"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    as_before(place)


# Others write, rebuild or block meanwhile.


def test_while_it_is_rebuilt_others_cannot_write_and_read_who_does(engine, place, engines, make):
    other = engines.open(place.target)
    with engine.rebuild(engine.meta) as fresh:
        fresh.write(plants(make, text="factory"))
        for attempt in (
            lambda: other.write(plants(make, 9)),
            lambda: other.write([make.encoded("x", fields={"year": 1})]),
            lambda: other.delete(["0"]),
            lambda: engine.write(plants(make, 9)),
            lambda: rebuild(other, plants(make)),
            lambda: rebuild(fresh, plants(make)),
        ):
            with pytest.raises(IndexLocked) as caught:
                attempt()
            assert "rebuilt" in str(caught.value)
        who = rf"rebuilt by process {os.getpid()}@{socket.gethostname()}, last heard of . s ago"
        with pytest.raises(IndexLocked, match=rf"{place.target}: the index is being {who}"):
            other.write(plants(make))
        assert place.texts() == texts()
    as_rebuilt(place)
    assert other.write(plants(make, text="factory")).items[0].status == "replaced"


def elsewhere(place, make, seen):
    """A build that a process of another machine has begun."""
    alias = f"{place.name}-000002-build-00c0ffee"
    request = creation(f"{place.name}-000002", place.name, make.meta(), {})
    body = json.loads(request.body)
    body["mappings"]["_meta"]["hybrid"]["build"] = {"by": "4711@elsewhere", "seen": seen}
    place.node.request("PUT", request.path, body | {"aliases": {alias: {}}})
    place.node.request("PUT", f"/{place.name}-000001/_block/write")


def test_a_build_of_another_machine_that_lives_is_waited_for(engine, place, make):
    elsewhere(place, make, time.time() - 60)
    words = "the index is being rebuilt by process 4711@elsewhere, last heard of 6. s ago; wait until that is done"
    for attempt in (
        lambda: engine.write(plants(make, 9)),
        lambda: engine.delete(["0"]),
        lambda: rebuild(engine, plants(make)),
    ):
        with pytest.raises(IndexLocked, match=words):
            attempt()
    assert place.indices() == [f"{place.name}-000001", f"{place.name}-000002"]
    assert place.texts() == texts()


@pytest.mark.parametrize("next_one", ["write", "delete", "rebuild"])
def test_a_build_of_another_machine_that_was_not_heard_of_for_long_is_given_up(next_one, engine, place, make):
    elsewhere(place, make, time.time() - generations.STALE - 1)
    if next_one == "write":
        engine.write(plants(make, 9)[8:])
        as_before(place, 9)
    elif next_one == "delete":
        assert engine.delete(["7"]) == 1
        as_before(place, 7)
    else:
        rebuild(engine, plants(make, text="factory"))
        as_rebuilt(place, generation=3)


@pytest.mark.parametrize("next_step", ["a write", "the swap"])
def test_a_builder_that_was_given_up_wrongly_learns_it_and_changes_nothing(
    next_step, engine, place, engines, make, monkeypatch
):
    other = engines.open(place.target)

    def overtaken():
        with engine.rebuild(engine.meta) as fresh:
            fresh.write(plants(make, text="nonsense"))
            with monkeypatch.context() as patched:
                patched.setattr(generations, "STALE", -1.0)
                rebuild(other, plants(make, text="factory"))
            if next_step == "a write":
                fresh.write(plants(make, text="nonsense"))

    with pytest.raises(IndexLocked, match=r"another rebuild took the place of this one, .*; nothing was changed"):
        overtaken()
    as_rebuilt(place, generation=3)


@pytest.mark.parametrize(
    ("block", "kind"), [("write", IndexLocked), ("read_only", StorageError), ("read_only_allow_delete", StorageError)]
)
def test_an_index_that_its_user_has_blocked_is_not_rebuilt_and_stays_blocked(block, kind, engine, place, make):
    place.block(block)
    for _ in range(2):
        words = rf"the index takes no writes \(index\.blocks\.{block}\), so it cannot be rebuilt; take that away first"
        with pytest.raises(kind, match=words):
            rebuild(engine, plants(make, text="factory"))
    assert place.settings()["blocks"] == {block: "true"}
    place.block(block, False)
    as_before(place)


def test_an_index_that_is_deleted_while_it_is_rebuilt_is_not_made_again_by_halves(engine, place, make):
    def deleted():
        with engine.rebuild(engine.meta) as fresh:
            fresh.write(plants(make, text="factory"))
            place.node.request("DELETE", f"/{place.name}-000001")

    with pytest.raises(IndexLocked, match="or the index was deleted"):
        deleted()
    assert place.indices() == []


# Readers notice nothing, and what people set stays.


def test_readers_notice_nothing_of_rebuilds(place, engines, make):
    documents = [make.encoded(str(n), f"plant {n}", {"plant": (1, n, 0)}, (1, n)) for n in range(50)]
    builder = engines.create(place.target, make.meta())
    builder.write(documents)
    builder.refresh()
    over, answers, failures = threading.Event(), [], []

    def ask(engine):
        # Fourteen hits with a mention each, of which the first is the document of the question.
        for legs in (("typed",), ("typed", "lexical", "dense"), ("lexical",)):
            hits = engine.search(make.bound(*legs, k=14))
            assert len(hits) == 14
            assert not hits.warnings
            if legs[0] == "typed":
                assert hits[0].id == "0"
                assert all(hit.mentions and hit.mentions[0].surface == "plant" for hit in hits)
        assert engine.get(["7", "none"])[0].text == "plant 7"
        assert engine.existing(["7", "none"]) == {"7"}
        assert engine.statistics().documents == 50

    def reader(engine):
        while not over.is_set():
            try:
                ask(engine)
                answers.append(1)
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
                failures.append(error)

    threads = [threading.Thread(target=reader, args=(engine,)) for engine in (builder, engines.open(place.target))]
    for thread in threads:
        thread.start()
    for _ in range(6):
        rebuild(builder, documents)
    over.set()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]
    assert len(answers) > 10
    assert place.indices() == [f"{place.name}-000007"]
    assert place.count() == 50


def test_aliases_that_people_made_go_on_to_the_next_generation(engine, place, make):
    few, index = {"term": {"id": "3"}}, f"{place.name}-000001"
    actions = [
        {"add": {"index": index, "alias": f"{place.name}-few", "filter": few, "routing": "1"}},
        {"add": {"index": index, "alias": f"{place.name}-all"}},
    ]
    place.node.request("POST", "/_aliases", {"actions": actions})

    def counts():
        return [place.node.request("GET", f"/{place.name}-{view}/_count")["count"] for view in ("few", "all")]

    before = counts()
    rebuild(engine, plants(make, text="factory"))
    assert before == counts() == [1, 8]
    found = place.ask("GET", "/_alias")[f"{place.name}-000002"]["aliases"]
    assert found[f"{place.name}-few"] == {"filter": few, "index_routing": "1", "search_routing": "1"}
    with Retriever.open(f"{place.target}-few", encoder=False) as view:  # a view can be asked, too
        assert [hit.id for hit in view.find("factory")] == ["3"]


@pytest.mark.parametrize("filter", [{}, {"filter": {"term": {"id": "3"}}}], ids=["whole", "filtered"])
def test_a_view_is_not_rebuilt_for_it_may_be_a_part_of_the_index(filter, engine, place, engines, make):
    view = {"index": f"{place.name}-000001", "alias": f"{place.name}-view", **filter}
    place.node.request("POST", "/_aliases", {"actions": [{"add": view}]})
    through = engines.open(f"{place.target}-view")
    with pytest.raises(IndexStateError, match=rf"a view of the index {place.name}, perhaps with a filter; name the"):
        rebuild(through, plants(make, text="factory"))
    as_before(place)


def test_an_alias_that_somebody_makes_meanwhile_goes_on_too(engine, place, make):
    late = {"index": f"{place.name}-000001", "alias": f"{place.name}-late"}
    with engine.rebuild(engine.meta) as fresh:
        fresh.write(plants(make, text="factory"))
        place.node.request("POST", "/_aliases", {"actions": [{"add": late}]})
    assert {place.name, f"{place.name}-late"} < set(place.aliases()[f"{place.name}-000002"])


def test_what_people_set_and_mapped_by_hand_goes_on_to_the_next_generation(place, engines, make):
    given = {"max_result_window": 50_000, "translog.durability": "async", "mapping": {"total_fields": {"limit": 2_000}}}
    engine = engines.create(place.target, make.meta(), **given, similarity={"default": {"type": "BM25", "b": 0.5}})
    by_hand = {"when": {"type": "date"}, "where": {"type": "geo_point"}}
    place.ask("PUT", "/_mapping", {"properties": {"fields": {"properties": by_hand}}})
    engine.write([make.encoded("a", fields={"when": "2026-01-02", "year": 1})])
    engine.refresh()
    own = ("uuid", "version", "creation_date", "provided_name")

    def there():
        ((_, found),) = place.ask("GET").items()
        settings = {name: value for name, value in found["settings"]["index"].items() if name not in own}
        return settings, found["mappings"]

    before = there()
    assert before[0]["mapping"]["total_fields"]["limit"] == "2000"
    rebuild(engine, list(engine.scan()))
    assert there() == before
    assert place.indices() == [f"{place.name}-000002"]


@pytest.mark.parametrize(
    "settings",
    [
        {"number_of_replicas": 2, "refresh_interval": "7s"},
        {"auto_expand_replicas": "0-all", "refresh_interval": "-1"},
        {"refresh_interval": "1s"},
    ],
    ids=str,
)
def test_settings_are_relaxed_on_what_nobody_sees_alone(settings, place, proxy, engines, make):
    engine = engines.create(place.behind(proxy), make.meta(), **settings)
    engine.write(plants(make))
    kept = ("number_of_replicas", "auto_expand_replicas", "refresh_interval")

    def these(index):
        found = place.settings(index)
        return {name: found[name] for name in kept if name in found}

    before, seen_at_swap = these(place.name), []

    def at_swap(seen):
        if seen.is_for("/_aliases"):
            seen_at_swap.append(these(f"{place.name}-000002"))
        return

    proxy.rules.append(at_swap)
    with engine.rebuild(engine.meta) as fresh:
        fresh.write(plants(make, text="factory"))
        assert these(f"{place.name}-000001") == before
        relaxed = these(f"{place.name}-000002")
        assert (relaxed["refresh_interval"], relaxed["number_of_replicas"]) == ("-1", "0")
        assert place.aliases()[f"{place.name}-000001"][0] == place.name
        assert place.name not in place.aliases()[f"{place.name}-000002"]
    # Before anybody sees it, it is as the old one was.
    assert seen_at_swap == [before] == [these(place.name)]
    as_rebuilt(place)


# The process that rebuilds is killed.

BUILDER = """
import sys, time
from hybrid import Document, Retriever
from hybrid.testing import FakeEncoder

class Slow(FakeEncoder):
    def encode(self, texts, spans=None):
        print("encoding", flush=True)
        time.sleep(0.2)
        return super().encode(texts, spans)

with Retriever.open(sys.argv[1], encoder=Slow(8)) as retriever:
    retriever.rebuild()
print("done", flush=True)
"""


@pytest.mark.parametrize("next_one", ["write", "rebuild"])
def test_a_builder_that_was_killed_leaves_the_old_index_and_the_next_one_takes_over(next_one, place):
    with Retriever.create(place.target, encoder=FakeEncoder(8)) as retriever:
        retriever.index(many())
        command = [sys.executable, "-c", BUILDER, place.target]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as builder:
            assert builder.stdout.readline() == "encoding\n"
            assert builder.stdout.readline() == "encoding\n"
            assert len(retriever.find("plant")) == 10
            with pytest.raises(IndexLocked, match=rf"by process {builder.pid}@"):
                retriever.index(many(1))
            builder.send_signal(signal.SIGKILL)
            builder.wait()
            assert "done" not in builder.stdout.read()
        assert place.indices() == [f"{place.name}-000001", f"{place.name}-000002"]
        assert place.settings()["blocks"] == {"write": "true"}
        assert place.texts() == texts(1_200)
        assert len(retriever.find("plant")) == 10
        if next_one == "write":
            assert retriever.index([Document("new", "plant new", fields={"year": 1})]).documents == 1
            assert place.indices() == [f"{place.name}-000001"]
            assert place.count() == retriever.count() == 1_201
        else:
            assert retriever.rebuild().documents == 1_200
            assert place.indices() == [f"{place.name}-000003"]
            assert place.count() == retriever.count() == 1_200
        assert "blocks" not in place.settings()
