"""Learning from another bundle: the loss against its formula, and the shipped bundle as a teacher."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hybrid.encoding import load
from hybrid.encoding.bundle import load_bundle
from hybrid.encoding.factory import bundles
from hybrid.errors import InvalidInput
from hybrid.training import TrainingConfig, train
from hybrid.training.config import silent
from hybrid.training.distillation import Distillation, Lesson, TeacherTable, read_teacher
from hybrid.training.sampling import Batch
from hybrid.training.settings import LossSettings
from hybrid.training.sources import open_corpora, widened


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def softmax(scores, axis):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def naive(mentions, types, teacher, temperature):
    total = 0.0
    for axis in (1, 0):
        wanted, own = softmax(teacher / temperature, axis), softmax(mentions @ types.T / temperature, axis)
        divergences = (wanted * (np.log(wanted) - np.log(own))).sum(axis=axis)
        total += divergences.mean() / 2
    return total


@given(st.integers(1, 7), st.integers(1, 5), st.integers(0, 2**32 - 1), st.sampled_from([0.07, 0.5, 1.0]))
def test_it_equals_the_formula(m, t, seed, temperature):
    generator = np.random.default_rng(seed)
    mentions, types = unit(generator.standard_normal((m, 8))), unit(generator.standard_normal((t, 8)))
    teacher = generator.uniform(-1, 1, (m, t))
    value = Distillation(temperature)(*map(torch.from_numpy, (mentions, types, teacher)))
    assert float(value) == pytest.approx(naive(mentions, types, teacher, temperature), abs=1e-8)


def test_a_student_like_its_teacher_has_nothing_to_learn():
    mentions, types = (unit(np.random.default_rng(seed).standard_normal((4, 6))) for seed in (1, 2))
    value = Distillation()(*map(torch.from_numpy, (mentions, types, mentions @ types.T)))
    assert float(value) == pytest.approx(0.0, abs=1e-12)


def test_without_mentions_it_is_0_and_has_a_gradient():
    types = torch.nn.functional.normalize(torch.randn(3, 4), dim=1).requires_grad_()
    value = Distillation()(torch.zeros(0, 4), types, torch.zeros(0, 3))
    torch.autograd.backward(value)
    assert float(value.detach()) == 0.0
    assert not types.grad.any()


def lesson_of(settings, seen):
    generator = np.random.default_rng(1)
    mentions, types = (torch.from_numpy(unit(generator.standard_normal((3, 4)))) for _ in range(2))
    table = TeacherTable(
        unit(generator.standard_normal((5, 2))).astype(np.float32),
        np.array(seen),
        tuple(unit(generator.standard_normal((2, 2))).astype(np.float32) for _ in range(3)),
    )
    batch = Batch(np.array([0, 1, 2]), np.array([0, 1, 2]), np.eye(3) > 0)
    lesson = Lesson(settings, table)
    value = lesson(mentions, types, batch, np.array([4, 2, 0]), [(0, 1), (1, 0), (2, 1)])
    cosines = table.mentions[[4, 2, 0]] @ np.stack([table.names[0][1], table.names[1][0], table.names[2][1]]).T
    return (
        float(value),
        float(settings.build()(mentions, types, torch.from_numpy(batch.positive))),
        cosines,
        (
            mentions.numpy(),
            types.numpy(),
        ),
    )


def test_the_teacher_is_weighed_against_the_labels():
    settings = LossSettings(distillation=2.0, teacher_temperature=0.3)
    value, labels, cosines, (mentions, types) = lesson_of(settings, [True] * 5)
    assert value == pytest.approx(labels + 2 * naive(mentions, types, cosines, 0.3), abs=1e-6)


def test_a_mention_that_the_teacher_does_not_see_is_left_to_the_labels():
    settings = LossSettings(distillation=2.0, teacher_temperature=0.3)
    value, labels, cosines, (mentions, types) = lesson_of(settings, [True, True, False, True, True])
    assert value == pytest.approx(labels + 2 * naive(mentions[[0, 2]], types, cosines[[0, 2]], 0.3), abs=1e-6)
    value, labels, *_ = lesson_of(replace(settings, distillation=0.0), [True] * 5)
    assert value == labels


def test_a_teacher_sees_what_its_encoder_gives(corpora, tmp_path):
    data = {"few-nerd": corpora / "few-nerd"}
    sources = widened(data, open_corpora(data))
    config = TrainingConfig(data={}, out=tmp_path / "x", device="cpu", cache=tmp_path / "cache")
    for _ in range(2):  # read, then remembered
        teacher = read_teacher(load_bundle(bundles() / "minilm"), sources, config, silent)["few-nerd"]
    encoder = load("minilm", device="cpu")
    example = next(iter(sources[0].examples()))
    (encoding,) = encoder.encode([example.text], [[(span.start, span.end) for span in example.spans]])
    count = len(example.spans)
    np.testing.assert_allclose(teacher.mentions[:count], encoding.mention_vectors, atol=1e-5)
    assert teacher.seen.all()
    names = sources[0].types[sorted(sources[0].types)[0]]
    np.testing.assert_allclose(teacher.names[0], encoder.encode_types(names), atol=1e-5)


def test_a_bundle_is_trained_with_a_teacher(corpora, short_tuning, tmp_path):
    data = {"few-nerd": corpora / "few-nerd"}
    alone, taught = (
        train(
            TrainingConfig(data=data, out=tmp_path / str(teacher), device="cpu", teacher=teacher, zero_shot=False)
        ).bundle.manifest
        for teacher in (None, "minilm")
    )
    assert alone.fingerprint != taught.fingerprint
    assert taught.training["teacher"] == "minilm"
    assert "--teacher minilm" in taught.training["command"]


def test_a_zero_shot_run_takes_no_teacher_that_learned_what_it_leaves_out(corpora, tmp_path):
    config = TrainingConfig(data={"few-nerd": corpora / "few-nerd"}, out=tmp_path / "out", teacher="minilm")
    with pytest.raises(InvalidInput, match="a zero-shot run learns none"):
        train(config)
