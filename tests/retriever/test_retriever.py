"""An index as its user sees it: create, open, index, get, delete, find, plan, rebuild."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from hybrid import (
    BundleError,
    BundleMismatch,
    Document,
    IndexExists,
    IndexNotFound,
    InvalidDocument,
    InvalidFilter,
    InvalidInput,
    InvalidQuery,
    Mention,
    Retriever,
)
from hybrid.encoding.calibration import Platt
from hybrid.retriever.sync import Target
from hybrid.testing import FakeEncoder

DOCUMENTS = [
    Document("1", "Michelin opened a plant in Nova Scotia.", "Tyres", {"year": 1971, "lang": "en"}),
    Document("2", "Worn tyres slipped on the wet road.", fields={"year": 2009}),
    Document("3", "Pirelli supplies Ferrari in Italy.", fields={"year": 2011, "lang": ["en", "it"]}),
    Document("4", "nothing of note happened", mentions=[]),
]


@pytest.fixture
def retriever(target: Target) -> Iterator[Retriever]:
    with Retriever.create(target, encoder=FakeEncoder()) as retriever:
        retriever.index(DOCUMENTS)
        yield retriever


def ids(hits: Any) -> list[str]:
    return [hit.id for hit in hits]


def test_four_lines_answer(target: Target) -> None:
    retriever = Retriever.create(target, encoder=FakeEncoder())
    retriever.index([Document(id="1", text="Michelin opened a plant in Nova Scotia.", fields={"year": 1971})])
    (hit,) = retriever.find("Michelin", k=10)
    assert hit.id == "1"
    assert (hit.mentions[0].surface, hit.mentions[0].start, hit.mentions[0].end) == ("Michelin", 0, 8)
    assert hit.document.fields == {"year": 1971}
    retriever.close()


class Calibrated(FakeEncoder):
    """A bundle that knows how probable a match is."""

    calibration = Platt(4.0, -2.0)


def test_a_calibrated_bundle_tells_how_probable_each_match_is(target: Target) -> None:
    with Retriever.create(target, encoder=Calibrated()) as retriever:
        retriever.index(DOCUMENTS)
        matches = [match for hit in retriever.find("Michelin", how="typed", k=4) for match in hit.mentions]
        assert [match.probability for match in matches] == pytest.approx(
            Platt(4.0, -2.0).of([match.cosine for match in matches]).tolist()
        )
        assert not any(hit.mentions for hit in retriever.find("Michelin", how="bm25"))


def test_without_a_calibration_no_match_has_a_probability(retriever: Retriever) -> None:
    (hit, *_) = retriever.find("Michelin", how="typed")
    assert {match.probability for match in hit.mentions} == {None}


def test_the_report_counts_what_was_done(target: Target) -> None:
    with Retriever.create(target, encoder=FakeEncoder()) as retriever:
        report = retriever.index(DOCUMENTS)
        statistics = retriever.statistics()
        assert (report.documents, report.replaced, report.skipped, report.refused) == (4, 0, 0, ())
        assert (report.passages, report.mentions) == (statistics.passages, statistics.mentions)
        assert report.mentions > 0
        assert retriever.count() == 4


def test_documents_mappings_and_texts_are_taken_from_any_iterable(target: Target) -> None:
    with Retriever.create(target, encoder=FakeEncoder()) as retriever:
        report = retriever.index(item for item in (DOCUMENTS[0], {"id": "m", "text": "Ada in Paris"}, "Bob in Rome"))
        assert report.documents == 3
        (found,) = retriever.find("Rome", k=1, how="lexical")
        assert found.document.text == "Bob in Rome"
        assert len(found.id) == 32


def test_one_bad_document_is_refused_and_the_rest_goes_on(target: Target) -> None:
    with Retriever.create(target, encoder=FakeEncoder()) as retriever:
        bad: list[Any] = [DOCUMENTS[0], {"id": "x", "text": " "}, 5, Document("y", "a\ud800"), DOCUMENTS[1]]
        report = retriever.index(bad)
        assert report.documents == retriever.count() == 2
        assert [(refused.position, refused.id) for refused in report.refused] == [(1, "x"), (2, None), (3, "y")]
        assert "offset 1 holds a lone surrogate" in report.refused[2].reason


def test_raise_stops_at_the_batch_of_the_first_refused(target: Target) -> None:
    with Retriever.create(target, encoder=FakeEncoder()) as retriever:
        items = [DOCUMENTS[0], {"id": "x", "text": " "}, DOCUMENTS[1]]
        with pytest.raises(InvalidDocument, match=r"^document 'x', field 'text': ") as caught:
            retriever.index(items, on_error="raise", batch_size=2)
        assert caught.value.id == "x"
        assert retriever.count() == 1


def test_a_field_of_another_type_refuses_the_document_and_names_the_declaration(retriever: Retriever) -> None:
    report = retriever.index([Document("5", "Ada", fields={"year": "old"}), Document("6", "Bob", fields={"year": 7})])
    assert report.documents == 1
    (refused,) = report.refused
    assert refused.id == "5"
    assert "'year'" in refused.reason
    assert "fields={" in refused.reason


def test_a_mention_that_meets_no_token_is_dropped_and_reported(retriever: Retriever) -> None:
    report = retriever.index([Document("5", "Ada   Bob", mentions=[Mention(0, 3), Mention(3, 6)])])
    assert (report.documents, report.mentions, report.refused) == (1, 1, ())
    assert [dropped.id for dropped in report.dropped] == ["5"]
    assert "[3, 6)" in report.dropped[0].reason
    assert [dropped.id for dropped in retriever.rebuild().dropped] == ["5"]


def test_given_mentions_are_kept_and_an_empty_list_means_none(retriever: Retriever) -> None:
    retriever.index([Document("5", "Ada met Bob in Rome", mentions=[Mention(8, 11)])])
    given, none = retriever.get(["5", "4"])
    assert given is not None
    assert none is not None
    assert given.mentions == (Mention(8, 11, "Bob"),)
    assert not none.mentions


def test_an_id_again_replaces_the_document_whole(retriever: Retriever) -> None:
    report = retriever.index([Document("1", "Goodyear is in Akron.", fields={"year": 1898})])
    assert (report.documents, report.replaced, retriever.count()) == (1, 1, 4)
    (document,) = retriever.get("1")
    assert document is not None
    assert (document.title, document.fields) == (None, {"year": 1898})
    assert ids(retriever.find("Michelin", how="lexical")) == []
    assert "Michelin" not in [match.surface for hit in retriever.find("Michelin") for match in hit.mentions]


def test_within_one_run_the_last_one_wins_and_is_counted(target: Target) -> None:
    with Retriever.create(target, encoder=FakeEncoder()) as retriever:
        for size in (1, 10):
            report = retriever.index([{"id": "a", "text": "Ada"}, {"id": "a", "text": "Bob"}], batch_size=size)
            assert report.documents == 2
            assert report.replaced in (1, 2)
            assert [d.text for d in retriever.get("a") if d] == ["Bob"]
        assert retriever.count() == 1


def test_skip_resumes_a_run(retriever: Retriever) -> None:
    report = retriever.index([*DOCUMENTS, Document("5", "Ada in Rome")], on_existing="skip")
    assert (report.documents, report.skipped, report.replaced) == (1, 4, 0)


@pytest.mark.parametrize("batch_size", [1, 10])
def test_skip_passes_over_what_came_earlier_in_the_run(retriever: Retriever, batch_size: int) -> None:
    items = [{"id": "a", "text": "Ada"}, {"id": "a", "text": "Bob"}]
    report = retriever.index(items, on_existing="skip", batch_size=batch_size)
    assert (report.documents, report.skipped) == (1, 1)
    assert [document and document.text for document in retriever.get("a")] == ["Ada"]


def test_a_stream_that_fails_keeps_what_it_gave(target: Target) -> None:
    def stream() -> Iterator[Document]:
        yield from DOCUMENTS[:2]
        raise RuntimeError("the source went away")

    with Retriever.create(target, encoder=FakeEncoder()) as retriever:
        with pytest.raises(RuntimeError, match="the source went away"):
            retriever.index(stream())
        assert retriever.count() == 2


def test_progress_is_told_after_each_batch(target: Target) -> None:
    told: list[int] = []
    with Retriever.create(target, encoder=FakeEncoder()) as retriever:
        retriever.index(DOCUMENTS, batch_size=2, progress=lambda report: told.append(report.documents))
    assert told == [2, 4]


def test_delete_get_count(retriever: Retriever) -> None:
    assert retriever.delete(["1", "none"]) == 1
    assert retriever.delete("1") == 0
    assert [document and document.id for document in retriever.get(["3", "1", "2"])] == ["3", None, "2"]
    assert retriever.count() == 3
    assert retriever.delete([]) == 0
    with pytest.raises(InvalidInput, match="the id 5 is int"):
        retriever.get([5])  # type: ignore[list-item]


@pytest.mark.parametrize("how", ["lexical", "typed", "dense", "auto", "min_max(typed, dense)", "rrf(typed, lexical)"])
def test_every_how_answers_with_filters_pages_and_explanations(retriever: Retriever, how: str) -> None:
    hits = retriever.find("Pirelli", how=how, explain=True)
    assert hits[0].id == "3"
    assert all(first.score >= second.score for first, second in pairwise(hits))
    assert ids(retriever.find("Pirelli", how=how, where={"lang": "it"})) == ["3"]
    assert ids(retriever.find("Pirelli", how=how, k=1, offset=1)) == ids(hits)[1:2]
    assert len(retriever.find("Pirelli", how=how, offset=50)) == 0


def test_without_a_typed_leg_a_hit_has_no_matches(retriever: Retriever) -> None:
    assert [hit.mentions for hit in retriever.find("tyres", how="lexical")] == [(), ()]
    assert retriever.find("Pirelli", mentions=1)[0].mentions[0].surface == "Pirelli"
    assert all(len(hit.mentions) == 0 for hit in retriever.find("Pirelli", mentions=0))


def test_text_can_be_left_out(retriever: Retriever) -> None:
    hit = retriever.find("Pirelli", text=False)[0]
    assert hit.document.text == ""
    assert hit.snippet is not None


def test_dates_are_kept_as_strings_and_filtered_as_dates(retriever: Retriever) -> None:
    retriever.index([Document("5", "Ada in Rome", fields={"born": dt.date(1815, 12, 10)})])
    assert ids(retriever.find("Ada", how="typed", where={"born": {"<": dt.date(1900, 1, 1)}})) == ["5"]
    (document,) = retriever.get("5")
    assert document is not None
    assert document.fields == {"born": "1815-12-10"}


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"yaer": 1971}, "did you mean 'year'?"),
        ({"year": "1971"}, "the value '1971' is str, the field holds int"),
        ({"year": {">>": 1}}, "'>>' is no operator"),
    ],
)
def test_a_filter_that_cannot_be_applied_is_refused(retriever: Retriever, where: Any, words: str) -> None:
    with pytest.raises(InvalidFilter, match=words):
        retriever.find("Pirelli", where=where)


def test_an_empty_index_answers_with_nothing(target: Target) -> None:
    with Retriever.create(target, encoder=FakeEncoder()) as retriever:
        for how in ("auto", "lexical", "typed", "dense", "rrf(lexical, dense)"):
            assert len(retriever.find("dinosaur", how=how)) == 0
        assert retriever.count() == 0
        assert retriever.index([]).documents == 0


@pytest.mark.parametrize("type", ["恐竜", "ديناصور", "x" * 2_000])
def test_any_words_can_be_asked(retriever: Retriever, type: str) -> None:
    assert len(retriever.find(type)) <= 4


def test_words_that_cannot_be_asked(retriever: Retriever) -> None:
    for type in ("", "x" * 10_000):
        with pytest.raises(InvalidQuery):
            retriever.find(type)
    with pytest.raises(InvalidQuery, match="the typed leg cannot be asked '!!!': "):
        retriever.find("!!!", how="typed")


def test_a_plan_can_be_made_kept_and_run(retriever: Retriever) -> None:
    plan = retriever.plan("Pirelli", how="min_max(typed, dense=.5)", k=2)
    assert ids(retriever.run(plan)) == ids(retriever.find("Pirelli", how="min_max(typed, dense=.5)", k=2))
    assert retriever.find("Pirelli").plan.reason


def test_create_where_an_index_is_names_open(retriever: Retriever, target: Target) -> None:
    with pytest.raises(IndexExists, match="open"):
        Retriever.create(target, encoder=FakeEncoder())


def test_open_where_nothing_is(target: Target) -> None:
    with pytest.raises(IndexNotFound, match="create"):
        Retriever.open(target, encoder=FakeEncoder())


def test_open_again_finds_everything(retriever: Retriever, target: Target) -> None:
    before = retriever.find("Pirelli")
    retriever.close()
    retriever.close()
    with Retriever.open(target, encoder=FakeEncoder()) as again:
        after = again.find("Pirelli")
        assert [(hit.id, hit.score, hit.mentions) for hit in after] == [
            (hit.id, hit.score, hit.mentions) for hit in before
        ]


def test_a_bundle_that_does_not_ship_must_be_passed(retriever: Retriever, target: Target) -> None:
    with pytest.raises(BundleError, match=r"'fake'.*encoder="):
        Retriever.open(target)


def test_another_bundle_is_refused_with_both_named(retriever: Retriever, target: Target) -> None:
    with pytest.raises(BundleMismatch, match=f"{FakeEncoder().fingerprint}.*minilm"):
        Retriever.open(target, encoder="minilm")


def test_without_an_encoder_words_can_be_matched(retriever: Retriever, target: Target) -> None:
    with Retriever.open(target, encoder=False) as reader:
        assert ids(reader.find("tyres")) == ids(retriever.find("tyres", how="lexical"))
        assert reader.count() == 4
        with pytest.raises(InvalidQuery, match="without an encoder"):
            reader.find("tyres", how="typed")
        with pytest.raises(InvalidInput, match="encoder=False"):
            reader.index(DOCUMENTS)


def test_rebuild_keeps_given_mentions_and_makes_detected_ones_anew(retriever: Retriever, target: Target) -> None:
    class Other(FakeEncoder):
        name = fingerprint = "other"

    retriever.index([Document("5", "Ada met Bob", mentions=[Mention(8, 11)])])
    report = retriever.rebuild(Other())
    assert report.documents == retriever.count() == 5
    (given,) = retriever.get("5")
    assert given is not None
    assert given.mentions == (Mention(8, 11, "Bob"),)
    assert retriever.meta.bundle == "other"
    assert retriever.find("Pirelli")[0].id == "3"
    retriever.index([Document("6", "Carl in Oslo")])
    assert retriever.count() == 6
    retriever.close()
    with Retriever.open(target, encoder=Other()) as again:
        assert again.count() == 6


def test_a_rebuild_that_fails_leaves_the_old_index(retriever: Retriever) -> None:
    class Broken(FakeEncoder):
        name = fingerprint = "broken"

        def encode(self, *arguments: Any) -> Any:
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        retriever.rebuild(Broken())
    assert retriever.meta.bundle == "fake"
    assert retriever.count() == 4
    assert retriever.find("Pirelli")[0].id == "3"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"language": "klingon"}, "language is 'klingon'"),
        ({"fields": {"a.b": str}}, "^field 'a.b': .* no dot"),
        ({"fields": {"\ud800": str}}, "lone surrogate"),
        ({"fields": ["a"]}, "fields is list"),
        ({"fields": {f"f{n}": str for n in range(1_001)}}, "1,001 fields"),
        ({"fields": {"a": list}}, "is no type of a field"),
    ],
)
def test_create_refuses_what_no_index_can_be(target: Target, options: Any, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Retriever.create(target, encoder=FakeEncoder(), **options)
    with pytest.raises(IndexNotFound):
        Retriever.open(target, encoder=FakeEncoder())


def test_declared_fields_take_an_int_where_float_is_kept(target: Target) -> None:
    with Retriever.create(target, encoder=FakeEncoder(), fields={"price": float}) as retriever:
        report = retriever.index([Document("1", "Ada", fields={"price": 3})])
        assert report.refused == ()
        assert ids(retriever.find("Ada", where={"price": {"<": 3.5}})) == ["1"]


def test_one_document_without_a_list_is_told(retriever: Retriever) -> None:
    for item in (DOCUMENTS[0], "text", {"text": "x"}):
        with pytest.raises(InvalidInput, match="expected an iterable of documents"):
            retriever.index(item)  # type: ignore[arg-type]


def test_a_rebuild_keeps_what_was_committed_and_not_refreshed(retriever: Retriever, target: Target) -> None:
    retriever.index(["Goodyear is from Akron."], refresh=False)
    retriever.rebuild()
    assert retriever.count() == 5
    retriever.close()
    with Retriever.open(target, encoder=FakeEncoder()) as early:
        with Retriever.open(target, encoder=FakeEncoder()) as other:
            other.index(["Continental is from Hanover."])
        early.rebuild()
        assert early.count() == 6


def test_after_anothers_rebuild_the_former_encoder_is_refused(retriever: Retriever, target: Target) -> None:
    retriever.close()
    with Retriever.open(target, encoder=FakeEncoder()) as stale:
        with Retriever.open(target, encoder=False) as other:
            other.rebuild(FakeEncoder(window=500))
        if isinstance(target, Path):
            # Until it looks again it answers from the index as it was.
            assert ids(stale.find("Pirelli", how="typed"))[0] == "3"
        # Writing would mix two bundles' vectors.
        with pytest.raises(BundleMismatch, match=r"fake-256-500.*fake-256-1000"):
            stale.index(["Goodyear is from Akron."])
        stale.refresh()
        for act in (lambda: stale.find("Pirelli"), lambda: stale.index(["Akron"]), lambda: stale.rebuild()):
            with pytest.raises(BundleMismatch, match=r"fake-256-500.*fake-256-1000"):
                act()
        assert ids(stale.find("Pirelli", how="lexical")) == ["3"]
        assert stale.count() == 4
        stale.rebuild(FakeEncoder(window=500))
        assert ids(stale.find("Pirelli", how="typed"))[0] == "3"


@pytest.mark.parametrize("encoder", [None, False, True, 5, FakeEncoder])
def test_what_is_no_encoder_is_told(retriever: Retriever, target: Target, tmp_path: Path, encoder: Any) -> None:
    with pytest.raises(InvalidInput, match="expected a bundle's name, a bundle's folder or an Encoder"):
        Retriever.create(tmp_path / "new", encoder=encoder)
    assert not (tmp_path / "new").exists()
    if encoder in (True, 5):
        with pytest.raises(InvalidInput, match="expected a bundle's name"):
            Retriever.open(target, encoder=encoder)


@pytest.mark.parametrize("nothing", [None, 5])
def test_what_is_no_stream_and_no_ids_is_told(retriever: Retriever, nothing: Any) -> None:
    for act in (retriever.index, retriever.get, retriever.delete):
        with pytest.raises(InvalidInput, match="expected an"):
            act(nothing)


def test_an_id_with_a_lone_surrogate_is_told(retriever: Retriever) -> None:
    for act in (retriever.get, retriever.delete):
        with pytest.raises(InvalidInput, match="lone surrogate"):
            act(["1", "\udcff"])
    assert retriever.count() == 4
