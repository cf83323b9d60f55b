"""What the protocol promises: documents in, the same documents out, one truth at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from hybrid.documents import Document, EncodedDocument, Encoding, Mention, Refusal
from hybrid.engines.protocol import Written

REFUSAL = Refusal(2, 3, "it meets no token")


def statuses(report):
    return [(item.id, item.status) for item in report.items]


def test_a_document_comes_back_as_it_was_given(make, filled):
    fields = {"year": 1971, "price": 1.5, "open": True, "lang": ["fr", "en"], "on": dt.date(1971, 3, 9)}
    at = dt.datetime(1971, 3, 9, 12, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    engine = filled(
        make.encoded(
            "a",
            "Michelin 🦕 opened",
            {"🦕": (1, 0, 0)},
            title="Reifen",
            fields={**fields, "at": at, "none": None, "empty": []},
        )
    )
    (document,) = engine.get(["a"])
    assert document == Document(
        "a",
        "Michelin 🦕 opened",
        "Reifen",
        {**fields, "on": "1971-03-09", "at": "1971-03-09T11:00:00.000000Z"},
        (Mention(9, 10, "🦕"),),
    )
    assert engine.meta.fields == {
        "year": "int",
        "price": "float",
        "open": "bool",
        "lang": "str",
        "on": "str",
        "at": "str",
    }


def test_get_keeps_the_order_and_says_none(make, filled):
    engine = filled(*(make.encoded(str(number)) for number in range(3)))
    found = engine.get(["2", "x", "0", "2"])
    assert [document and document.id for document in found] == ["2", None, "0", "2"]
    assert engine.get([]) == []


@pytest.mark.parametrize(
    "text", ["a\x00b", "שלום עולם", "日本語", "👩‍👩‍👧 e\u0301", "\ufeffBOM", "x" * 1_000_000, "\u2028\x85 \x1c"]
)
def test_any_text_survives(text, make, filled):
    engine = filled(make.encoded(text[:100], text, {text[-1]: (1, 0, 0)}, title=text[:9]))
    (document,) = engine.get([text[:100]])
    assert (document.id, document.text, document.title) == (text[:100], text, text[:9])
    assert document.mentions[0].surface == text[-1]


def test_writing_an_id_again_replaces_the_document_with_all_its_mentions(make, filled):
    engine = filled(make.encoded("a", "old plant", {"plant": (1, 0, 0)}), make.encoded("b"))
    assert statuses(engine.write([make.encoded("a", "new town", {"new": (0, 1, 0), "town": (0, 0, 1)})])) == [
        ("a", "replaced")
    ]
    engine.refresh()
    assert [mention.surface for mention in engine.get(["a"])[0].mentions] == ["new", "town"]
    assert engine.statistics().documents == 2
    assert engine.statistics().mentions == 2
    assert [hit.id for hit in engine.search(make.bound("lexical", words="plant"))] == []
    assert engine.search(make.bound("typed", typed=(1, 0, 0)))[0].score == pytest.approx(0.5)


def test_of_equal_ids_in_a_batch_the_last_stays(make, engine):
    report = engine.write([make.encoded("a", "one"), make.encoded("b"), make.encoded("a", "two")])
    assert statuses(report) == [("a", "written"), ("b", "written"), ("a", "replaced")]
    engine.refresh()
    assert engine.get(["a"])[0].text == "two"
    assert engine.statistics().documents == 2


def test_a_refused_later_one_leaves_the_earlier_one(make, engine):
    engine.write([make.encoded("x", fields={"year": 1})])
    report = engine.write([make.encoded("a", "one"), make.encoded("a", "two", fields={"year": "old"})])
    assert statuses(report) == [("a", "written"), ("a", "refused")]
    engine.refresh()
    assert engine.get(["a"])[0].text == "one"


@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        (1, "old", "the value 'old' is str, the field keeps int since its first value; create(fields={'f': str})"),
        (1, 1.5, "the value 1.5 is float, the field keeps int since its first value; create(fields={'f': float})"),
        (1, True, "the value True is bool, the field keeps int"),
        ("x", 1, "the value 1 is int, the field keeps str since its first value; create(fields={'f': int})"),
        (1.5, True, "the value True is bool, the field keeps float"),
        (True, 0, "the value 0 is int, the field keeps bool"),
        ([1, 2], [3, "x"], "the value 'x' is str, the field keeps int"),
    ],
)
def test_a_field_keeps_its_first_type(first, then, words, make, engine):
    report = engine.write(
        [make.encoded("a", fields={"f": first}), make.encoded("b", fields={"f": then}), make.encoded("c")]
    )
    assert [item.status for item in report.items] == ["written", "refused", "written"]
    assert report.items[1].reason.startswith("document 'b', field 'f': ")
    assert words in report.items[1].reason
    assert statuses(engine.write([make.encoded("d", fields={"f": then})])) == [("d", "refused")]


def test_an_int_is_taken_where_float_is_kept(make, engine):
    engine.write(
        [
            make.encoded("a", fields={"f": 1.5}),
            make.encoded("b", fields={"f": 2}),
            make.encoded("c", fields={"g": [1, 2.5]}),
        ]
    )
    engine.refresh()
    values = [engine.get([id])[0].fields for id in "abc"]
    assert values == [{"f": 1.5}, {"f": 2.0}, {"g": [1.0, 2.5]}]
    assert type(values[1]["f"]) is float


def test_a_refused_document_declares_nothing(make, engine):
    engine.write([make.encoded("a", fields={"year": 1})])
    engine.write([make.encoded("b", fields={"new": 1, "year": "x"})])
    assert engine.meta.fields == {"year": "int"}
    assert statuses(engine.write([make.encoded("c", fields={"new": "text"})])) == [("c", "written")]


@pytest.mark.parametrize(
    "value", [float("nan"), 2**63, b"x", {"a": 1}, [[1]], "\ud800", dt.datetime(2026, 1, 1), "x" * 32_767]
)
def test_a_value_that_is_not_kept_refuses_its_document_alone(value, make, engine):
    report = engine.write([make.encoded("a"), make.encoded("b", fields={"f": value}), make.encoded("c")])
    assert [item.status for item in report.items] == ["written", "refused", "written"]
    assert report.items[1].reason.startswith("document 'b', field 'f': ")


def test_a_thousand_fields_and_not_one_more(make, engine):
    assert statuses(engine.write([make.encoded("a", fields={f"f{n}": n for n in range(999)})])) == [("a", "written")]
    report = engine.write(
        [
            make.encoded("b", fields={"x": 1, "y": 1}),
            make.encoded("c", fields={"x": 1}),
            make.encoded("d", fields={"f1": 2, "z": 1}),
        ]
    )
    assert [item.status for item in report.items] == ["refused", "written", "refused"]
    assert "the index would have 1,001 fields; at most 1,000 are kept" in report.items[0].reason


@pytest.mark.parametrize("change", ["mention width", "mention count", "passage width", "span"])
def test_vectors_that_do_not_fit_refuse_their_document(change, make, engine):
    good = make.encoded("a", "a plant", {"plant": (1, 0, 0)}, (1, 0))
    encoding = {
        "mention width": replace(good.encoding, mention_vectors=np.ones((1, 4), np.float32)),
        "mention count": replace(good.encoding, mention_vectors=np.ones((2, 3), np.float32)),
        "passage width": replace(good.encoding, passage_vectors=np.ones((1, 3), np.float32)),
        "span": replace(good.encoding, mentions=(Mention(2, 8),)),
    }[change]
    report = engine.write([replace(good, encoding=encoding), make.encoded("b")])
    assert [item.status for item in report.items] == ["refused", "written"]
    assert report.items[0].reason.startswith("document 'a': ")


def test_a_lone_surrogate_refuses_its_document(make, engine):
    report = engine.write([make.encoded("a", "x\ud800"), make.encoded("b", title="\udfff"), make.encoded("c")])
    assert [item.status for item in report.items] == ["refused", "refused", "written"]
    assert "field 'text': offset 1 holds a lone surrogate" in report.items[0].reason


def test_delete_passes_over_what_is_not_there(make, filled):
    engine = filled(make.encoded("a"), make.encoded("b"))
    assert engine.delete(["a", "x", "a"]) == 1
    assert engine.delete(["a"]) == 0
    assert engine.delete([]) == 0
    engine.refresh()
    assert engine.get(["a", "b"])[0] is None
    assert engine.statistics().documents == 1


def test_a_deleted_id_can_be_written_again(make, filled):
    engine = filled(make.encoded("a", "plant", {"plant": (1, 0, 0)}))
    engine.delete(["a"])
    assert engine.write([make.encoded("a", "plant", {"plant": (0, 1, 0)})]).items == (Written("a", "written"),)
    engine.refresh()
    (hit,) = engine.search(make.bound("typed", typed=(0, 1, 0)))
    assert hit.score == pytest.approx(1.0)


def test_what_is_written_is_found_after_refresh(make, engine):
    engine.write([make.encoded("a", "plant")])
    assert len(engine.search(make.bound("lexical"))) == 0
    assert engine.statistics().documents == 0
    assert engine.get(["a"])[0].text == "plant"  # the writer sees its own commits
    engine.refresh()
    assert len(engine.search(make.bound("lexical"))) == 1
    assert engine.statistics().documents == 1


def test_statistics_count_what_is_there(make, filled):
    engine = filled(
        make.encoded("a", "one two", {"one": (1, 0, 0), "two": (0, 1, 0)}, (1, 0)),
        make.encoded("b", "three", {"three": (1, 0, 0)}),
        make.encoded("c", source="pending"),
    )
    engine.delete(["b"])
    engine.refresh()
    found = engine.statistics()
    assert (found.documents, found.passages, found.mentions, found.pending) == (2, 2, 2, 1)
    assert found.bytes > 10_000


def test_scan_gives_everything_with_its_vectors(make, filled):
    documents = [
        make.encoded(
            str(number), "one two", {"one": (1, number, 0), "two": (0, 1, 1)}, (number, 1), fields={"n": number}
        )
        for number in range(600)
    ]
    engine = filled(*documents)
    engine.delete(["3", "599"])
    engine.refresh()
    expected = [encoded for encoded in documents if encoded.document.id not in ("3", "599")]
    scanned = sorted(engine.scan(), key=lambda encoded: int(encoded.document.id))
    for found, given in zip(scanned, expected, strict=True):
        assert found.document == given.document
        assert found.mentions_from == given.mentions_from
        assert found.encoding.mentions == given.encoding.mentions
        assert found.encoding.passages == given.encoding.passages
        assert np.array_equal(found.encoding.mention_vectors, given.encoding.mention_vectors)
        assert np.array_equal(found.encoding.passage_vectors, given.encoding.passage_vectors)
        assert found.encoding.mention_vectors.flags.c_contiguous


def test_scan_goes_on_in_its_version_while_others_write(make, filled):
    engine = filled(*(make.encoded(str(number)) for number in range(300)))
    scanning = engine.scan()
    next(scanning)
    engine.delete([str(number) for number in range(300)])
    engine.refresh()
    assert len(list(scanning)) == 299
    assert list(engine.scan()) == []


def test_given_mentions_without_a_vector_are_kept(make, filled):
    engine = filled(make.encoded("a", "a ~ plant", {"plant": (1, 0, 0)}, refused=[REFUSAL]))
    assert engine.get(["a"])[0].mentions == (Mention(2, 3, "~"), Mention(4, 9, "plant"))
    (encoded,) = engine.scan()
    assert [(refusal.start, refusal.end) for refusal in encoded.encoding.refused] == [(2, 3)]
    assert [mention.surface for mention in encoded.encoding.mentions] == ["plant"]
    assert [match.surface for match in engine.search(make.bound("typed"))[0].mentions] == ["plant"]


def test_detection_scores_come_back(make, filled):
    encoded = make.encoded("a", "a plant", {"plant": (1, 0, 0)}, source="detected")
    engine = filled(replace(encoded, encoding=replace(encoded.encoding, mentions=(Mention(2, 7, "plant", 0.1),))))
    assert engine.get(["a"])[0].mentions == (Mention(2, 7, "plant", 0.1),)
    assert next(engine.scan()).mentions_from == "detected"


def test_a_document_without_passages_and_mentions(filled):
    none = Encoding((), None, (), np.zeros((0, 3), np.float32))
    engine = filled(EncodedDocument(Document("a", "text"), none, "detected"))
    assert engine.get(["a"])[0].mentions == ()
    assert engine.statistics().passages == 0


def test_an_empty_batch_changes_nothing(engine):
    assert engine.write([]).items == ()


def test_reindexing_everything_many_times_stays_right(make, engine):
    for turn in range(6):
        engine.write(
            [make.encoded(str(n), f"plant {'x ' * turn}", {"plant": (1, turn, 0)}, (1, turn)) for n in range(50)]
        )
        engine.refresh()
        assert engine.statistics().documents == 50
        for leg in ("lexical", "typed", "dense"):
            assert len({hit.id for hit in engine.search(make.bound(leg, k=60))}) == 50
    hit = engine.search(make.bound("typed", typed=(1, 5, 0)))[0]
    assert hit.score == pytest.approx(1.0)
