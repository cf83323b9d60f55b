"""Documents with the mentions of a detector that plugs in."""

import pytest

from hybrid import Document, Mention, Retriever
from hybrid.errors import InvalidFile
from hybrid.indexing.detecting import detect_with
from hybrid.testing import FakeEncoder


class Capitals:
    """A detector of words that begin with a capital letter."""

    name = "capitals"

    def detect(self, texts):
        return [
            tuple(
                Mention(place, place + len(word), score=0.5)
                for word in text.split()
                if word[0].isupper()
                for place in [text.index(word)]
            )
            for text in texts
        ]


BAD = InvalidFile("is not JSON", file="a.jsonl", line=3)


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_each_document_has_its_mentions_in_order(batch):
    items = [
        "we saw Oslo",
        Document("b", "Ada and Bo", mentions=(Mention(8, 10),)),
        BAD,
        {"id": "c", "text": " "},
        {"id": "d", "text": "🦕 Ada"},
        Document("e", "nobody"),
    ]
    first, given, bad, empty, mapped, nobody = detect_with(items, Capitals(), batch=batch)
    assert (first.text, first.mentions) == ("we saw Oslo", (Mention(7, 11, score=0.5),))
    assert (given, bad, empty) == (items[1], BAD, items[3])
    assert (mapped.id, mapped.mentions) == ("d", (Mention(2, 5, score=0.5),))
    assert nobody.mentions == (), "nothing was found, and nothing is to be detected again"


def test_the_index_keeps_them_as_given_ones(tmp_path):
    with Retriever.create(tmp_path / "index", encoder=FakeEncoder()) as retriever:
        report = retriever.index(detect_with([Document("a", "we saw Oslo")], Capitals()), progress=False)
        assert (report.documents, report.mentions) == (1, 1)
        assert [mention.surface for mention in retriever.get("a")[0].mentions] == ["Oslo"]


def test_where_the_stream_fails_what_it_gave_before_comes_first():
    def stream():
        yield "Oslo"
        raise OSError("gone")

    found = detect_with(stream(), Capitals())
    assert next(found).mentions == (Mention(0, 4, score=0.5),)
    with pytest.raises(OSError, match="gone"):
        next(found)
