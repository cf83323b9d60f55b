"""Raw taps: no head, nothing standardised."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding.opening import read_setup
from hybrid.encoding.projection import unit
from hybrid.encoding.raw import RawEncoder
from hybrid.errors import BundleError

TEXT = "The Rhine floods Basel"


def test_the_bundles_first_tap_of_values_is_read(tiny_manifest):
    assert RawEncoder(tiny_manifest, device="cpu").tap == "value@0:last"


def test_mentions_are_the_taps_vectors_at_unit_length(tiny_manifest):
    raw = RawEncoder(tiny_manifest, "hidden@1:mean", device="cpu")
    kept, vectors = raw.mentions([TEXT, "🦕"], [[(4, 9), (17, 22)], []])
    reader = read_setup(tiny_manifest.backbone, tiny_manifest.setup(), device="cpu")
    features = reader.read([TEXT], [[(4, 9), (17, 22)]])[0].mention_features[:, :16]
    assert kept == [[(4, 9), (17, 22)], []]
    assert vectors == pytest.approx(unit(features), abs=1e-5)


def test_types_are_the_mean_over_the_carriers(tiny_manifest):
    raw = RawEncoder(tiny_manifest, "hidden@1:mean", device="cpu")
    plain = [RawEncoder(replace(tiny_manifest, carriers=(one,)), "hidden@1:mean", device="cpu").types(["river"])
             for one in tiny_manifest.carriers]  # fmt: skip
    assert raw.types(["river"]) == pytest.approx(unit(np.mean(plain, axis=0)), abs=1e-5)


def test_spans_without_a_token_have_no_vector(tiny_manifest):
    kept, vectors = RawEncoder(tiny_manifest, device="cpu").mentions(["a  b"], [[(1, 3), (3, 4)]])
    assert (kept, len(vectors)) == ([[(3, 4)]], 1)
    assert RawEncoder(tiny_manifest, device="cpu").mentions([], []) == ([], pytest.approx(np.zeros((0, 16))))


def test_a_bundle_that_reads_no_values_needs_a_tap(tiny_manifest):
    with pytest.raises(BundleError, match="reads no values; name a tap"):
        RawEncoder(replace(tiny_manifest, taps=("hidden@1:mean",)), device="cpu")
    with pytest.raises(BundleError, match="'passage' is no vector of a mention"):
        RawEncoder(tiny_manifest, "passage", device="cpu")
    with pytest.raises(BundleError, match="KIND@BLOCK:POOL"):
        RawEncoder(tiny_manifest, "values", device="cpu")
