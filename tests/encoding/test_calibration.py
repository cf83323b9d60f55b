"""From a cosine to a probability: never falling, 0..1, constant outside the knots; read and written as JSON."""

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.encoding.calibration import Isotonic, Platt, calibration_to_json, parse_calibration
from hybrid.encoding.fields import Fields
from hybrid.errors import BundleError

platts = st.builds(Platt, st.floats(0.0, 1e6), st.floats(-1e6, 1e6))
cosines = st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=20)


@st.composite
def isotonics(draw):
    knots = sorted(draw(st.sets(st.floats(-1.0, 1.0), min_size=1, max_size=32)))
    values = draw(st.lists(st.floats(0.0, 1.0), min_size=len(knots), max_size=len(knots)))
    return Isotonic(tuple(knots), tuple(sorted(values)))


@given(platts | isotonics(), cosines)
def test_probabilities_never_fall_and_are_from_0_to_1(calibration, cosines):
    found = calibration.of(sorted(cosines))
    assert found.shape == (len(cosines),)
    assert (np.diff(found) >= -1e-12).all()
    assert ((found >= 0.0) & (found <= 1.0)).all()


@given(isotonics(), st.floats(-1.0, 1.0))
def test_outside_the_knots_it_is_constant(calibration, cosine):
    [found] = calibration.of([cosine])
    if cosine <= calibration.cosines[0]:
        assert found == calibration.probabilities[0]
    if cosine >= calibration.cosines[-1]:
        assert found == calibration.probabilities[-1]


def test_it_is_the_formula():
    assert Platt(10.0, -5.0).of([0.5, 0.6]) == pytest.approx([0.5, 1.0 / (1.0 + np.exp(-1.0))])
    assert Isotonic((0.0, 0.5), (0.1, 0.9)).of([[-1.0, 0.25], [0.5, 1.0]]) == pytest.approx(
        np.array([[0.1, 0.5], [0.9, 0.9]])
    )


@given(platts | isotonics())
def test_json_gives_the_same_calibration(calibration):
    text = orjson.dumps(calibration_to_json(calibration))
    assert parse_calibration(Fields(orjson.loads(text), "calibration")) == calibration


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"method": "guess"}, "method must be one of platt, isotonic"),
        ({"method": "platt", "slope": -1.0, "intercept": 0.0}, "slope must be a number from 0"),
        ({"method": "platt", "slope": 1.0}, "'intercept' is missing"),
        ({"method": "platt", "slope": 1.0, "intercept": 0.0, "more": 1}, "unknown key 'more'"),
        ({"method": "isotonic", "cosines": [], "probabilities": []}, "at least one number from -1 to 1"),
        ({"method": "isotonic", "cosines": [0.1], "probabilities": [1.5]}, "at least one number from 0 to 1"),
        ({"method": "isotonic", "cosines": [0.1, True], "probabilities": [0.1, 0.2]}, "at least one number"),
        ({"method": "isotonic", "cosines": [0.1, 0.2], "probabilities": [0.1]}, "as many, found 2 and 1"),
        ({"method": "isotonic", "cosines": [0.2, 0.2], "probabilities": [0.1, 0.2]}, "cosines must rise"),
        ({"method": "isotonic", "cosines": [0.1, 0.2], "probabilities": [0.2, 0.1]}, "probabilities must not fall"),
    ],
)
def test_what_is_no_calibration_is_refused_by_name(data, sentence):
    with pytest.raises(BundleError) as error:
        parse_calibration(Fields(data, "bundle.json"))
    assert sentence in str(error.value)
