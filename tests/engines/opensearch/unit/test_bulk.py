"""A run of bulk requests against a server that loses answers, refuses documents and is overloaded."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid.documents import EncodedDocument
from hybrid.engines.accepting import Accepted
from hybrid.engines.opensearch import bulk
from hybrid.engines.opensearch.bulk import BulkRun, Operation, Outcome
from hybrid.engines.opensearch.messages import Failure, Response
from hybrid.engines.opensearch.retrying import WRITING, Backoff
from hybrid.engines.opensearch.writing import check, deletions, gone, interrupted, report, writes
from hybrid.errors import (
    AccessDenied,
    HybridError,
    IndexLocked,
    IndexNotFound,
    IndexStateError,
    InvalidDocument,
    ServerError,
    ServerUnavailable,
    StorageError,
)

BYTES, DOCUMENTS = 300, 4
# More tries than a test has faults.
PATIENT = Backoff(attempts=30, base=1.0, cap=8.0)
HASTY = Backoff(attempts=3, base=1.0, cap=8.0)


@pytest.fixture(autouse=True, scope="module")
def small_chunks():
    """Limits of a chunk that a test reaches with a few documents."""
    with patch.multiple(bulk, MAX_BYTES=BYTES, MAX_DOCUMENTS=DOCUMENTS):
        yield


def documents(*entries, status="created"):
    """An answer with one item a document: a result, or the error that an item holds."""
    items = [
        {"index": {"status": 200, "result": entry} if isinstance(entry, str) else dict(entry, _id="x")}
        for entry in (entries or (status,))
    ]
    return Response(200, {"errors": True, "items": items})


def item(status, kind, reason="why"):
    return {"status": status, "error": {"type": kind, "reason": reason}}


def refused(status, kind="illegal_argument_exception", reason="why"):
    """A whole request that the server refused."""
    return Response(status, {"error": {"type": kind, "reason": reason}, "status": status})


REJECTED = item(429, "rejected_execution_exception")
FULL_DISK = item(429, "cluster_block_exception", "index [n] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded];")
LOST = {
    "unreachable": Failure("unreachable", "nothing answers"),
    "lost": Failure("lost", "the connection broke off"),
    "timeout": Failure("timeout", "no answer in time"),
    "malformed": Failure("malformed", "no JSON"),
}


def operation(id, source=b"{}"):
    return Operation(id, lambda: source)


def run_of(*operations, backoff=WRITING, params=None):
    made = [entry if isinstance(entry, Operation) else operation(entry) for entry in operations]
    return BulkRun("news", made, what="opensearch://host/news", params=params, backoff=backoff)


def ids(chunk):
    return [job.operation.id for job in chunk.jobs]


# One thing at a time.


def test_a_chunk_is_the_lines_that_bulk_takes():
    run = run_of(operation("ä", b'{"text":"x"}'), Operation("b", None), params={"require_alias": "true"})
    request = run.take(0.0).request
    assert request.line == "POST /news/_bulk?require_alias=true"
    assert request.body.decode() == '{"index":{"_id":"ä"}}\n{"text":"x"}\n{"delete":{"_id":"b"}}\n'


def test_nothing_to_do_is_done_at_once():
    run = run_of()
    assert (run.done, run.take(0.0), run.pause(0.0), run.outcomes, run.written) == (True, None, None, [], 0)


def test_a_chunk_ends_at_its_limits_and_a_longer_document_goes_alone():
    long = operation("long", b"x" * 2 * BYTES)
    run = run_of(*map(str, range(6)), long, "6", operation("7", b"x" * 200), operation("8", b"x" * 200))
    chunks = [ids(chunk) for chunk in iter(lambda: run.take(0.0), None)]
    assert chunks == [["0", "1", "2", "3"], ["4", "5"], ["long"], ["6", "7"], ["8"]]


def test_a_documents_json_is_made_once_a_try_and_not_kept_while_it_is_under_way():
    made = []
    run = run_of(*(Operation(str(n), lambda n=n: made.append(n) or b"x" * 200) for n in range(3)))
    first = run.take(0.0)
    assert made == [0, 1]  # the second did not fit and waits for the next chunk
    assert [job.lines for job in first.jobs] == [None]
    assert run.take(0.0)
    assert made == [0, 1, 2]
    run.settle(first, LOST["lost"], 0.0)
    run.take(1e9)
    run.take(1e9)
    assert made == [0, 1, 2, 0]


def test_each_item_tells_what_became_of_its_document():
    run = run_of("a", "b", "c")
    run.settle(run.take(0.0), documents("created", item(400, "mapper_parsing_exception", "bad date"), "updated"), 0.0)
    assert run.outcomes == [
        Outcome("created"),
        Outcome("refused", "the server refused it: bad date"),
        Outcome("updated"),
    ]
    assert (run.done, run.error, run.written) == (True, None, 2)


@pytest.mark.parametrize(
    ("entry", "kind", "words"),
    [
        (item(403, "cluster_block_exception", "blocked by: [FORBIDDEN/8/index write (api)];"), IndexLocked, "/8/"),
        (FULL_DISK, StorageError, "disk is nearly full"),
        (item(404, "index_not_found_exception"), IndexNotFound, "there is no such index"),
        (item(400, "index_closed_exception"), IndexStateError, "the index is closed"),
    ],
)
def test_what_stops_every_document_ends_the_run(entry, kind, words):
    run = run_of("a", "b")
    run.settle(run.take(0.0), documents("created", entry), 0.0)
    assert isinstance(run.error, kind)
    assert str(run.error).startswith("opensearch://host/news: ")
    assert words in str(run.error)
    assert (run.done, run.outcomes, run.written) == (True, [Outcome("created"), None], 1)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Response(401, None), AccessDenied),
        (refused(403, "security_exception"), AccessDenied),
        (refused(404, "index_not_found_exception"), IndexNotFound),
        (refused(500, "null_pointer_exception"), ServerError),
        (refused(429, "cluster_block_exception", FULL_DISK["error"]["reason"]), StorageError),
        (Failure("refused certificate", "no trusted connection"), AccessDenied),
    ],
)
def test_an_answer_that_will_not_change_ends_the_run_at_once(answer, kind):
    run = run_of("a", "b", "c", "d", "e")
    chunk = run.take(0.0)
    run.settle(chunk, answer, 0.0)
    assert isinstance(run.error, kind)
    assert (run.done, run.take(1e9), run.pause(0.0), run.written) == (True, None, None, 0)


def test_the_first_error_is_told_and_what_is_under_way_still_counts():
    run = run_of(*map(str, range(16)))
    first, second, third, fourth = (run.take(0.0) for _ in range(4))
    run.settle(fourth, Response(429, None), 0.0)
    run.settle(first, Response(401, None), 0.0)
    assert (run.done, run.pause(0.0), run.take(1e9)) == (False, None, None)
    run.settle(second, documents(*["created"] * 4), 0.0)
    run.settle(third, refused(404, "index_not_found_exception"), 0.0)
    assert run.done
    assert isinstance(run.error, AccessDenied)
    assert str(interrupted(run.error, run)).endswith("; 4 of 16 documents of this batch were done before it")


@pytest.mark.parametrize(("status", "words"), [(400, "why"), (413, "larger than the server takes in one request")])
def test_of_a_chunk_that_the_server_takes_none_of_each_document_goes_alone_and_one_is_to_blame(status, words):
    run = run_of("a", "bad", "c", "d", "e")
    run.settle(run.take(0.0), refused(status), 0.0)
    seen = []
    while chunk := run.take(0.0):
        seen.append(ids(chunk))
        run.settle(chunk, refused(status) if "bad" in ids(chunk) else documents("created"), 0.0)
    assert seen == [["a"], ["bad"], ["c"], ["d"], ["e"]]
    assert [outcome.status for outcome in run.outcomes] == ["created", "refused", "created", "created", "created"]
    assert words in run.outcomes[1].reason


def test_a_document_that_goes_alone_does_so_in_every_try(longest_waits):
    run = run_of("a", "bad", "c", "d", "e", backoff=HASTY)
    run.settle(run.take(0.0), refused(400), 0.0)
    alone = run.take(0.0)
    run.settle(alone, Response(429, None), 0.0)
    assert [ids(chunk) for chunk in iter(lambda: run.take(9.0), None)] == [["bad"], ["c"], ["d"], ["e"], ["a"]]


def test_an_empty_answer_of_413_is_read():
    run = run_of("a")
    run.settle(run.take(0.0), Response(413, None), 0.0)
    assert run.outcomes[0].status == "refused"


# Waiting.


@pytest.fixture
def longest_waits(monkeypatch):
    """Every wait is as long as it may be."""
    monkeypatch.setattr("random.uniform", lambda low, high: high)


def test_documents_that_the_server_cannot_take_now_are_tried_again_together():
    run = run_of("a", "b", "c", backoff=HASTY)
    run.settle(run.take(0.0), documents("created", REJECTED, item(503, "unavailable_shards_exception")), 0.0)
    assert (run.take(0.0), run.done) == (None, False)
    again = run.take(run.pause(0.0))
    assert ids(again) == ["b", "c"]
    run.settle(again, documents("created", "created"), 9.0)
    assert run.outcomes == [Outcome("created")] * 3


def test_a_part_of_the_index_that_stays_away_is_waited_for_a_few_times(longest_waits):
    run = run_of("a", backoff=PATIENT)
    away = documents(item(503, "unavailable_shards_exception", "[n][0] primary shard is not active Timeout: [10s]"))
    waits(run, away, bulk.SHARD_TRIES)
    assert isinstance(run.error, ServerUnavailable)
    assert "primary shard is not active" in str(run.error)


def waits(run, answer, tries):
    """How long the run waits after each of so many failed tries."""
    now, found = 0.0, []
    for _ in range(tries):
        run.settle(run.take(now), answer, now)
        if run.error is None:
            found.append(run.pause(now))
            assert run.take(now + 0.999 * found[-1]) is None
            now += found[-1]
    return found


@pytest.mark.parametrize("answer", [*LOST.values(), *(refused(status) for status in (429, 502, 503, 504))], ids=str)
def test_waits_double_up_to_the_cap_and_tries_are_counted(longest_waits, answer):
    run = run_of("a", "b", backoff=Backoff(attempts=7, base=0.5, cap=4.0))
    assert waits(run, answer, 7) == pytest.approx([0.5, 1.0, 2.0, 4.0, 4.0, 4.0])
    assert isinstance(run.error, ServerError)
    assert (run.done, run.outcomes, run.take(1e9)) == (True, [None, None], None)


@pytest.mark.parametrize(("asked", "expected"), [(None, 1.0), (0.0, 1.0), (3.0, 3.0), (1e6, 8.0)])
def test_no_wait_is_shorter_than_the_server_asks_for_up_to_the_cap(longest_waits, asked, expected):
    run = run_of("a", backoff=HASTY)
    assert waits(run, Response(429, None, retry_after=asked), 1) == pytest.approx([expected])


def test_new_documents_are_sent_while_others_wait(longest_waits):
    run = run_of(*map(str, range(8)))
    first = run.take(0.0)
    run.settle(first, Response(429, None, retry_after=5.0), 0.0)
    second = run.take(0.0)
    assert ids(second) == ["4", "5", "6", "7"]
    assert run.pause(1.0) == pytest.approx(4.0)
    assert run.pause(99.0) == 0.0
    run.settle(second, documents(*["created"] * 4), 0.0)
    assert (run.done, run.take(4.9)) == (False, None)
    assert ids(run.take(5.0)) == ids(first)


# Equal ids.


def test_of_equal_ids_the_last_alone_is_sent():
    run = run_of(operation("a", b"1"), operation("b"), operation("a", b"2"))
    chunk = run.take(0.0)
    assert chunk.request.body.split(b"\n")[1::2] == [b"2", b"{}"]
    run.settle(chunk, documents("created", "created"), 0.0)
    assert run.outcomes == [None, Outcome("created"), Outcome("created")]
    assert run.done


def test_where_the_last_of_equal_ids_is_refused_the_one_before_it_is_sent():
    run = run_of(operation("a", b"1"), operation("a", b"2"), operation("a", b"3"))
    for expected in (b"3", b"2"):
        chunk = run.take(0.0)
        assert expected in chunk.request.body
        assert run.take(0.0) is None  # never beside each other
        run.settle(chunk, documents(item(400, "mapper_parsing_exception")), 0.0)
    run.settle(run.take(0.0), documents("updated"), 0.0)
    assert [outcome.status for outcome in run.outcomes] == ["updated", "refused", "refused"]


# Answers that are none.


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"items": None},
        {"items": []},
        {"items": [{"index": {"_id": "a", "status": 201, "result": "created"}}]},
        {"items": [{"index": {"_id": str(n), "status": 201, "result": "created"}} for n in range(3)]},
        {"items": [None, None]},
        {"items": [{}, {}]},
        {"items": [{"index": {}}] * 2},
    ],
    ids=str,
)
def test_an_answer_without_an_item_for_each_document_is_none_and_the_documents_go_once_more(body):
    run = run_of("a", "b")
    run.settle(run.take(0.0), Response(200, body), 0.0)
    assert (run.error, run.outcomes) == (None, [None, None])
    run.settle(run.take(1e9), documents("updated", "updated"), 1e9)
    assert run.outcomes == [Outcome("updated", uncertain=True)] * 2


def test_a_server_that_never_answers_as_one_is_told():
    run = run_of("a", backoff=HASTY)
    waits(run, Response(200, {"sign": "in"}), 3)
    assert isinstance(run.error, ServerError)
    assert "the server's answer to a bulk names other documents than were sent" in str(run.error)


@pytest.mark.parametrize(
    ("answer", "uncertain"),
    [
        (LOST["unreachable"], False),
        (LOST["lost"], True),
        (LOST["timeout"], True),
        (LOST["malformed"], True),
        (Response(429, None), False),
        (Response(502, None), True),
        (Response(503, None), True),
        (Response(504, None), True),
        (documents(REJECTED), False),
    ],
    ids=str,
)
def test_it_is_remembered_that_an_earlier_try_may_have_been_done(answer, uncertain):
    run = run_of("a")
    run.settle(run.take(0.0), answer, 0.0)
    run.settle(run.take(1e9), documents("updated"), 1e9)
    assert run.outcomes == [Outcome("updated", uncertain=uncertain)]


# Everything at once.

FAULTS = ("unreachable", "lost", "timeout", "malformed", "429", "502", "503", "504", "short answer", "busy items")
ENDS = ("401", "403", "404", "500", "certificate", "blocked item", "closed item")
# Every answer of such a kind may have been lost on its way from a server that did what was asked.
MAYBE_DONE = ("lost", "timeout", "malformed", "502", "503", "504")
STATUS = {name: int(name) for name in (*FAULTS, *ENDS) if name.isdecimal()}


@dataclass
class Model:
    """A server with one index: what is asked is done whole or not at all, and the answer may get lost."""

    draw: object
    kept: dict[str, bytes]
    faults: tuple[str, ...]
    left: int
    largest: int = 10**9
    # What was asked in a request whose answer was given up, and is done later.
    late: list[bytes] = field(default_factory=list)

    def send(self, request):
        self._catch_up()
        act = self.draw(st.sampled_from(("fine", *self.faults))) if self.left else "fine"
        self.left -= act != "fine"
        if len(request.body) > self.largest:
            return Response(413, None)
        if b"poison" in request.body:
            return refused(400, "action_request_validation_exception")
        if act in MAYBE_DONE:
            self._maybe(request.body)
        if act in LOST:
            return LOST[act]
        if act == "certificate":
            return Failure("refused certificate", "not trusted")
        if act in STATUS:
            return Response(STATUS[act], None, retry_after=self.draw(st.sampled_from([None, 0.5, 100.0])))
        items = self.do(request.body, act)
        return Response(200, {"items": items[1:] if act == "short answer" else items})

    def do(self, body, act="fine"):
        items = []
        lines = iter(body.splitlines())
        for line in lines:
            ((verb, address),) = json.loads(line).items()
            items.append({verb: {"_id": address["_id"], **self._one(verb, address["_id"], lines, act)}})
        return items

    def _one(self, verb, id, lines, act):
        source = next(lines) if verb == "index" else None
        ends = {
            "blocked item": item(403, "cluster_block_exception"),
            "closed item": item(400, "index_closed_exception"),
        }
        if act in ends and self.draw(st.booleans()):
            return ends[act]
        if act == "busy items" and self.draw(st.booleans()):
            return REJECTED
        if verb == "delete":
            found = self.kept.pop(id, None) is not None
            return {"status": 200 if found else 404, "result": "deleted" if found else "not_found"}
        if b"bad" in source:
            return item(400, "mapper_parsing_exception", "failed to parse")
        found = id in self.kept
        self.kept[id] = source
        return {"status": 200 if found else 201, "result": "updated" if found else "created"}

    def _maybe(self, body):
        when = self.draw(st.sampled_from(["never", "now", "later"]))
        if when == "now":
            self.do(body)
        elif when == "later":
            self.late.append(body)

    def _catch_up(self):
        while self.late and self.draw(st.booleans()):
            self.do(self.late.pop(0))

    def end(self):
        for body in self.late:
            self.do(body)


def drive(run, model, draw, attempts):
    """Send a run to its end, answers coming in any order; checks what holds at every moment."""
    now, flying, tries = 0.0, [], Counter()
    while not run.done:
        while len(flying) < run.in_flight and (chunk := run.take(now)):
            assert run.error is None
            assert len(chunk.jobs) == 1 or (len(chunk.jobs) <= DOCUMENTS and len(chunk.request.body) <= BYTES)
            under_way = [id for other in (*flying, chunk) for id in ids(other)]
            assert len(under_way) == len(set(under_way))
            tries.update(job.place for job in chunk.jobs)
            flying.append(chunk)
        if not flying:
            assert run.pause(now) > 0.0
            now += run.pause(now)
            continue
        now += draw(st.sampled_from([0.0, 0.3, 5.0]))
        chunk = flying.pop(draw(st.integers(0, len(flying) - 1)))
        run.settle(chunk, model.send(chunk.request), now)
    assert not flying
    assert run.take(now + 1e6) is None
    # One more for a document whose chunk is taken apart.
    assert max(tries.values(), default=0) <= attempts + 1
    model.end()


KINDS = st.sampled_from(["good", "good", "good", "bad", "poison", "large"])
ENTRIES = st.lists(st.tuples(st.sampled_from("abcdefg"), KINDS), max_size=14)


FITS = st.sampled_from(["good", "good", "bad", "unfit"])


def source_of(number, kind):
    return json.dumps({"n": number, "kind": kind, "more": "x" * (2 * BYTES if kind == "large" else number % 7 * 20)})


@settings(deadline=None)
@given(entries=ENTRIES, before=st.sets(st.sampled_from("abcdefg")), largest=st.sampled_from([BYTES // 2, BYTES, 10**9]),
       data=st.data())  # fmt: skip
def test_in_the_end_the_server_holds_the_last_document_of_each_id_that_it_takes(entries, before, largest, data):
    sources = [source_of(number, kind).encode() for number, (_, kind) in enumerate(entries)]
    operations = [operation(id, source) for (id, _), source in zip(entries, sources, strict=True)]
    model = Model(data.draw, dict.fromkeys(before, b"before"), FAULTS, 8, largest)
    run = run_of(*operations, backoff=PATIENT)
    drive(run, model, data.draw, PATIENT.attempts)
    assert run.error is None
    expected, outcomes = dict.fromkeys(before, b"before"), run.outcomes
    for id in {id for id, _ in entries}:
        places = [place for place, entry in enumerate(entries) if entry[0] == id]
        fit = [place for place in places if taken(operations[place], entries[place][1], largest)]
        if fit:
            expected[id] = sources[fit[-1]]
            assert outcomes[fit[-1]].status in ("created", "updated")
            assert [outcomes[place] for place in places if place < fit[-1]] == [None] * places.index(fit[-1])
            if not outcomes[fit[-1]].uncertain:
                assert outcomes[fit[-1]].status == ("updated" if id in before else "created")
        assert all(outcomes[place].status == "refused" for place in places if place > (fit or [-1])[-1])
    assert model.kept == expected


def taken(operation, kind, largest):
    return kind in ("good", "large") and len(operation.lines()) <= largest


@settings(deadline=None)
@given(entries=ENTRIES, before=st.sets(st.sampled_from("abcdefg")), data=st.data())
def test_a_run_that_ends_early_says_how_many_were_done_and_claims_nothing_that_was_not(entries, before, data):
    sources = [source_of(number, kind).encode() for number, (_, kind) in enumerate(entries)]
    model = Model(data.draw, dict.fromkeys(before, b"before"), (*FAULTS, *ENDS), 20)
    run = run_of(*(operation(id, source) for (id, _), source in zip(entries, sources, strict=True)), backoff=HASTY)
    drive(run, model, data.draw, HASTY.attempts)
    done = [place for place, outcome in enumerate(run.outcomes) if outcome and outcome.status != "refused"]
    assert run.written == len(done)
    for place in done:
        assert model.kept[entries[place][0]] == sources[place]
    for place, outcome in enumerate(run.outcomes):
        if outcome and outcome.status == "refused":
            assert entries[place][1] in ("bad", "poison")
    if run.error is not None:
        told = str(interrupted(run.error, run))
        assert told.endswith(f"; {len(done)} of {len(entries)} documents of this batch were done before it")
    else:
        assert {entries[place][0] for place in done} >= {id for id, kind in entries if kind in ("good", "large")}


@settings(deadline=None)
@given(asked=st.lists(st.sampled_from([*"abcdefg", "", "x" * 513]), max_size=12),
       before=st.sets(st.sampled_from("abcdefg")), data=st.data())  # fmt: skip
def test_deleting_counts_each_document_once_and_never_too_few(state, asked, before, data):
    model = Model(data.draw, dict.fromkeys(before, b"before"), FAULTS, 8)
    run = deletions(asked, state, "what")
    drive(run, model, data.draw, WRITING.attempts)
    assert run.error is None
    assert set(model.kept) == before - set(asked)
    assert len(run.outcomes) == len({id for id in asked if len(id) == 1})
    surely = gone(run) - sum(outcome.uncertain for outcome in run.outcomes)
    assert surely <= len(before & set(asked)) <= gone(run)


# From a batch to its report.


def test_a_batch_is_checked_before_anything_is_sent(make, state):
    batch = [
        make.encoded("a", fields={"year": 1}),
        make.encoded("b", fields={"year": "old", "other": 1}),
        make.encoded("", "x"),
        make.encoded("c", fields={"price": 2.5}),
    ]
    checked = check(batch, make.meta({"lang": "str"}))
    assert [type(entry) for entry in checked.documents] == [Accepted, InvalidDocument, InvalidDocument, Accepted]
    assert checked.new == {"year": "int", "price": "float"}
    chunk = writes(checked, state, "what").take(0.0)
    assert (ids(chunk), chunk.request.path) == (["a", "c"], "/news-000001-write-00c0ffee/_bulk")


@pytest.mark.parametrize("aliased", [True, False])
def test_a_write_never_makes_an_index_by_itself(make, state, aliased):
    run = deletions(["a"], replace(state, aliased=aliased), "what")
    assert ("require_alias=true" in run.take(0.0).request.line) is aliased
    assert run_of("a").take(0.0).request.line == "POST /news/_bulk"


@settings(deadline=None)
@given(entries=st.lists(st.tuples(st.sampled_from("abcd"), FITS), max_size=10),
       before=st.sets(st.sampled_from("abcd")), data=st.data())  # fmt: skip
def test_a_report_has_an_entry_for_each_document_and_replaced_is_said_only_where_it_is_sure(
    make, state, entries, before, data
):
    batch = [
        make.encoded(id, f"{number} {kind}", fields={"year": "no number"} if kind == "unfit" else {})
        for number, (id, kind) in enumerate(entries)
    ]
    checked = check(batch, make.meta({"year": "int"}))
    run = writes(checked, state, "what")
    model = Model(data.draw, dict.fromkeys(before, b"before"), FAULTS, 8)
    drive(run, model, data.draw, WRITING.attempts)
    items = report(batch, checked, run).items
    assert [entry.id for entry in items] == [id for id, _ in entries]
    seen = set()
    for number, ((id, kind), entry) in enumerate(zip(entries, items, strict=True)):
        # A document whose place another one of the batch takes is not sent: nobody knows what the server says of it.
        replaced_later = (id, "good") in entries[number:]
        if kind == "unfit" or not replaced_later:
            assert entry.status == "refused"
            assert entry.reason.startswith(f"document '{id}'")
            continue
        last = final_outcome(run, checked, id)
        sure = id in before and not last.uncertain
        assert entry.status == ("replaced" if id in seen or sure else "written")
        assert last.uncertain or last.status == ("updated" if id in before else "created")
        seen.add(id)


def final_outcome(run, checked, id):
    accepted = [entry.encoded.document.id for entry in checked.documents if isinstance(entry, Accepted)]
    taken = [
        outcome
        for found, outcome in zip(accepted, run.outcomes, strict=True)
        if found == id and outcome is not None and outcome.status != "refused"
    ]
    assert len(taken) == 1
    return taken[0]


def test_an_error_that_ends_a_run_keeps_its_type_and_says_what_was_done():
    run = run_of("a", "b")
    error = interrupted(ServerUnavailable("host: nothing answers", status=503), run)
    assert isinstance(error, HybridError)
    assert str(error) == "host: nothing answers; 0 of 2 documents of this batch were done before it"
    assert error.status == 503


def test_an_encoded_document_is_turned_into_json_when_it_is_sent(make, state):
    checked = check([make.encoded("a", "a plant", {"plant": (1, 0, 0)}, (0, 1))], make.meta())
    assert isinstance(checked.documents[0].encoded, EncodedDocument)
    lines = writes(checked, state, "what").take(0.0).request.body.splitlines()
    assert json.loads(lines[0]) == {"index": {"_id": "a"}}
    assert json.loads(lines[1])["mentions"] == [{"start": 2, "end": 7, "surface": "plant", "vector": [1.0, 0.0, 0.0]}]


CONFLICT = item(409, "version_conflict_engine_exception", "required seqNo [3], current [4]")


def test_a_document_is_written_where_it_is_still_of_the_revision_that_was_asked_for():
    run = BulkRun(
        "news",
        [Operation("x", lambda: b"{}", ("news-000001", 3, 1)), Operation("y", None, ("news-000001", 4, 2))],
        what="t",
    )
    chunk = run.take(0.0)
    lines = [json.loads(line) for line in chunk.request.body.splitlines()]
    assert lines[0] == {"index": {"_id": "x", "if_seq_no": 3, "if_primary_term": 1}}
    assert lines[2] == {"delete": {"_id": "y", "if_seq_no": 4, "if_primary_term": 2}}
    run.settle(chunk, documents("updated", CONFLICT), 0.0)
    assert run.outcomes == [Outcome("updated"), Outcome("changed")]
    assert (run.done, run.written, run.refusal) == (True, 1, None)


def test_where_an_answer_was_lost_it_is_left_to_the_next_run_who_changed_it():
    run = BulkRun("news", [Operation("x", lambda: b"{}", ("news-000001", 3, 1))], what="t", backoff=PATIENT)
    run.settle(run.take(0.0), Failure("lost", "why"), 0.0)
    run.settle(run.take(1_000.0), documents(CONFLICT), 1_000.0)
    assert run.outcomes == [Outcome("changed", uncertain=True)]


def test_a_conflict_that_nobody_asked_for_is_a_refusal():
    run = BulkRun("news", [Operation("x", lambda: b"{}")], what="t")
    run.settle(run.take(0.0), documents(CONFLICT), 0.0)
    assert "version_conflict" in run.refusal or "seqNo" in run.refusal
