"""How new a type is: nearest trained types by name and by head, and results by that distance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidInput
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.report import Row, Table
from hybrid.evaluation.task import Task
from hybrid.evaluation.zero_shot import (
    BY_HEAD,
    BY_NAME,
    TRAINED,
    Bucket,
    Nearest,
    TrainedType,
    bucket_results,
    jaccard,
    nearest_types,
    zero_shot_to_json,
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


def test_a_wide_source_names_a_type_and_is_no_neighbour():
    wide = (TrainedType("wordnet", "river.n.01", ("river",), labelled=False),)
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


def table_of(name, **types) -> Table:
    row = Row("typed", {"RPrec": 0.0}, (0.0, 1.0), types={label: {"RPrec": own} for label, own in types.items()})
    return Table(name, "gold", (row,), 1, (1000, 1000), dict.fromkeys(types, 1))


NEAREST = {
    "one": {"a": newness(overlap=0.5, cosine=0.6), "b": newness(cosine=0.1)},
    "two": {"c": newness(cosine=0.1), "d": newness(1.0, 1.0, trained=True), "unanswered": newness()},
}
TABLES = (table_of("one", a=0.8, b=0.4), table_of("two", c=0.2, d=0.9), table_of("mean"))


def test_results_are_means_over_the_types_of_a_distance_whatever_their_data_set():
    assert bucket_results(NEAREST, TABLES) == (
        Bucket("name", TRAINED, 1, {"typed": 0.9}),
        Bucket("name", "shares a word", 1, {"typed": 0.8}),
        Bucket("name", "shares no word", 2, {"typed": pytest.approx(0.3)}),
        Bucket("head", TRAINED, 1, {"typed": 0.9}),
        Bucket("head", "cosine ≥ 0.5", 1, {"typed": 0.8}),
        Bucket("head", "cosine < 0.35", 2, {"typed": pytest.approx(0.3)}),
        Bucket("source", TRAINED, 1, {"typed": 0.9}),
        Bucket("source", "in no source", 3, {"typed": pytest.approx(1.4 / 3)}),
    )


def test_nothing_measured_has_no_bucket():
    assert bucket_results(NEAREST, ()) == ()


def test_json_holds_types_and_buckets():
    told = zero_shot_to_json(NEAREST, {"gold": bucket_results(NEAREST, TABLES)}, TAUGHT)
    assert told["trained_types"] == 3
    assert told["types"]["one"]["a"] == {
        "words": "x", "trained": False, "trained_in": [], "named_in": [], "name": {"nearest": None, "overlap": 0.5},
        "head": {"nearest": "road", "cosine": 0.6},
    }  # fmt: skip
    assert told["buckets"]["gold"]["name"][TRAINED] == {"types": 1, "RPrec": {"typed": 0.9}}


@given(SETS, SETS)
def test_jaccard_is_symmetric_and_1_for_equal_sets_alone(first, second):
    value = jaccard(first, second)
    assert value == jaccard(second, first)
    assert 0.0 <= value <= 1.0
    assert (value == 1.0) == (first == second and bool(first))
