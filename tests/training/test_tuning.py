"""The backbone tuned with the head, on sentences written by hand and the real backbone."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding import load
from hybrid.encoding.bundle import load_bundle
from hybrid.encoding.opening import open_reader
from hybrid.errors import InvalidInput
from hybrid.evaluation.sentences import LabelledSpan, Sentence
from hybrid.evaluation.task import Task
from hybrid.training import TrainingConfig, train
from hybrid.training.batches import WindowSampler
from hybrid.training.config import silent
from hybrid.training.heads import HeadData, principal_axes, train_head
from hybrid.training.negatives import read_negatives
from hybrid.training.recipes import MINILM
from hybrid.training.sampling import BatchSampler, BatchShape
from hybrid.training.settings import HeadSettings, Share, TuningSettings
from hybrid.training.sources import open_corpora, widened
from hybrid.training.stopping import EarlyStopping
from hybrid.training.tables import plain_words, read_tables, statistics, type_features
from hybrid.training.tokens import read_tokens
from hybrid.training.tuning import tune

SHARES = {name: Share(1.0, BatchShape(6, 4)) for name in ("few-nerd", "stackoverflow-ner")}
SETTINGS = TuningSettings(SHARES, rank=4, steps=12, learning_rate=2e-3, threads=1, half=False)


@pytest.fixture(scope="module")
def sources(corpora):
    data = {name: corpora / name for name in SHARES}
    return widened(data, open_corpora(data))


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
def task():
    """Two kinds of names in four texts."""
    texts = {"Oslo lies there": "city", "He read Emma": "book", "In Rome it rained": "city", "Dracula is long": "book"}
    names = ("Oslo", "Emma", "Rome", "Dracula")
    spans = [(text.index(name), text.index(name) + len(name)) for text, name in zip(texts, names, strict=True)]
    sentences = [
        Sentence(text, (LabelledSpan(*span, label),)) for (text, label), span in zip(texts.items(), spans, strict=True)
    ]
    return Task("made", tuple(sentences), {"city": "city", "book": "book"})


@pytest.fixture(scope="module")
def tokens(sources, minilm_reader):
    return [read_tokens(source, minilm_reader, silent) for source in sources]


def run(tokens, head, data, reader, seed=1, **changes):
    """The training, and its loss at every step."""
    losses = []
    known = {name for name in changes if hasattr(SETTINGS, name)}
    settings = replace(SETTINGS, **{name: changes[name] for name in known})
    others = {"progress": silent, **{name: changes[name] for name in changes.keys() - known}}
    trained = tune(tokens, head, data.type, reader, settings, seed, watch=losses.append, **others)
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


class CutOffError(Exception):
    """What ends a run in the middle."""


def cut_off_after(count):
    """Progress that ends a tuning once `count` steps are done."""

    def told(doing, done, total):
        if doing == "tuning the backbone" and done == count - 1:
            raise CutOffError

    return told


def bits(trained):
    parts = [part for own in trained.adapter.values() for part in (own.a, own.b)]
    return [part.tobytes() for part in (*parts, trained.head.layers[0].weight, trained.head.layers[0].bias)]


STOPPING = EarlyStopping("held-out", every=3, patience=2)


@pytest.mark.parametrize("stopping", [None, STOPPING])
def test_a_tuning_that_was_cut_off_goes_on_to_the_same_bits(
    tokens, head, data, minilm_reader, task, tmp_path, stopping
):
    settings = {"early_stopping": stopping, "tasks": () if stopping is None else (task,)}
    expected, losses = run(tokens, head, data, minilm_reader, **settings)
    with pytest.raises(CutOffError):
        run(tokens, head, data, minilm_reader, folder=tmp_path, progress=cut_off_after(7), **settings)
    assert len(list(tmp_path.iterdir())) == 1
    trained, rest = run(tokens, head, data, minilm_reader, folder=tmp_path, **settings)
    assert rest == losses[5:]
    assert bits(trained) == bits(expected)
    finished, none = run(tokens, head, data, minilm_reader, folder=tmp_path, **settings)
    assert (none, finished.kept) == ([], expected.kept)
    assert bits(finished) == bits(expected)


def test_another_run_does_not_go_on_from_there(tokens, head, data, minilm_reader, tmp_path):
    def steps(seed=1, given=tokens, **changes):
        return len(run(given, head, data, minilm_reader, seed, steps=2, folder=tmp_path, **changes)[1])

    assert (steps(), steps()) == (2, 0)
    assert [steps(seed=2), steps(learning_rate=1e-3), steps(given=tokens[:1])] == [2, 2, 2]


def test_a_damaged_file_is_told_and_passed_over(tokens, head, data, minilm_reader, tmp_path):
    expected, _ = run(tokens, head, data, minilm_reader, steps=2, folder=tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    told = []
    again, losses = run(
        tokens, head, data, minilm_reader, steps=2, folder=tmp_path, progress=lambda *own: told.append(own[0])
    )
    assert len(losses) == 2
    assert told[0] == f"tuning anew, for {file.name}: is damaged, or of another run"
    assert bits(again) == bits(expected)


def test_the_step_that_finds_most_is_kept(tokens, head, data, minilm_reader, task):
    settings = {"tasks": (task,), "learning_rate": 0.5}  # far too fast: it only gets worse
    stopped, losses = run(tokens, head, data, minilm_reader, early_stopping=replace(STOPPING, every=1), **settings)
    assert stopped.kept.step < SETTINGS.steps
    assert len(losses) == min(SETTINGS.steps, stopped.kept.step + 2)
    exact, _ = run(
        tokens, head, data, minilm_reader, early_stopping=replace(STOPPING, every=1, patience=99), **settings
    )
    assert exact.kept.score >= stopped.kept.score


def test_early_stopping_needs_something_to_measure(tokens, head, data, minilm_reader):
    with pytest.raises(InvalidInput, match="without tasks"):
        run(tokens, head, data, minilm_reader, early_stopping=STOPPING)


def test_hard_negatives_join_the_batches(sources, tokens, head, data, minilm_reader):
    shares = {name: Share(1.0, BatchShape(4, 2, near_miss=0.5, hard_negatives=0.5)) for name in SHARES}
    settings = replace(SETTINGS, shares=shares)
    recipe = replace(MINILM, tuning=settings)
    negatives = read_negatives(sources, data.tables, data.type, recipe, silent)
    assert set(negatives) == set(SHARES)
    assert any(len(own) for own in negatives["few-nerd"].types)
    with_them, without = (
        run(tokens, head, data, minilm_reader, steps=3, shares=shares, negatives=own)[1] for own in (negatives, {})
    )
    assert with_them != without


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
