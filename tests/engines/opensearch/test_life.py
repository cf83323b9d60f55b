"""The life of an index beside others: who makes it, who changes it under whom, and what everybody reads then."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from faulty_proxy import proxy_before

from hybrid import Document, Retriever
from hybrid.engines.factory import create_engine
from hybrid.engines.opensearch.creating import creation
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import (
    BundleMismatch,
    IndexExists,
    IndexFormatError,
    IndexNotFound,
    IndexStateError,
    ServerError,
)
from hybrid.testing import FakeEncoder

PLACES = [Document(str(n), f"Ada met Bob{n} in Paris") for n in range(6)]


class Other(FakeEncoder):
    """Another bundle with vectors of the same width."""

    name = "other"

    def __init__(self, dimensions=256):
        super().__init__(dimensions)
        self.fingerprint = "other-fingerprint"

    def _bag(self, text):
        return super()._bag(text)[::-1]


@pytest.fixture
def retrievers():
    """Makes and opens retrievers that are closed at the end."""
    made = []

    class Retrievers:
        def create(self, target, encoder=None, **options):
            made.append(Retriever.create(target, encoder=encoder or FakeEncoder(), **options))
            return made[-1]

        def open(self, target, encoder=None):
            made.append(Retriever.open(target, encoder=encoder or FakeEncoder()))
            return made[-1]

    yield Retrievers()
    for retriever in made:
        retriever.close()


@pytest.fixture
def retriever(place, retrievers):
    """An index of six documents."""
    made = retrievers.create(place.target)
    made.index(PLACES)
    return made


def everything(retriever):
    """What a user may do, each by name; `new` brings a field that the index does not have yet."""
    return {
        "find": lambda: retriever.find("Paris"),
        "find by words": lambda: retriever.find("Paris", how="lexical"),
        "find fused": lambda: retriever.find("Paris", how="rrf(typed, lexical, dense)"),
        "index": lambda: retriever.index([Document("new", "Ada met Carl")]),
        "index new": lambda: retriever.index([Document("new", "Ada met Carl", fields={"year": 1})]),
        "index skip": lambda: retriever.index([Document("new", "Ada met Carl")], on_existing="skip"),
        "delete": lambda: retriever.delete("0"),
        "get": lambda: retriever.get("0"),
        "count": retriever.count,
        "refresh": retriever.refresh,
        "rebuild": retriever.rebuild,
    }


def refused(error, words, asks):
    for name, ask in asks.items():
        with pytest.raises(error) as caught:
            ask()
        assert words in str(caught.value), name


# Nothing is behind the name.


def test_an_index_that_is_deleted_under_its_users_is_an_error_and_never_made_again(place, retriever):
    place.node.request("DELETE", f"/{place.name}-000001")
    for _ in range(2):
        refused(IndexNotFound, f"{place.target}: there is no such index; create it", everything(retriever))
        assert place.indices() == []


def make_by_hand(place):
    encoder = FakeEncoder()
    meta = IndexMeta(encoder.name, encoder.fingerprint, encoder.dimensions)
    place.node.request("PUT", f"/{place.name}", json.loads(creation("x", "x", meta, {}).body) | {"aliases": {}})


def test_an_index_made_by_hand_that_is_deleted_is_never_made_again_either(place, retrievers):
    """What a person pastes into Dashboards: an index of the user's name, without an alias."""
    make_by_hand(place)
    first, second = retrievers.open(place.target), retrievers.open(place.target)
    assert first.index(PLACES).documents == place.count() == 6
    assert second.count() == 6
    place.node.request("DELETE", f"/{place.name}")
    for retriever in (first, second):  # one has written before, and one has not
        refused(IndexNotFound, "there is no such index", everything(retriever))
    assert place.indices() == []


def test_an_index_made_by_hand_takes_part_in_rebuilds(place, retrievers):
    make_by_hand(place)
    retriever, other = retrievers.open(place.target), retrievers.open(place.target)
    retriever.index(PLACES)
    assert retriever.rebuild().documents == 6
    assert other.index([Document("new", "Ada met Carl")]).documents == 1
    assert place.indices() == [f"{place.name}-000001"]
    assert place.count() == retriever.count() == other.count() == 7


# The name stands for something else.


def test_an_alias_at_two_indices_is_an_error(place, retriever, retrievers):
    name = f"{place.name}-else"
    place.node.request("PUT", f"/{name}")
    place.node.request("POST", "/_aliases", {"actions": [{"add": {"index": name, "alias": place.name}}]})
    with pytest.raises(IndexStateError, match=rf"the alias points at 2 indices, {place.name}-000001, {name}; take it"):
        retrievers.open(place.target)
    asks = everything(retriever)
    words = "take it from all but one"
    names = ("index", "index skip", "delete", "get", "count", "refresh", "rebuild")
    refused(IndexStateError, words, {name: asks[name] for name in names})
    # Everything goes to the index that was opened, and to no other.
    assert place.node.request("GET", f"/{name}/_count")["count"] == 0
    place.node.request("POST", "/_aliases", {"actions": [{"remove": {"index": name, "alias": place.name}}]})
    assert retriever.count() == place.count() == 6  # one came and one went
    assert place.aliases()[f"{place.name}-000001"][0] == place.name


def test_an_alias_that_was_moved_to_a_strangers_index_is_an_error(place, retriever):
    name = f"{place.name}-else"
    place.node.request("PUT", f"/{name}")
    actions = [{"remove": {"index": "*", "alias": place.name}}, {"add": {"index": name, "alias": place.name}}]
    place.node.request("POST", "/_aliases", {"actions": actions})
    asks = everything(retriever)
    readers = ("find", "find by words", "find fused", "count", "refresh", "rebuild")
    refused(IndexNotFound, "an index is there, but not one of this library", {name: asks[name] for name in readers})
    assert place.node.request("GET", f"/{name}/_count")["count"] == 0


def test_a_strangers_index_is_neither_opened_nor_overwritten(place, retrievers):
    place.node.request("PUT", f"/{place.name}/_doc/1?refresh=true", {"text": "theirs"})
    with pytest.raises(IndexNotFound, match="an index is there, but not one of this library; name another one"):
        retrievers.open(place.target)
    with pytest.raises(IndexExists, match="already, but not one of this library; name another one"):
        retrievers.create(place.target)
    assert place.texts() == {"1": "theirs"}
    assert place.indices() == [place.name]


def test_a_strangers_index_that_took_the_name_meanwhile_is_not_read(place, retriever):
    (id, *_) = place.texts()
    for index in place.indices():
        place.node.request("DELETE", f"/{index}")
    place.node.request("PUT", f"/{place.name}/_doc/{id}?refresh=true", {"text": "theirs"})
    refused(IndexNotFound, "an index is there, but not one of this library", {"get": lambda: retriever.get(id)})


def test_a_strangers_index_with_the_name_of_a_generation_is_left_alone(place, retrievers):
    place.node.request("PUT", f"/{place.name}-000001/_doc/1?refresh=true", {"text": "theirs"})
    retriever = retrievers.create(place.target)
    assert retriever.index(PLACES).documents == place.count() == 6
    assert place.node.request("GET", f"/{place.name}-000001/_count")["count"] == 1
    retriever.rebuild()
    assert place.indices() == [f"{place.name}-000001", f"{place.name}-000003"]
    assert place.count() == 6


def test_a_closed_index_is_an_error_that_says_how_it_is_opened(place, retriever, retrievers):
    place.ask("POST", "/_close")
    for one in (retriever, retrievers.open(place.target)):
        refused(IndexStateError, "the index is closed; open it with POST /INDEX/_open", everything(one))
    with pytest.raises(IndexExists):
        retrievers.create(place.target)
    place.ask("POST", "/_open")
    place.node.request("GET", f"/_cluster/health/{place.name}?wait_for_status=yellow&timeout=30s")
    assert retriever.count() == place.count() == 6


# Two who make the same index.


def test_of_two_who_make_the_same_index_one_wins(place, make):
    def create(_):
        try:
            create_engine(place.target, make.meta()).close()
        except IndexExists as error:
            return str(error)
        return "made"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(create, range(4)))
    assert outcomes.count("made") == 1
    outcomes.remove("made")
    assert all(message.startswith(f"{place.target}: ") and "open it" in message for message in outcomes)
    assert len(place.indices()) == 1
    assert len([index for index, aliases in place.aliases().items() if place.name in aliases]) == 1
    assert place.count() == 0


def test_without_the_plugin_for_vectors_nothing_is_made(version, opensearch_node, retrievers):
    node = opensearch_node(version, knn=False)
    with pytest.raises(ServerError) as caught:
        retrievers.create(f"opensearch://{node.url.removeprefix('http://')}/news")
    assert "/news: the server lacks the plugin opensearch-knn: unknown setting [index.knn" in str(caught.value)
    assert node.request("GET", "/_cat/indices/news*?expand_wildcards=all&format=json") == []


# The mapping is changed under us.


def test_a_field_that_two_bring_with_different_types_keeps_the_first_and_refuses_the_second(place, engines, make):
    first, second = engines.create(place.target, make.meta()), engines.open(place.target)
    assert first.write([make.encoded("a", fields={"year": "old"})]).items[0].status == "written"
    report = second.write([make.encoded("b", fields={"year": 1971}), make.encoded("c")])
    assert [item.status for item in report.items] == ["refused", "written"]
    assert report.items[0].reason == (
        "document 'b', field 'year': the value 1971 is int, the field keeps str since its first value; "
        "create(fields={'year': int}) would allow it"
    )
    assert place.texts().keys() == {"a", "c"}
    assert second.meta.fields == {"year": "str"}


def test_a_field_that_came_between_our_look_and_our_declaration_counts(place, engines, make):
    """The other one declares it while our declaration is on its way."""
    with proxy_before(place.node.url) as proxy:
        other = engines.create(place.target, make.meta())
        engine = engines.open(place.behind(proxy))
        done = []

        def in_between(seen):
            if seen.is_for("/_mapping") and not done:
                done.append(other.write([make.encoded("a", fields={"year": 1.5})]))
            return

        proxy.rules.append(in_between)
        report = engine.write([make.encoded("b", fields={"year": 1971}), make.encoded("c", fields={"year": "old"})])
        engine.close()
    assert [item.status for item in report.items] == ["written", "refused"]
    assert "the value 'old' is str, the field keeps float" in report.items[1].reason
    assert place.texts().keys() == {"a", "b"}
    assert place.ask("GET", "/_source/b")["fields"] == {"year": 1971.0}


def test_a_field_that_somebody_brought_past_the_library_keeps_its_type(place, engines, make):
    engine = engines.create(place.target, make.meta())
    place.ask("PUT", "/_doc/theirs?refresh=true", {"text": "theirs", "fields": {"year": "old"}})
    report = engine.write([make.encoded("a", fields={"year": 1971}), make.encoded("b", fields={"year": "new"})])
    assert [item.status for item in report.items] == ["refused", "written"]
    assert place.texts().keys() == {"theirs", "b"}


def test_a_meta_that_somebody_overwrote_is_an_error_until_it_is_put_back(place, retriever, retrievers):
    before = place.ask("GET", "/_mapping")[f"{place.name}-000001"]["mappings"]["_meta"]
    place.ask("PUT", "/_mapping", {"_meta": {"owner": "somebody"}})
    words = rf"the mapping of {place.name}-000001 has lost its _meta\.hybrid, perhaps to a PUT _mapping"
    for ask in (lambda: retrievers.open(place.target), retriever.count, retriever.refresh, retriever.rebuild):
        with pytest.raises(IndexFormatError, match=words):
            ask()
    assert place.indices() == [f"{place.name}-000001"]
    place.ask("PUT", "/_mapping", {"_meta": before})
    assert retriever.count() == retrievers.open(place.target).count() == place.count() == 6


# The index is rebuilt under us.


def test_rebuilt_with_the_same_bundle_everybody_goes_on(place, retriever, retrievers):
    fields = {"year": 1971}
    asks = {
        "find": lambda one: len(one.find("Paris")) == 6,
        "get": lambda one: one.get("0")[0].text == PLACES[0].text,
        "count": lambda one: one.count() == 6,
        "index": lambda one: one.index([PLACES[0]]).replaced == 1,
        "index skip": lambda one: one.index([PLACES[0]], on_existing="skip").skipped == 1,
        "index new field": lambda one: one.index([replace(PLACES[1], fields=fields)]).replaced == 1,
        "where": lambda one: [hit.id for hit in one.find("Paris", where=fields)] == ["1"],
        "delete": lambda one: one.delete("nothing") == 0,
        "rebuild": lambda one: one.rebuild().documents == 6,
    }
    others = {name: retrievers.open(place.target) for name in asks}
    for name, ask in asks.items():
        retriever.rebuild()  # each of them meets a generation that it has not seen
        assert ask(others[name]), name
        assert place.count() == retriever.count() == 6
    assert len(place.indices()) == 1


def test_rebuilt_with_another_bundle_nobody_gets_a_wrong_answer_or_writes_a_wrong_vector(place, retriever, retrievers):
    names = ["find", "find fused", "index", "index new", "index skip"]
    others = {name: retrievers.open(place.target) for name in names}
    for other in others.values():
        assert len(other.find("Paris")) == 6
    retriever.rebuild(Other())
    for name, other in others.items():
        for _ in range(2):
            refused(BundleMismatch, "the index was made by bundle 'other'", {name: everything(other)[name]})
    assert retriever.meta.fields == {}
    assert place.texts() == {document.id: document.text for document in PLACES}
    assert {hit.id for hit in retriever.find("Paris")} == place.texts().keys()


def test_rebuilt_with_another_bundle_what_was_planned_before_gets_no_wrong_answer(place, retriever, retrievers):
    """Who has asked nothing yet looks at the index for the first time, and must not take what it finds for its own."""
    other = retrievers.open(place.target)
    plan = retriever.plan("Paris", how="typed")
    retriever.rebuild(Other())
    for _ in range(2):
        refused(BundleMismatch, "the index was made by bundle 'other'", {"run": lambda: other.run(plan)})


def test_rebuilt_with_another_bundle_what_needs_no_vectors_goes_on(place, retriever, retrievers):
    other = retrievers.open(place.target)
    retriever.rebuild(Other())
    assert len(other.find("Paris", how="lexical")) == other.count() == 6
    assert other.get("0")[0].text == PLACES[0].text
    assert other.delete("0") == 1
    assert retriever.count() == place.count() == 5


def test_rebuilt_with_vectors_of_another_width_is_the_same_error(place, retriever, retrievers):
    others = [retrievers.open(place.target) for _ in range(3)]
    retriever.rebuild(FakeEncoder(64))
    for other, name in zip(others, ("find", "find fused", "index"), strict=True):
        refused(BundleMismatch, "fake-64-1000", {name: everything(other)[name]})
    assert place.texts() == {document.id: document.text for document in PLACES}


def test_a_rebuild_between_a_declaration_and_its_documents_keeps_them_out(place, retriever, retrievers):
    """The window is as long as one look: what is checked against the old generation must not land in the new one."""
    with proxy_before(place.node.url) as proxy:
        other = retrievers.open(place.behind(proxy))
        declared = []

        def in_between(seen):
            if seen.is_for("/_mapping"):
                declared.append(seen)
            elif declared and seen.method == "GET" and seen.is_for(f"/{place.name}") and len(declared) == 1:
                declared.append(retriever.rebuild(Other()))
            return

        proxy.rules.append(in_between)
        with pytest.raises(BundleMismatch, match="'other'"):
            other.index([Document("new", "Ada met Carl", fields={"year": 1})], refresh=False)
        other.close()
    assert len(declared) == 2
    assert place.texts() == {document.id: document.text for document in PLACES}


def test_an_empty_answer_of_another_bundle_is_an_error_too(place, engines, make):
    engine, other = engines.create(place.target, make.meta()), engines.open(place.target)
    assert len(other.search(make.bound("typed"))) == 0
    with engine.rebuild(make.meta(bundle="another")):
        pass
    with pytest.raises(BundleMismatch):
        other.search(make.bound("typed"))


# Several shards, and documents that came past the library.


def test_everything_is_read_from_several_shards_as_of_one_moment(place, engines, make):
    engine = engines.create(place.target, make.meta(), number_of_shards=2)
    documents = [make.encoded(str(n), f"text {n}", {"text": (1, n, 0)}, (1, n)) for n in range(300)]
    engine.write(documents)
    place.ask("PUT", "/_doc/theirs?refresh=true", {"text": "without an id"})
    engine.refresh()
    scanning = engine.scan()
    found = {next(scanning).document.id}
    engine.delete([str(n) for n in range(300)])
    engine.write([make.encoded("late")])
    engine.refresh()
    rest = list(scanning)
    found |= {encoded.document.id for encoded in rest}
    assert len(rest) == 300
    assert found == {str(n) for n in range(300)} | {"theirs"}
    assert place.texts() == {"theirs": "without an id", "late": "a text"}


def test_vectors_are_read_as_they_were_written_from_several_shards(place, engines, make):
    engine = engines.create(place.target, make.meta(), number_of_shards=2)
    documents = {str(n): make.encoded(str(n), f"text {n}", {"text": (1, n, 0)}, (1, n)) for n in range(100)}
    engine.write(list(documents.values()))
    engine.refresh()
    read = {encoded.document.id: encoded for encoded in engine.scan()}
    assert read.keys() == documents.keys()
    for id, encoded in documents.items():
        assert np.array_equal(read[id].encoding.mention_vectors, encoded.encoding.mention_vectors)
        assert np.array_equal(read[id].encoding.passage_vectors, encoded.encoding.passage_vectors)


def test_a_rebuild_over_several_shards_encodes_what_came_past_the_library(place, retrievers):
    retriever = retrievers.create(place.target, settings={"number_of_shards": 2})
    retriever.index(PLACES)
    place.node.request("POST", f"/{place.name}/_doc?refresh=true", {"text": "Ada met Dora in Rome"})
    assert retriever.statistics().pending == 1
    report = retriever.rebuild()
    assert report.documents == retriever.count() == place.count() == 7
    assert retriever.statistics().pending == 0
    assert place.settings()["number_of_shards"] == "2"
    (hit,) = retriever.find("Dora", k=1)
    assert hit.document.text == "Ada met Dora in Rome"
