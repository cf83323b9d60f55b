from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.versions import TESTED, version_of
from hybrid.errors import ServerError


@pytest.mark.parametrize("number", ["2.19.6", "3.6.0", "3.6.0-SNAPSHOT", "2.19.6-beta1"])
def test_a_version_that_was_tested_needs_no_warning(number):
    version, warning = version_of(number)
    assert number.startswith(str(version))
    assert warning is None


@pytest.mark.parametrize(
    ("number", "nearest"),
    [
        ("2.17.0", "2.19.6"),
        ("2.19.5", "2.19.6"),
        ("2.19.7", "2.19.6"),
        ("3.0.0", "3.6.0"),
        ("3.6.1", "3.6.0"),
        ("3.99.0", "3.6.0"),
        ("4.0.0", "3.6.0"),
        ("1.3.0", "2.19.6"),
        ("0.0.0", "2.19.6"),
    ],
)
def test_another_version_is_taken_for_the_nearest_with_a_warning(number, nearest):
    version, warning = version_of(number)
    assert str(version) == nearest
    assert warning == (
        f"OpenSearch {number} was not tested with this version of hybrid (2.19.6 and 3.6.0 were): {nearest} is assumed"
    )


@given(st.tuples(st.integers(0, 9), st.integers(0, 99), st.integers(0, 99)))
def test_the_major_version_decides_first(number):
    version, warning = version_of(".".join(map(str, number)))
    majors = sorted({tested.number[0] for tested in TESTED}, key=lambda major: abs(major - number[0]))
    assert version.number[0] == majors[0]
    assert (warning is None) == (version.number == number)


@pytest.mark.parametrize("number", ["", "3.6", "three", "v3.6.0", "3.x.0", " 3.6.0"])
def test_what_is_no_version_is_told(number):
    with pytest.raises(ServerError, match=r"expected a number such as 3\.6\.0"):
        version_of(number)


def test_a_long_version_is_not_repeated_whole():
    with pytest.raises(ServerError) as caught:
        version_of("x" * 10_000)
    assert len(str(caught.value)) < 250


def test_the_pipeline_of_each_version_keeps_the_rank_constant_where_its_path_says(version):
    value = mappings.read(version.rrf_pipeline)["phase_results_processors"][0]["score-ranker-processor"]
    for part in version.rrf_constant:
        value = value[part]
    assert value == 60
