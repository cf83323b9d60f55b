"""Results by how new a type is to a bundle."""

import pytest

from hybrid.evaluation.by_distance import Bucket, bucket_results, zero_shot_to_json
from hybrid.evaluation.report import Row, Table
from hybrid.evaluation.zero_shot import TRAINED, Nearest, TrainedType

TAUGHT = (TrainedType("news", "location-road", ("road",)),)


def newness(overlap=0.0, cosine=0.0, trained=False) -> Nearest:
    return Nearest("x", None, overlap, "road", cosine, ("news",) if trained else ())


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
    assert told["trained_types"] == 1
    assert told["types"]["one"]["a"] == {
        "words": "x", "trained": False, "trained_in": [], "named_in": [], "name": {"nearest": None, "overlap": 0.5},
        "head": {"nearest": "road", "cosine": 0.6},
    }  # fmt: skip
    assert told["buckets"]["gold"]["name"][TRAINED] == {"types": 1, "RPrec": {"typed": 0.9}}
