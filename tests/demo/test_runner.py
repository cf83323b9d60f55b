from __future__ import annotations

import pytest

from hybrid import IndexExists, Retriever
from hybrid.demo import WAYS, Question, ask, index_texts, open_demo, questions, texts
from hybrid.evaluation.measures import r_precision
from hybrid.testing import FakeEncoder


@pytest.fixture
def demo(tmp_path):
    with open_demo(tmp_path / "index", FakeEncoder()) as retriever:
        index_texts(retriever)
        yield retriever


def test_every_text_is_read_and_every_answer_is_a_text():
    ids = {document["id"] for document in texts()}
    assert len(ids) == len(texts()) >= 150
    assert len(questions()) == 8
    for question in questions():
        assert question.answers
        assert question.answers <= ids


def test_all_texts_are_indexed(demo):
    assert demo.count() == len(texts())


def test_each_question_is_asked_each_way_and_measured(demo):
    for result in ask(demo, questions()):
        assert list(result.hits) == list(WAYS)
        for way, hits in result.hits.items():
            assert len(hits) <= max(len(result.question.answers), 5)
            assert result.r_precision[way] == r_precision([hit.id for hit in hits], result.question.answers)


def test_the_measure_counts_answers_among_the_first_r(demo):
    first = [hit.id for hit in demo.find("lighthouse", how="lexical", k=4)]
    question = Question("lighthouse", None, "", frozenset({first[0], first[3]}))
    [result] = ask(demo, [question], {"BM25": "lexical"})
    assert result.r_precision == {"BM25": 0.5}


def test_an_earlier_demo_is_made_anew(tmp_path, demo):
    demo.close()
    before = [hit.score for hit in demo_hits(tmp_path)]
    with open_demo(tmp_path / "index", FakeEncoder()) as retriever:
        assert retriever.count() == 0
        report = index_texts(retriever)
        assert (report.documents, report.replaced) == (len(texts()), 0)
    assert [hit.score for hit in demo_hits(tmp_path)] == before


def demo_hits(tmp_path):
    with Retriever.open(tmp_path / "index", encoder=FakeEncoder()) as retriever:
        return retriever.find("lighthouse", how="min_max(typed, lexical)", k=50)


def test_an_earlier_demo_may_go_over_to_another_bundle(tmp_path, demo):
    demo.close()
    with open_demo(tmp_path / "index", FakeEncoder(dimensions=64)) as retriever:
        assert retriever.meta.dimensions.mention == 64
        assert index_texts(retriever).documents == len(texts())


def test_an_index_with_other_documents_is_left_alone(tmp_path, demo):
    demo.index([{"id": "mine", "text": "Oslo"}], progress=False)
    count = demo.count()
    demo.close()
    with pytest.raises(IndexExists, match=r"holds 1 documents that are not the demo's"):
        open_demo(tmp_path / "index", FakeEncoder())
    with Retriever.open(tmp_path / "index", encoder=False) as retriever:
        assert retriever.count() == count


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(IndexExists):
        open_demo(tmp_path, FakeEncoder())
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
