"""Questions less a share of the index's mean: the formula, and what an index then answers."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybrid import AsyncRetriever, Document, Hits, Mention, Retriever
from hybrid.documents import Float32
from hybrid.engines.opensearch import centroids
from hybrid.engines.protocol import Centroid
from hybrid.retriever.centring import PRIOR, centred, centred_by
from hybrid.retriever.sync import Target
from hybrid.testing import FakeEncoder

SHARE = 0.75
# Nearly all say "Paris", which so tells none from another; they are few enough that every engine takes the mean of all.
DOCUMENTS = [
    *(Document(str(n), f"Paris Ada{n} on", mentions=[Mention(0, len(f"Paris Ada{n}"))]) for n in range(150)),
    Document("p", "Paris", mentions=[Mention(0, 5)]),
    Document("v", "Vienna", mentions=[Mention(0, 6)]),
]
ASKED = "Paris Paris Vienna"


class Centring(FakeEncoder):
    """A bundle that was measured to be better with centred questions."""

    how = f"typed; centring={SHARE}"


def vector(*values: float) -> Float32:
    return np.array(values, dtype=np.float32)


def unit(row: Float32) -> Float32:
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


# The formula.


def test_the_share_of_the_mean_is_taken_off_and_the_rest_has_unit_length() -> None:
    # 300 vectors: .5 * 300 / 400 of the mean, .375 of (.8, 0), so that (.6 - .3, .8) is left.
    found = centred(vector(0.6, 0.8), Centroid(vector(0.8, 0.0), 300), 0.5)
    assert found.tolist() == pytest.approx([0.3 / 0.73**0.5, 0.8 / 0.73**0.5])
    assert found.dtype == np.float32


def test_few_vectors_count_less() -> None:
    question, mean = vector(0.6, 0.8), vector(1.0, 0.0)
    firsts = [centred(question, Centroid(mean, count), 0.5)[0] for count in (0, 1, PRIOR, 100 * PRIOR)]
    assert firsts[0] == pytest.approx(0.6)
    assert firsts == sorted(firsts, reverse=True)
    half, whole = Centroid(mean, PRIOR), Centroid(mean, 10**9)
    assert centred(question, half, 0.5).tolist() == pytest.approx(centred(question, whole, 0.25).tolist())


def test_where_nothing_would_be_left_the_question_is_unchanged() -> None:
    question = vector(1.0, 0.0)
    assert centred(question, Centroid(question, 10**12), 1.0).tolist() == question.tolist()


units = (
    arrays(np.float32, 4, elements=st.floats(-1, 1, width=32)).filter(lambda row: np.linalg.norm(row) > 0.01).map(unit)
)


@given(units, st.lists(units, min_size=1, max_size=5), st.integers(0, 10**9), st.floats(0, 1))
def test_any_centred_question_is_a_finite_unit_vector(
    question: Float32, vectors: list[Float32], count: int, share: float
) -> None:
    found = centred(question, Centroid(np.mean(vectors, axis=0, dtype=np.float32), count), share)
    assert (found.shape, found.dtype) == (question.shape, np.float32)
    assert np.linalg.norm(found) == pytest.approx(1.0, abs=1e-5)


def test_each_leg_is_centred_by_its_own_mean_and_stays_where_there_is_none() -> None:
    typed, dense = Centroid(vector(0.8, 0.0), 300), Centroid(vector(0.0, 0.8, 0.0), 900)
    questions = {"typed": vector(0.6, 0.8), "dense": vector(0.0, 0.6, 0.8)}
    both = centred_by({"typed": typed, "dense": dense}, questions, 0.5)
    assert both["typed"].tolist() == centred(questions["typed"], typed, 0.5).tolist()
    assert both["dense"].tolist() == centred(questions["dense"], dense, 0.5).tolist()
    for without in ({"typed": typed}, {"typed": typed, "dense": typed}):
        found = centred_by(without, questions, 0.5)
        assert found["typed"].tolist() == both["typed"].tolist()
        assert found["dense"] is questions["dense"]
    assert centred_by({"typed": typed, "dense": dense}, {}, 0.5) == {}


# What an index answers.


@pytest.fixture(autouse=True)
def whole_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server, too, takes the mean of all documents."""
    monkeypatch.setattr(centroids, "SAMPLE", 1_000)


@pytest.fixture
def retriever(target: Target) -> Iterator[Retriever]:
    with Retriever.create(target, encoder=Centring()) as retriever:
        retriever.index(DOCUMENTS)
        yield retriever


def found(hits: Hits) -> dict[str, float]:
    return {hit.id: hit.score for hit in hits}


def by_hand(legs: tuple[str, ...], share: float) -> dict[str, dict[str, float]]:
    """The scores of each leg, (1 + cos) / 2 with the centred question."""
    encoder = FakeEncoder()
    encodings = encoder.encode(
        [document.text for document in DOCUMENTS],
        [[(mention.start, mention.end) for mention in document.mentions or ()] for document in DOCUMENTS],
    )
    vectors = {
        "typed": np.concatenate([own.mention_vectors for own in encodings]),
        "dense": np.concatenate([own.passage_vectors for own in encodings if own.passage_vectors is not None]),
    }
    asked = {"typed": encoder.encode_types([ASKED])[0], "dense": encoder.encode_queries([ASKED])[0]}
    scores = {}
    for leg in legs:
        question = unit(asked[leg] - share * len(DOCUMENTS) / (len(DOCUMENTS) + 100) * vectors[leg].mean(axis=0))
        cosines = vectors[leg] @ question
        scores[leg] = {document.id: (1 + cosine) / 2 for document, cosine in zip(DOCUMENTS, cosines, strict=True)}
    return scores


@pytest.mark.parametrize("leg", ["typed", "dense"])
def test_a_leg_ranks_by_the_centred_question(retriever: Retriever, leg: str) -> None:
    hits = retriever.find(ASKED, how=leg, k=300, exact=True)
    assert hits.plan.centring == SHARE
    assert found(hits) == pytest.approx(by_hand((leg,), SHARE)[leg], abs=1e-5)
    assert list(found(hits))[:2] == ["p", "v"]


@pytest.mark.parametrize("leg", ["typed", "dense"])
def test_without_centring_it_is_the_plain_question(retriever: Retriever, target: Target, leg: str) -> None:
    hits = retriever.find(ASKED, how=f"{leg}; centring=0", k=300, exact=True)
    assert hits.plan.centring == 0.0
    assert found(hits) == pytest.approx(by_hand((leg,), 0.0)[leg], abs=1e-5)
    assert "v" not in list(found(hits))[:100]
    retriever.close()
    with Retriever.open(target, encoder=FakeEncoder()) as plain:
        assert found(plain.find(ASKED, how=leg, k=300, exact=True)) == found(hits)


@pytest.mark.parametrize("how", ["typed", "min_max(typed=1, dense=.2)", "min_max(typed=1, lexical=.3)"])
def test_matches_have_the_cosines_of_the_plain_question(retriever: Retriever, how: str) -> None:
    scores = by_hand(("typed",), 0.0)["typed"]
    hits = retriever.find(ASKED, how=how, k=20, exact=True)
    cosines = {hit.id: hit.mentions[0].cosine for hit in hits}
    assert len(cosines) == 20
    assert cosines == pytest.approx({id: 2 * scores[id] - 1 for id in cosines}, abs=1e-5)


def test_an_explained_score_is_still_the_sum_of_its_parts(retriever: Retriever) -> None:
    hits = retriever.find(ASKED, how="min_max(typed=1, dense=.2, lexical=.3)", explain=True, exact=True, k=20)
    scores = by_hand(("typed", "dense"), SHARE)
    for hit in hits:
        parts = [leg.contribution for leg in hit.legs.values() if leg.contribution is not None]
        assert sum(parts) == pytest.approx(hit.score, abs=1e-5)
        assert hit.legs["typed"].score == pytest.approx(scores["typed"][hit.id], abs=1e-5)
        assert hit.legs["dense"].score == pytest.approx(scores["dense"][hit.id], abs=1e-5)


def test_a_plan_that_was_kept_runs_with_its_own_share(retriever: Retriever, target: Target) -> None:
    plan = retriever.plan(ASKED, how="typed; centring=.5", exact=True)
    hits = retriever.run(plan)
    assert found(hits) == found(retriever.find(ASKED, how="typed; centring=.5", exact=True))
    retriever.close()
    with Retriever.open(target, encoder=FakeEncoder()) as plain:
        assert found(plain.run(plan)) == found(hits)


def test_what_was_written_since_counts(retriever: Retriever) -> None:
    before = found(retriever.find(ASKED, how="typed", k=300, exact=True))["v"]
    retriever.delete([str(n) for n in range(150)])
    after = found(retriever.find(ASKED, how="typed", k=300, exact=True))
    assert after["v"] != pytest.approx(before, abs=1e-3)
    # Two vectors are hardly a mean.
    plain = found(retriever.find(ASKED, how="typed; centring=0", k=300, exact=True))
    assert after == pytest.approx(plain, abs=0.02)


def test_an_empty_index_answers_with_nothing(target: Target) -> None:
    with Retriever.create(target, encoder=Centring()) as retriever:
        for how in ("auto", "dense", "rrf(typed, lexical)"):
            assert len(retriever.find(ASKED, how=how)) == 0


async def test_the_asynchronous_face_answers_the_same(retriever: Retriever, target: Target) -> None:
    hows = ("auto", "dense", "min_max(typed, dense); centring=.25", "typed; centring=0")
    expected = [retriever.find(ASKED, how=how, exact=True) for how in hows]
    retriever.close()
    async with await AsyncRetriever.open(target, encoder=Centring()) as awaited:
        for how, hits in zip(hows, expected, strict=True):
            again = await awaited.find(ASKED, how=how, exact=True)
            assert [(hit.id, hit.score, hit.mentions) for hit in again] == [
                (hit.id, hit.score, hit.mentions) for hit in hits
            ]
