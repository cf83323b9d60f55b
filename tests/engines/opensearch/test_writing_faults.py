"""What stands between a document and the index: each fault ends with what the user reads, and with what is there."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from faulty_proxy import Answer, Change, Drop, Hang, Pass

from hybrid import Retriever
from hybrid.engines.opensearch import bulk, transport
from hybrid.engines.opensearch.retrying import Backoff
from hybrid.errors import AccessDenied, IndexLocked, ServerError, ServerUnavailable, StorageError
from hybrid.testing import FakeEncoder

BUSY = {"type": "rejected_execution_exception", "reason": "rejected execution of coordinating operation"}
BUSY_ANSWER = json.dumps({"error": {"root_cause": [BUSY], **BUSY}, "status": 429}).encode()
PAGE = b"<html><body><h1>Sign in</h1></body></html>"


def batch(make, number=20, first=0, **options):
    return [make.encoded(str(n), f"text {n}", **options) for n in range(first, first + number)]


def texts(number=20):
    return {str(n): f"text {n}" for n in range(number)}


def statuses(report):
    return {item.status for item in report.items}


def operations(body):
    """The documents of a bulk's body: id and both lines."""
    lines = body.splitlines(keepends=True)
    return [(json.loads(lines[at])["index"]["_id"], lines[at] + lines[at + 1]) for at in range(0, len(lines), 2)]


@pytest.fixture
def engine(place, proxy, engines, make):
    """An empty index that is reached through the proxy."""
    return engines.create(place.behind(proxy), make.meta())


# The server is too busy.


def test_a_request_that_meets_a_busy_server_is_sent_again(engine, proxy, place, make, hurried):
    proxy.once("/_bulk", Answer(429, BUSY_ANSWER), times=hurried - 1)
    assert statuses(engine.write(batch(make))) == {"written"}
    assert proxy.count("/_bulk") == hurried
    assert place.texts() == texts()


@pytest.mark.parametrize(("asked", "least"), [("1", 1.0), ("900", 1.5), ("Wed, 21 Oct 2099 07:28:00 GMT", 0.0)])
def test_it_waits_as_long_as_the_server_asks_for_up_to_a_limit(
    asked, least, engine, proxy, place, make, clock, monkeypatch
):
    monkeypatch.setattr(bulk, "WRITING", Backoff(attempts=2, base=0.01, cap=1.5))
    proxy.once("/_bulk", Answer(429, BUSY_ANSWER, (("content-type", "application/json"), ("Retry-After", asked))))
    began = clock()
    assert statuses(engine.write(batch(make))) == {"written"}
    assert least <= clock() - began < least + 1.5
    assert place.texts() == texts()


def test_only_the_documents_that_met_a_busy_server_are_sent_again(engine, proxy, place, make, hurried):
    sent = []

    def every_second_one_is_refused(seen):
        """A server with room for half of a bulk."""
        if not seen.is_for("/_bulk"):
            return None
        found = operations(seen.body)
        sent.append([id for id, _ in found])
        if len(sent) > 1:
            return None
        taken = [lines for _, lines in found[::2]]
        items = iter(place.ask("POST", "/_bulk", b"".join(taken))["items"])
        busy = [{"index": {"_id": id, "status": 429, "error": BUSY}} for id, _ in found]
        answer = [busy[at] if at % 2 else next(items) for at in range(len(found))]
        return Answer(200, json.dumps({"errors": True, "items": answer}).encode())

    proxy.rules.append(every_second_one_is_refused)
    assert statuses(engine.write(batch(make))) == {"written"}
    assert sent == [[str(n) for n in range(20)], [str(n) for n in range(1, 20, 2)]]
    assert place.texts() == texts()


@pytest.mark.parametrize("whole", [True, False], ids=["requests", "documents"])
def test_a_server_that_stays_busy_is_an_error_that_says_how_much_was_done(
    whole, engine, proxy, place, make, hurried, clock
):
    def busy(seen):
        if not seen.is_for("/_bulk"):
            return None
        found = operations(seen.body)
        if found[0][0] == "0":  # the first five hundred pass
            return None
        items = [{"index": {"_id": id, "status": 429, "error": BUSY}} for id, _ in found]
        return Answer(429, BUSY_ANSWER) if whole else Answer(200, json.dumps({"items": items}).encode())

    proxy.rules.append(busy)
    with pytest.raises(ServerUnavailable) as caught:
        engine.write(batch(make, 600))
    assert caught.value.status == 429
    assert str(caught.value) == (
        f"{place.behind(proxy)}: the server cannot do this now (429): rejected execution of coordinating operation; "
        "500 of 600 documents of this batch were done before it"
    )
    assert proxy.count("/_bulk") == 1 + hurried
    assert clock() < 10
    assert place.count() == 500
    proxy.rules.clear()
    assert engine.write(batch(make, 600)).items[599].status == "written"
    assert place.texts() == texts(600)


def test_a_server_with_little_room_takes_everything_in_time(version, fresh_opensearch_node, make, engines):
    """One thread that writes and a queue of one, for three writers with four requests each."""
    node = fresh_opensearch_node(version, settings={"thread_pool.write.size": 1, "thread_pool.write.queue_size": 1})
    target = f"opensearch://{node.url.removeprefix('http://')}/news"
    writers = [engines.create(target, make.meta()), engines.open(target), engines.open(target)]

    def write(number):
        first = number * 4_000
        return statuses(writers[number].write(batch(make, 4_000, first)))

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(write, range(3))) == [{"written"}] * 3
    pools = node.request("GET", "/_nodes/stats/thread_pool")["nodes"]
    assert sum(stats["thread_pool"]["write"]["rejected"] for stats in pools.values()) > 0
    node.request("POST", "/news/_refresh")
    assert node.request("GET", "/news/_count")["count"] == 12_000


# An answer is lost, and nobody knows whether the server has done what was asked.


@pytest.mark.parametrize(
    "act",
    [
        Pass(cut=0),
        Pass(cut=150),
        Pass(cut=400),
        Hang(9, forward=True),
        Change(lambda _: PAGE, 502),
        Change(lambda _: PAGE),
        Change(lambda answer: answer[: len(answer) // 2]),
        Change(lambda _: b""),
    ],
    ids=["no answer", "cut in the head", "cut in the body", "hangs", "502", "a page", "half of the JSON", "empty"],
)
def test_documents_whose_answer_was_lost_are_written_once_and_count_as_new(
    act, place, proxy, engines, make, hurried, timeout
):
    engine = engines.create(place.behind(proxy), make.meta())
    proxy.once("/_bulk", act)
    report = engine.write(batch(make))
    assert proxy.count("/_bulk") == 2
    assert [(item.id, item.status) for item in report.items] == [(str(n), "written") for n in range(20)]
    assert place.texts() == texts()
    assert {item.status for item in engine.write(batch(make)).items} == {"replaced"}


def test_only_the_part_whose_answer_was_lost_counts_as_new(place, proxy, engine, make, hurried):
    engine.write(batch(make, 600))
    lost = []

    def lose_the_first(seen):
        if not seen.is_for("/_bulk") or lost or operations(seen.body)[0][0] != "0":
            return None
        lost.append(seen)
        return Pass(cut=0)

    proxy.rules.append(lose_the_first)
    report = engine.write(batch(make, 600))
    assert [item.status for item in report.items] == ["written"] * 500 + ["replaced"] * 100
    assert place.texts() == texts(600)


@pytest.mark.parametrize("act", [Pass(cut=0), Pass(cut=300)])
def test_documents_whose_deletion_was_lost_count_as_deleted(act, engine, proxy, place, make, hurried):
    engine.write(batch(make))
    proxy.once("/_bulk", act)
    assert engine.delete([str(n) for n in range(5)]) == 5
    assert place.texts().keys() == {str(n) for n in range(5, 20)}


def test_a_server_that_never_answers_is_an_error_and_writing_again_completes(
    place, proxy, engines, make, timeout, monkeypatch, clock
):
    monkeypatch.setattr(bulk, "WRITING", Backoff(attempts=2, base=0.01, cap=0.05))
    engine = engines.create(place.behind(proxy), make.meta())
    proxy.always("/_bulk", Hang(9, forward=True))
    with pytest.raises(ServerUnavailable) as caught:
        engine.write(batch(make))
    assert str(caught.value) == (
        f"{place.behind(proxy)}: http://{proxy.url} did not answer in time; "
        "0 of 20 documents of this batch were done before it"
    )
    assert clock() < 10
    assert place.texts() == texts()  # it has written them, and we could not know
    proxy.rules.clear()
    assert len(engine.write(batch(make)).items) == place.count() == 20


def test_a_server_that_drops_every_connection_is_given_up_after_the_last_try(engine, place, proxy, make, hurried):
    proxy.always("/_bulk", Drop())
    with pytest.raises(ServerUnavailable, match="broke off before the answer"):
        engine.write(batch(make))
    assert proxy.count("/_bulk") == hurried
    assert place.count() == 0


# An answer that cannot be read.


def other_number(answer):
    return json.dumps({**json.loads(answer), "items": json.loads(answer)["items"][1:]}).encode()


def other_shape(answer):
    return json.dumps({"items": [{"index": {"_id": str(n)}} for n in range(20)]}).encode()


def no_objects(answer):
    return json.dumps({"items": [[] for _ in range(20)]}).encode()


ODD = {
    "a page": (lambda _: PAGE, "that is no JSON"),
    "another number": (other_number, "names other documents than were sent"),
    "no result": (other_shape, "names other documents than were sent"),
    "no objects": (no_objects, "names other documents than were sent"),
    "a list": (lambda _: b"[]", "names other documents than were sent"),
    "null": (lambda _: b"null", "names other documents than were sent"),
    "nothing": (lambda _: b"", "names other documents than were sent"),
    "not UTF-8": (lambda _: b'{"took": "\xff\xfe"}', "that is no JSON"),
    "half of the JSON": (lambda answer: answer[:100], "that is no JSON"),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_answer_that_cannot_be_read_is_an_error_that_names_it(kind, engine, proxy, place, make, hurried):
    change, words = ODD[kind]
    proxy.always("/_bulk", Change(change))
    with pytest.raises(ServerError) as caught:
        engine.write(batch(make))
    assert str(caught.value).startswith(f"{place.behind(proxy)}: ")
    assert words in str(caught.value)
    assert str(caught.value).endswith("; 0 of 20 documents of this batch were done before it")
    proxy.rules.clear()
    engine.write(batch(make))
    assert place.texts() == texts()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_that_stays_without_its_server_is_an_error(status, engine, proxy, place, make, hurried):
    proxy.always("/_bulk", Answer(status, PAGE, (("content-type", "text/html"),)))
    with pytest.raises(ServerUnavailable, match=rf"the server cannot do this now \({status}\)") as caught:
        engine.write(batch(make))
    assert "<html>" not in str(caught.value)
    assert place.count() == 0


# The mapping refuses documents.


def item_refused(kind, status, reason):
    """An answer in which the server refuses each document by itself."""

    def to(body):
        items = json.loads(body)["items"]
        error = {"type": kind, "reason": reason}
        changed = [{next(iter(item)): {"_id": "x", "status": status, "error": error}} for item in items]
        return json.dumps({"took": 1, "errors": True, "items": changed}).encode()

    return Change(to)


def test_who_may_not_write_reads_that_and_not_that_each_document_was_refused(place, proxy, engines, make):
    engine = engines.create(place.behind(proxy), make.meta())
    proxy.always("/_bulk", item_refused("security_exception", 403, "no permissions for [indices:data/write/index]"))
    for act in (lambda: engine.write([make.encoded("a")]), lambda: engine.delete(["a"])):
        with pytest.raises(AccessDenied, match=r"no permissions for .* of 1 documents of this batch were done"):
            act()


def test_a_document_that_cannot_be_deleted_is_an_error_and_not_nothing(place, proxy, engines, make):
    engine = engines.create(place.behind(proxy), make.meta())
    engine.write([make.encoded("a")])
    proxy.always("/_bulk", item_refused("routing_missing_exception", 400, "routing is required for [a]"))
    with pytest.raises(ServerError, match=r"a document was not deleted: the server refused it: routing is required"):
        engine.delete(["a"])


def test_what_ends_a_run_is_told_and_not_that_nothing_could_be_refreshed_after_it(place, proxy, hurried):
    with Retriever.create(place.behind(proxy), encoder=FakeEncoder(8)) as retriever:
        for path in ("/_bulk", "/_refresh"):
            proxy.always(path, Drop())
        with pytest.raises(ServerUnavailable, match=r"0 of 3 documents of this batch were done before it"):
            retriever.index(["one", "two", "three"])
        with pytest.raises(KeyboardInterrupt):
            retriever.index(interrupted())


def interrupted():
    yield "one"
    raise KeyboardInterrupt


class Late:
    """The first bulk reaches the server half a second late."""

    def __init__(self):
        self.bulks = 0

    def __call__(self, seen):
        self.bulks += seen.is_for("/_bulk")
        if seen.is_for("/_bulk") and self.bulks == 1:
            time.sleep(0.5)


def test_an_interrupted_write_has_ended_when_the_next_one_begins(place, proxy, engines, make, monkeypatch):
    engine = engines.create(place.behind(proxy), make.meta())
    proxy.rules.append(late := Late())

    def interrupt(*arguments):
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(transport, "wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        engine.write([make.encoded("a", "old")])
    engine.write([make.encoded("a", "new")])
    time.sleep(0.6)
    assert (late.bulks, place.texts()) == (2, {"a": "new"})


def refused(report):
    return {item.id: item.reason for item in report.items if item.status == "refused"}


def test_what_a_field_mapped_by_hand_refuses_is_reported_and_the_rest_is_written(engine, place, make):
    dates = {"properties": {"fields": {"properties": {"when": {"type": "date"}}}}}
    place.ask("PUT", "/_mapping", dates)
    values = ["2020-01-01" if n % 2 else "one day" for n in range(20)]
    for _ in range(2):  # before the engine has seen the mapping, and after
        report = engine.write([make.encoded(str(n), fields={"when": value}) for n, value in enumerate(values)])
        assert refused(report).keys() == {str(n) for n in range(0, 20, 2)}
        assert refused(report)["4"].startswith(
            "document '4': the server refused it: failed to parse field [fields.when]"
        )
        assert place.texts().keys() == {str(n) for n in range(1, 20, 2)}
        engine.refresh()
    assert engine.meta.fields == {}


def test_a_field_mapped_by_hand_does_not_keep_others_from_being_declared(engine, place, make):
    place.ask("PUT", "/_mapping", {"properties": {"fields": {"properties": {"when": {"type": "date"}}}}})
    report = engine.write([make.encoded("a", fields={"when": "one day"}), make.encoded("b", fields={"price": 1.5})])
    assert [item.status for item in report.items] == ["refused", "written"]
    assert engine.meta.fields == {"price": "float"}
    assert place.count() == 1


def test_a_number_out_of_range_refuses_its_document_alone(engine, place, make):
    place.ask("PUT", "/_mapping", {"properties": {"fields": {"properties": {"small": {"type": "byte"}}}}})
    report = engine.write([make.encoded(str(n), fields={"small": n * 100}) for n in range(4)])
    assert refused(report).keys() == {"2", "3"}
    assert "out of range" in refused(report)["2"].lower()
    assert place.texts().keys() == {"0", "1"}


def test_what_a_strict_mapping_does_not_know_refuses_its_document_alone(place, proxy, engines, make):
    """An index that somebody made from a mapping of his own, without the detector's scores."""
    from hybrid.engines.opensearch.creating import creation

    request = creation(f"{place.name}-000001", place.name, make.meta(), {})
    body = json.loads(request.body)
    del body["mappings"]["properties"]["mentions"]["properties"]["score"]
    place.node.request("PUT", request.path, body)
    engine = engines.open(place.behind(proxy))
    plain, scored = (
        make.encoded("a", "a plant", {"plant": (1, 0, 0)}),
        make.encoded("b", "a plant", {"plant": (1, 0, 0)}),
    )
    from dataclasses import replace

    mentions = (replace(scored.encoding.mentions[0], score=0.5),)
    scored = replace(scored, encoding=replace(scored.encoding, mentions=mentions))
    report = engine.write([plain, scored])
    assert refused(report).keys() == {"b"}
    assert "[score]" in refused(report)["b"]
    assert place.texts().keys() == {"a"}


def test_when_the_mapping_takes_no_more_fields_each_document_that_brings_one_is_refused(engine, place, make):
    place.ask("PUT", "/_settings", {"index.mapping.total_fields.limit": 30})
    report = engine.write(
        [
            make.encoded("a"),
            make.encoded("b", fields={f"f{n}": n for n in range(30)}),
            make.encoded("c"),
        ]
    )
    assert refused(report).keys() == {"b"}
    assert "Limit of total fields [30] has been exceeded" in refused(report)["b"]
    assert place.texts().keys() == {"a", "c"}


# The index takes no writes.


@pytest.mark.parametrize(
    ("block", "kind", "words"),
    [
        ("read_only_allow_delete", StorageError, "the server's disk is nearly full"),
        ("read_only", StorageError, "the index takes no writes: "),
        ("write", IndexLocked, "the index takes no writes (index.blocks.write)"),
    ],
)
def test_a_blocked_index_is_an_error_at_once(block, kind, words, engine, proxy, place, make, clock):
    engine.write(batch(make, 5))
    place.block(block)
    for attempt in (
        lambda: engine.write(batch(make, 20)),
        lambda: engine.write([make.encoded("new", fields={"year": 1})]),
        lambda: engine.delete(["0"]),
    ):
        proxy.seen.clear()
        began = clock()
        with pytest.raises(kind) as caught:
            attempt()
        assert str(caught.value).startswith(f"{place.behind(proxy)}: {words}")
        assert proxy.count("/_bulk") <= 1
        assert clock() - began < 2
        assert place.texts() == texts(5)
    place.block(block, False)
    assert statuses(engine.write(batch(make))) == {"written", "replaced"}
    assert place.texts() == texts()


def test_a_cluster_that_is_read_only_is_an_error_at_once(mortal, mortal_place, engines, make, clock):
    engine = engines.create(mortal_place.target, make.meta())
    engine.write(batch(make, 5))
    mortal.request("PUT", "/_cluster/settings", {"transient": {"cluster.blocks.read_only": True}})
    try:
        began = clock()
        for attempt in (
            lambda: engine.write(batch(make)),
            lambda: engines.create(f"{mortal_place.target}-b", make.meta()),
        ):
            with pytest.raises(StorageError, match=r"the cluster takes no writes: .*cluster read-only"):
                attempt()
        assert clock() - began < 2
    finally:
        mortal.request("PUT", "/_cluster/settings", {"transient": {"cluster.blocks.read_only": None}})
    assert mortal_place.texts() == texts(5)
    assert mortal_place.indices() == [f"{mortal_place.name}-000001"]


def test_a_disk_past_its_flood_stage_is_an_error_until_there_is_room(mortal, mortal_place, engines, make, clock):
    """What the server does by itself; it looks at its disk every ten seconds."""
    engine = engines.create(mortal_place.target, make.meta())
    engine.write(batch(make, 5))
    disk = "cluster.routing.allocation.disk"
    marks = {f"{disk}.watermark.{mark}": "100000gb" for mark in ("low", "high", "flood_stage")}
    mortal.request("PUT", "/_cluster/settings", {"transient": {f"{disk}.threshold_enabled": True, **marks}})
    try:
        while "blocks" not in mortal_place.settings():
            assert clock() < 60
            time.sleep(0.2)
        began = clock()
        with pytest.raises(StorageError, match="the server's disk is nearly full"):
            engine.write(batch(make))
        assert clock() - began < 2
    finally:
        # The server takes its blocks away in time; here nobody waits for that.
        settings = {f"{disk}.threshold_enabled": None, **dict.fromkeys(marks), "cluster.blocks.create_index": None}
        for kind in ("transient", "persistent"):
            mortal.request("PUT", "/_cluster/settings", {kind: settings})
    assert mortal_place.texts() == texts(5)


# Documents and ids that are too large.


def test_a_document_over_the_servers_limit_is_refused_and_the_rest_is_written(mortal, mortal_place, engines, make):
    engine = engines.create(mortal_place.target, make.meta())
    documents = [*batch(make, 10), make.encoded("large", "x" * 1_100_000), *batch(make, 10, first=10)]
    report = engine.write(documents)
    assert refused(report) == {
        "large": "document 'large': the server refused it: the document is larger than the server takes in one request "
        "(413)"
    }
    assert mortal_place.texts() == texts()


def test_documents_that_are_too_large_together_are_sent_alone(mortal, mortal_place, engines, make, monkeypatch):
    monkeypatch.setattr(bulk, "MAX_BYTES", 10_000_000)
    engine = engines.create(mortal_place.target, make.meta())
    report = engine.write([make.encoded(str(n), "x" * 600_000) for n in range(4)])
    assert statuses(report) == {"written"}
    assert mortal_place.count() == 4


def test_the_longest_id_is_written_and_a_longer_one_never_sent(engine, proxy, place, make):
    longest, longer = "é" * 256, "é" * 256 + "x"
    report = engine.write([make.encoded("a"), make.encoded(longest), make.encoded(longer)])
    assert refused(report).keys() == {longer}
    assert "the id has 513 bytes in UTF-8; expected 1 to 512" in refused(report)[longer]
    assert all(longer.encode() not in seen.body for seen in proxy.seen)
    assert place.texts().keys() == {"a", longest}
    assert [document and document.id for document in engine.get([longest, longer])] == [longest, None]
    assert engine.delete([longer]) == 0
    assert engine.delete([longest]) == 1
