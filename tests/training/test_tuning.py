"""The backbone tuned with the head, on sentences written by hand and the real backbone."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding import load
from hybrid.encoding.bundle import load_bundle
from hybrid.encoding.opening import open_reader
from hybrid.errors import InvalidInput
from hybrid.training import TrainingConfig, train
from hybrid.training.batches import WindowSampler
from hybrid.training.config import silent
from hybrid.training.heads import HeadData, principal_axes, train_head
from hybrid.training.recipes import HeadSettings, Share, TuningSettings
from hybrid.training.sampling import BatchSampler, BatchShape
from hybrid.training.sources import open_sources
from hybrid.training.tables import plain_words, read_tables, statistics, type_features
from hybrid.training.tokens import read_tokens
from hybrid.training.tuning import tune

SHARES = {name: Share(1.0, BatchShape(6, 4)) for name in ("few-nerd", "stackoverflow-ner")}
SETTINGS = TuningSettings(SHARES, rank=4, steps=12, learning_rate=2e-3, threads=1, half=False)


@pytest.fixture(scope="module")
def sources(corpora):
    return open_sources({name: corpora / name for name in SHARES})


@pytest.fixture(scope="module")
def data(sources, minilm_reader):
    tables = tuple(table for table, _ in read_tables(sources, minilm_reader, silent))
    words = type_features(minilm_reader, plain_words(minilm_reader.tokenizer, 60, seed=0))
    own = statistics(table.features for table in tables)
    types = statistics([words.reshape(-1, minilm_reader.width)])
    return HeadData(tables, own, types, principal_axes(tables, own))


@pytest.fixture(scope="module")
def head(data):
    return train_head(data, SHARES, HeadSettings(width=32, steps=5), 1, silent)


@pytest.fixture(scope="module")
def tokens(sources, minilm_reader):
    return [read_tokens(source, minilm_reader, silent) for source in sources]


def run(tokens, head, data, reader, seed=1, **changes):
    """The training, and its loss at every step."""
    losses = []
    trained = tune(tokens, head, data.type, reader, replace(SETTINGS, **changes), seed, silent, watch=losses.append)
    return trained, losses


def test_a_few_steps_lower_the_loss(tokens, head, data, minilm_reader):
    trained, losses = run(tokens, head, data, minilm_reader)
    assert len(losses) == SETTINGS.steps
    assert np.mean(losses[-3:]) < 0.7 * np.mean(losses[:3])
    assert any(own.b.any() for own in trained.adapter.values())


def test_without_a_step_nothing_is_changed(tokens, head, data, minilm_reader):
    trained, _ = run(tokens, head, data, minilm_reader, steps=0)
    assert np.array_equal(trained.head.layers[0].weight, head.layers[0].weight)
    assert not any(own.b.any() for own in trained.adapter.values())


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(tokens, head, data, minilm_reader):
    one, again, other = (run(tokens, head, data, minilm_reader, seed, steps=2)[0] for seed in (3, 3, 4))
    for name, own in one.adapter.items():
        assert own.a.tobytes() == again.adapter[name].a.tobytes()
        assert own.b.tobytes() == again.adapter[name].b.tobytes()
    assert one.head.layers[0].weight.tobytes() == again.head.layers[0].weight.tobytes()
    assert one.head.layers[0].weight.tobytes() != other.head.layers[0].weight.tobytes()


def test_only_a_head_of_one_layer_is_tuned(tokens, head, data, minilm_reader):
    deep = replace(head, layers=(head.layers[0], replace(head.layers[0], weight=np.eye(32, dtype=np.float32))))
    with pytest.raises(InvalidInput, match="with a head of one layer"):
        run(tokens, deep, data, minilm_reader)


def test_a_batch_has_every_mention_of_its_windows(tokens):
    for table in tokens:
        sampler = BatchSampler(table.types_of, BatchShape(2, 1), np.random.default_rng(1))
        for _ in range(5):
            batch = WindowSampler(table, sampler).draw()
            windows = set(table.window[batch.mentions].tolist())
            assert batch.mentions.tolist() == [at for at, own in enumerate(table.window) if own in windows]
            for mention, row in zip(batch.mentions, batch.positive, strict=True):
                assert row.tolist() == [type in table.types_of[mention] for type in batch.types]


def test_a_tuned_bundle_is_loaded_as_it_was_trained(corpora, short_tuning, tmp_path):
    data = {name: corpora / name for name in SHARES}
    report = train(TrainingConfig(data=data, out=tmp_path / "tuned", device="cpu", seed=3))
    loaded = load_bundle(report.folder)
    assert len(loaded.manifest.backbone.adapter.modules) == 18
    assert loaded.manifest.training["tuning"]["steps"] == short_tuning.tuning.steps
    texts, spans = ["The Titanic met the Olympic ."], [[(4, 11), (20, 27)]]
    (one,), (two,) = (open_reader(own, device="cpu").read(texts, spans) for own in (report.bundle, loaded))
    np.testing.assert_allclose(one.mention_features, two.mention_features, atol=1e-5)
    (encoding,) = load(report.folder, device="cpu").encode(texts, spans)
    np.testing.assert_allclose(
        encoding.mention_vectors, report.bundle.mention[0].apply(one.mention_features), atol=1e-5
    )
    assert "low-rank" in loaded.card


def test_every_source_of_the_recipe_is_trained_on_and_told(corpora, dictionary, short_tuning, tmp_path):
    wide = dict.fromkeys(("wordnet", "wordnet-in-text"), dictionary)
    data = {"few-nerd": corpora / "few-nerd", **wide}
    report = train(TrainingConfig(data=data, out=tmp_path / "wide", device="cpu"))
    assert [(own.name, own.mentions) for own in report.sources] == [
        ("few-nerd", 18),
        ("wordnet", 16),
        ("wordnet-in-text", 3),  # Mont Blanc, Etna, Stromboli
    ]
    training = report.bundle.manifest.training
    assert set(training["tuning"]["shares"]) == set(training["shares"]) == set(data)
    assert "--data wordnet=dict --data wordnet-in-text=dict" in report.bundle.card
    assert "WordNet 3.0 licence" in report.bundle.card
