"""How new a type is: nearest trained types by name and by head, and results by that distance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidInput
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.task import Task
from hybrid.evaluation.zero_shot import (
    BY_HEAD,
    BY_NAME,
    TRAINED,
    Nearest,
    TrainedType,
    digest,
    jaccard,
    nearest_types,
)
from hybrid.testing import FakeEncoder

TAUGHT = (
    TrainedType("news", "person-director", ("film director", "director")),
    TrainedType("news", "location-road", ("road",)),
    TrainedType("code", "File_Type", ("file format",)),
)
SETS = st.frozensets(st.text(max_size=2), max_size=5)


def nearest_of(**types: str) -> dict[str, Nearest]:
    task = Task("made", (Sentence("a", (LabelledSpan(0, 1, "a"),)),), types)
    return nearest_types(task, TAUGHT, FakeEncoder())


def newness(overlap=0.0, cosine=0.0, trained=False) -> Nearest:
    return Nearest("x", None, overlap, "road", cosine, ("news",) if trained else ())


def test_the_nearest_name_shares_most_stems():
    found = nearest_of(a="directors of films", b="roads", c="river", d="道路 🦕")
    assert (found["a"].by_name, found["a"].overlap) == ("film director", pytest.approx(2 / 3))
    assert (found["b"].by_name, found["b"].overlap, found["b"].trained) == ("road", 1.0, True)
    assert (found["c"].by_name, found["c"].overlap, found["c"].trained) == (None, 0.0, False)
    assert found["d"].by_name is None


def test_the_nearest_by_head_has_the_largest_cosine():
    encoder = FakeEncoder()
    names = ["film director", "director", "road", "file format"]
    cosines = (encoder.encode_types(["river"]) @ encoder.encode_types(names).T)[0]
    found = nearest_of(c="river")["c"]
    assert found.by_head == names[int(cosines.argmax())]
    assert found.cosine == pytest.approx(float(cosines.max()))
    assert nearest_of(r="road")["r"].cosine == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("label", "words", "trained"),
    [
        ("x", "Roads", True),
        ("filetype", "kind of document", True),
        ("road", "street", False),
        ("🦕", "dinosaur", False),
    ],
)
def test_a_type_was_trained_on_by_its_name_or_its_label(label, words, trained):
    assert nearest_of(**{label: words})[label].trained is trained


def test_the_sources_of_a_trained_type_are_named():
    assert nearest_of(a="roads")["a"].trained_in == ("news",)
    assert nearest_of(**{"person-director": "file formats"})["person-director"].trained_in == ("news", "code")


@pytest.mark.parametrize(
    "known",
    [
        TrainedType("wordnet", "river.n.01", ("river",), labelled=False),
        TrainedType("wordnet", "", (), labelled=False, digests=frozenset({digest(["river"]), digest(["hill", "top"])})),
    ],
)
def test_a_wide_source_names_a_type_and_is_no_neighbour(known):
    wide = (known,)
    task = Task("made", (), {"a": "rivers", "b": "lake"})
    found = nearest_types(task, (*TAUGHT, *wide), FakeEncoder())
    assert (found["a"].by_name, found["a"].trained, found["a"].named_in) == (None, False, ("wordnet",))
    assert (found["a"].source_bucket, found["b"].source_bucket) == ("named in a wide source", "in no source")
    with pytest.raises(InvalidInput, match="no type of a labelled corpus"):
        nearest_types(task, wide, FakeEncoder())


def test_without_trained_types_there_is_no_nearest():
    with pytest.raises(InvalidInput, match="no type of a labelled corpus"):
        nearest_types(Task("made", (), {"a": "a"}), (), FakeEncoder())


def test_every_distance_has_one_bucket():
    assert [newness(overlap=value).name_bucket for value in (0.5, 0.0)] == list(BY_NAME[1:])
    assert [newness(cosine=value).head_bucket for value in (0.5, 0.49, 0.35, 0.34, -1.0)] == [
        BY_HEAD[1], BY_HEAD[2], BY_HEAD[2], BY_HEAD[3], BY_HEAD[3],
    ]  # fmt: skip
    assert newness(0.2, 0.9, trained=True).name_bucket == newness(0.2, 0.9, trained=True).head_bucket == TRAINED


@given(SETS, SETS)
def test_jaccard_is_symmetric_and_1_for_equal_sets_alone(first, second):
    value = jaccard(first, second)
    assert value == jaccard(second, first)
    assert 0.0 <= value <= 1.0
    assert (value == 1.0) == (first == second and bool(first))
