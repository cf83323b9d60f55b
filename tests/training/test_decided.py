"""Which bundle may decide for a training, and what is taken over from it."""

from dataclasses import replace

import pytest

from hybrid.encoding.bundle import load_bundle, save_bundle
from hybrid.encoding.factory import locate
from hybrid.errors import InvalidInput
from hybrid.training.config import TrainingConfig
from hybrid.training.decided import chosen_for_retrieval, open_decided, point_of, told_of
from hybrid.training.recipes import MINILM_TUNED, MPNET


@pytest.fixture
def save(tmp_path):
    """The shipped bundle with something else told of its training, as a folder."""

    def make(**changes):
        bundle = load_bundle(locate("minilm"))
        training = {**bundle.manifest.training, **changes}
        folder = tmp_path / "made"
        save_bundle(replace(bundle, manifest=replace(bundle.manifest, training=training)), folder)
        return folder

    return make


def config(tmp_path, **changes):
    settings = {"zero_shot": False, "decided": "minilm", "dev": tmp_path, "detector_data": tmp_path, **changes}
    return TrainingConfig(data={"few-nerd": tmp_path}, out=tmp_path / "out", **settings)


ZERO_SHOT = {"zero_shot": True, "decided": None}


def test_a_zero_shot_run_of_the_same_backbone_decides(save, tmp_path):
    manifest = open_decided(config(tmp_path, decided=str(save(**ZERO_SHOT))), MINILM_TUNED)
    assert manifest.planner is not None
    measured = manifest.training["measured"]["detector"]
    assert point_of(manifest) == (measured["threshold"], measured["margin"])
    assert chosen_for_retrieval(manifest)
    told = told_of(manifest)
    assert (told["name"], told["fingerprint"]) == ("minilm", manifest.fingerprint)
    assert told["measured"] == manifest.training["measured"]


def test_nobody_decides_where_nothing_is_chosen_on_what_was_trained(tmp_path):
    for changes in ({"zero_shot": True}, {"dev": None}, {"measure": False}):
        assert open_decided(config(tmp_path, decided=None, **changes), MINILM_TUNED) is None


def test_a_run_on_types_of_dev_needs_another_to_decide(tmp_path):
    with pytest.raises(InvalidInput, match="expected --decided with the bundle of a zero-shot run, or --no-measure"):
        open_decided(config(tmp_path, decided=None), MINILM_TUNED)


@pytest.mark.parametrize("changes", [{"zero_shot": True}, {"dev": None}])
def test_a_run_that_can_choose_itself_takes_no_other(tmp_path, changes):
    with pytest.raises(InvalidInput, match="only for a run with --no-zero-shot and --dev"):
        open_decided(config(tmp_path, **changes), MINILM_TUNED)


def test_another_backbone_does_not_decide(save, tmp_path):
    with pytest.raises(InvalidInput, match="bundle minilm reads another backbone or other taps than recipe minilm"):
        open_decided(config(tmp_path, decided=str(save(**ZERO_SHOT))), replace(MPNET, name="minilm"))


@pytest.mark.parametrize("changes", [{"zero_shot": False}, {**ZERO_SHOT, "decided": {"name": "other"}}])
def test_a_run_that_saw_the_types_does_not_decide(save, tmp_path, changes):
    with pytest.raises(InvalidInput, match="does not come of a zero-shot run that measured"):
        open_decided(config(tmp_path, decided=str(save(**changes))), MINILM_TUNED)


def test_a_detector_needs_a_bundle_that_has_one(save, tmp_path):
    folder = str(save(**ZERO_SHOT, measured={}))
    with pytest.raises(InvalidInput, match="does not tell the operating point of a detector"):
        open_decided(config(tmp_path, decided=folder), MINILM_TUNED)
    assert open_decided(config(tmp_path, decided=folder, detector_data=None), MINILM_TUNED) is not None
