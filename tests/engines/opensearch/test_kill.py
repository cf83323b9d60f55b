"""A node is killed (SIGKILL) in the middle of things, and comes back or stays away: nothing is lost or doubled."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from faulty_proxy import proxy_before

from hybrid import Document, Retriever
from hybrid.engines.opensearch import bulk, server
from hybrid.engines.opensearch.retrying import Backoff
from hybrid.errors import ServerUnavailable
from hybrid.testing import FakeEncoder

NUMBER, BATCH = 2_000, 200


def documents(number=NUMBER):
    return [Document(str(n), f"plant {n}", fields={"n": n}) for n in range(number)]


def texts(number=NUMBER):
    return {str(n): f"plant {n}" for n in range(number)}


@pytest.fixture
def retriever(mortal_place):
    """An empty index on a node that may be killed."""
    with Retriever.create(mortal_place.target, encoder=FakeEncoder(8)) as made:
        yield made


@pytest.fixture
def persistent(monkeypatch):
    """Tries follow each other so closely that every moment of a node's start is met."""
    for module in (bulk, server):
        monkeypatch.setattr(module, "WRITING", Backoff(attempts=500, base=0.01, cap=0.2))


class Halfway:
    """Says when a run has come to its middle, and what it did after that."""

    def __init__(self, documents=NUMBER // 2):
        self._documents, self.reached = documents, threading.Event()

    def __call__(self, report):
        if report.documents >= self._documents:
            self.reached.set()


def test_a_run_goes_on_when_the_node_comes_back(mortal, mortal_place, retriever, persistent):
    halfway = Halfway()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(retriever.index, documents(), batch_size=BATCH, progress=halfway)
        assert halfway.reached.wait(60)
        mortal.kill()
        mortal.restart()
        report = run.result(120)
    assert (report.documents, report.replaced, report.refused) == (NUMBER, 0, ())
    assert mortal_place.texts() == texts()
    again = retriever.index(documents(), batch_size=BATCH, on_existing="skip")
    assert (again.documents, again.skipped) == (0, NUMBER)
    assert len(retriever.find("plant", where={"n": {">=": 1_990}}, k=20)) == 10
    assert mortal_place.count() == retriever.count() == NUMBER


def test_a_run_ends_when_the_node_stays_away_and_the_next_one_completes_it(mortal, mortal_place, retriever, hurried):
    halfway = Halfway()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(retriever.index, documents(), batch_size=BATCH, progress=halfway, refresh=False)
        assert halfway.reached.wait(60)
        mortal.kill()
        with pytest.raises(ServerUnavailable) as caught:
            run.result(60)
    assert str(caught.value).startswith(f"{mortal_place.target}: ")
    assert str(caught.value).endswith(f" of {BATCH} documents of this batch were done before it")
    for ask in (lambda: retriever.find("plant"), retriever.count, lambda: retriever.get("0"), retriever.refresh):
        with pytest.raises(
            ServerUnavailable, match=rf"{mortal_place.target}: (nothing answers at|the connection to) http://"
        ):
            ask()
    mortal.restart()
    written = mortal_place.count()
    assert NUMBER // 2 <= written < NUMBER
    again = retriever.index(documents(), batch_size=BATCH, on_existing="skip")
    assert (again.documents, again.skipped, again.replaced) == (NUMBER - written, written, 0)
    assert mortal_place.texts() == texts()
    assert retriever.count() == NUMBER


class Slow(FakeEncoder):
    """Takes its time over each batch, and says when the second one begins."""

    def __init__(self, dimensions):
        super().__init__(dimensions)
        self.calls, self.second = 0, threading.Event()

    def encode(self, texts, spans=None):
        self.calls += 1
        if self.calls == 2:
            self.second.set()
            time.sleep(0.5)
        return super().encode(texts, spans)


def killed_while_rebuilding(mortal, mortal_place, retriever):
    retriever.index(documents())
    encoder = Slow(8)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(retriever.rebuild, encoder)
        assert encoder.second.wait(60)
        mortal.kill()
        with pytest.raises(ServerUnavailable) as caught:
            run.result(60)
    assert str(caught.value).startswith(f"{mortal_place.target}: ")
    mortal.restart()
    name = mortal_place.name
    assert mortal_place.indices() == [f"{name}-000001", f"{name}-000002"]
    assert mortal_place.settings()["blocks"] == {"write": "true"}
    # The old index answers.
    assert len(retriever.find("plant")) == 10
    assert mortal_place.texts() == texts()


def test_killed_while_it_is_rebuilt_the_old_index_answers_and_the_next_writer_cleans_up(
    mortal, mortal_place, retriever, hurried
):
    killed_while_rebuilding(mortal, mortal_place, retriever)
    with Retriever.open(mortal_place.target, encoder=FakeEncoder(8)) as other:
        assert other.index([Document("new", "plant new")]).documents == 1
    assert mortal_place.indices() == [f"{mortal_place.name}-000001"]
    assert "blocks" not in mortal_place.settings()
    assert mortal_place.texts() == {**texts(), "new": "plant new"}
    # What was forgotten with the node is no reason not to try again.
    assert retriever.rebuild().documents == mortal_place.count() == NUMBER + 1


def test_killed_after_the_swap_there_is_one_whole_index(mortal, mortal_place, make, engines, hurried):
    with proxy_before(mortal.url) as proxy:
        engine = engines.create(mortal_place.behind(proxy), make.meta())
        engine.write([make.encoded(str(n), f"old {n}") for n in range(20)])
        new = [make.encoded(str(n), f"new {n}") for n in range(20)]
        killed = []

        def at_the_swap(seen):
            if seen.is_for("/_aliases") and not killed:
                mortal.request("POST", seen.path, seen.body)
                killed.append(seen)
                mortal.kill()
            return

        proxy.rules.append(at_the_swap)

        def rebuild():
            with engine.rebuild(engine.meta) as fresh:
                fresh.write(new)

        with pytest.raises(ServerUnavailable):
            rebuild()
        mortal.restart()
        assert mortal_place.texts() == {str(n): f"new {n}" for n in range(20)}
        assert engine.write([make.encoded("20", "new 20")]).items[0].status == "written"
        assert mortal_place.indices() == [f"{mortal_place.name}-000002"]
        assert "blocks" not in mortal_place.settings()
        assert mortal_place.texts() == {str(n): f"new {n}" for n in range(21)}


def test_a_rebuild_that_meets_a_node_started_again_is_an_error_and_leaves_nothing(
    mortal, mortal_place, retriever, persistent
):
    """It reads its documents as of one moment, and a node that was killed has forgotten that moment."""
    retriever.index(documents())
    encoder = Slow(8)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(retriever.rebuild, encoder)
        assert encoder.second.wait(60)
        mortal.kill()
        mortal.restart()
        with pytest.raises(ServerUnavailable, match="the server has forgotten what was being read page by page"):
            run.result(120)
    assert mortal_place.indices() == [f"{mortal_place.name}-000001"]
    assert "blocks" not in mortal_place.settings()
    assert mortal_place.texts() == texts()
