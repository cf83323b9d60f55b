"""Heads: features to unit vectors."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hybrid.encoding.activations import ACTIVATIONS, activate
from hybrid.encoding.projection import Head, Layer, Standardisation, project, unit
from hybrid.errors import BundleError, EncoderError


def layer(width_in: int, width_out: int, seed: int) -> Layer:
    rng = np.random.default_rng(seed)
    return Layer(
        rng.standard_normal((width_out, width_in)).astype(np.float32), rng.standard_normal(width_out).astype(np.float32)
    )


def rows(count: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)


def test_a_head_is_what_torch_computes() -> None:
    first, second = layer(7, 5, 1), layer(5, 4, 2)
    net = torch.nn.Sequential(torch.nn.Linear(7, 5), torch.nn.SiLU(), torch.nn.Dropout(0.1), torch.nn.Linear(5, 4))
    net.load_state_dict(
        {
            "0.weight": torch.from_numpy(first.weight),
            "0.bias": torch.from_numpy(first.bias),
            "3.weight": torch.from_numpy(second.weight),
            "3.bias": torch.from_numpy(second.bias),
        }
    )
    x = rows(9, 7)
    expected = torch.nn.functional.normalize(net.eval()(torch.from_numpy(x)), dim=1).detach().numpy()
    np.testing.assert_allclose(Head((first, second), "silu").apply(x), expected, atol=1e-6)


def test_the_input_is_standardised_first() -> None:
    own, x = layer(3, 2, 1), rows(4, 3)
    statistics = Standardisation(np.array([1, 2, 3], np.float32), np.array([2, 4, 8], np.float32))
    expected = Head((own,)).apply((x - statistics.mean) / statistics.std)
    np.testing.assert_array_equal(Head((own,), None, statistics).apply(x), expected)


def test_several_heads_are_the_mean_of_their_cosines() -> None:
    heads, x = [Head((layer(6, 3, 1),)), Head((layer(6, 8, 2),))], rows(5, 6)
    together = project(heads, x)
    assert together.shape == (5, 11)
    cosines = [head.apply(x) @ head.apply(x).T for head in heads]
    np.testing.assert_allclose(together @ together.T, np.mean(cosines, axis=0), atol=1e-6)


@given(st.integers(0, 5), st.integers(1, 9), st.integers(0, 2**31))
def test_rows_have_unit_length_and_do_not_see_each_other(count: int, width: int, seed: int) -> None:
    x = rows(count, width, seed)
    heads = [Head((layer(width, 4, seed % 1000),)), Head((layer(width, 3, seed % 1000 + 1), layer(3, 5, 7)), "relu")]
    out = project(heads, x)
    assert out.dtype == np.float32
    assert out.flags.c_contiguous
    assert out.shape == (count, 9)
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), 1, atol=1e-6)
    for row in range(count):
        np.testing.assert_allclose(project(heads, x[row : row + 1])[0], out[row], atol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_torchs(name: str) -> None:
    x = np.linspace(-30, 30, 301, dtype=np.float32).reshape(7, 43)
    function = getattr(torch.nn.functional, name) if name != "tanh" else torch.tanh
    found = activate(name, x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, function(torch.from_numpy(x)).numpy(), atol=2e-6)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_row_without_direction_is_an_error_that_names_it(bad: float) -> None:
    x = rows(3, 4)
    x[1] = bad
    with pytest.raises(EncoderError, match="vector 1 of 3 has no direction"):
        unit(x)


def test_features_of_another_width_are_an_error() -> None:
    with pytest.raises(EncoderError, match=r"features of shape \(2, 5\), expected \[n, 6\]"):
        Head((layer(6, 3, 1),)).apply(rows(2, 5))


def test_parts_that_do_not_fit_each_other_are_an_error() -> None:
    with pytest.raises(BundleError, match=r"shape \(4, 6\).*expected \(4, 5\)"):
        Head((layer(7, 5, 1), layer(6, 4, 2)))
    with pytest.raises(BundleError, match="standardisation of shapes"):
        Head((layer(3, 2, 1),), None, Standardisation(np.zeros(2, np.float32), np.ones(2, np.float32)))
    with pytest.raises(BundleError, match="above 0"):
        Head((layer(2, 2, 1),), None, Standardisation(np.zeros(2, np.float32), np.zeros(2, np.float32)))
    with pytest.raises(BundleError, match="at least one layer"):
        Head(())
