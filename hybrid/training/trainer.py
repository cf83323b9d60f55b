"""From corpora to a bundle."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from hybrid.encoding.bundle import load_bundle, save_bundle
from hybrid.encoding.factory import locate
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.opening import read_setup
from hybrid.encoding.parts import type_heads
from hybrid.encoding.projection import Head
from hybrid.errors import InvalidInput
from hybrid.evaluation.figures import Figures
from hybrid.evaluation.keeping import Memory
from hybrid.evaluation.weights import Choice
from hybrid.training.assembling import assemble
from hybrid.training.calibrating import Calibrated
from hybrid.training.config import DetectorReport, Progress, Report, SourceReport, TrainingConfig, silent
from hybrid.training.corpora import FEW_NERD_MENTIONS
from hybrid.training.decided import chosen_for_retrieval, point_of
from hybrid.training.describing import describe
from hybrid.training.detector import read_tagged, train_detector
from hybrid.training.distillation import read_teacher
from hybrid.training.finishing import calibrate, evaluate, learn_weights
from hybrid.training.heads import HeadData, principal_axes, train_head
from hybrid.training.held_out import texts_of
from hybrid.training.material import Material, open_material
from hybrid.training.negatives import read_negatives
from hybrid.training.operating import Retrieval
from hybrid.training.recipes import Recipe
from hybrid.training.remembering import RememberingReader
from hybrid.training.soup import mean_of
from hybrid.training.sources import Source, open_corpus
from hybrid.training.sources.synthetic import Synthetic
from hybrid.training.tables import plain_words, read_tables, statistics, type_features
from hybrid.training.tokens import TokenTable, read_tokens
from hybrid.training.trained import Trained, figures_by_seed, read_dev_tables, reader_of, typed_figures
from hybrid.training.tuning import tune


def train(config: TrainingConfig, progress: Progress = silent) -> Report:
    """Train the mention heads and the detector, and write the bundle to `config.out`: the first seed's, or their mean.

    With DEV corpora the fusion that `auto` runs and how probable a match is are learned on them, and the bundle's
    figures and card are written.

    Raises:
        InvalidInput: an unknown corpus or recipe, no data, or options that do not go together.
        InvalidFile: a corpus that is missing or damaged.
        BundleError, MissingExtra, EncoderError: the backbone cannot be had or run.
    """
    begun = time.monotonic()
    material = open_material(config)
    recipe, sources, tasks = material.recipe, material.sources, material.dev
    reader = read_setup(recipe.backbone, recipe.setup(), device=config.device, dtype=config.dtype)
    keeping = reader if config.cache is None else RememberingReader(reader, recipe.backbone, config.cache)
    data, reports = _head_data(config, recipe, sources, keeping, progress)
    tokens = () if recipe.tuning is None else tuple(read_tokens(source, reader, progress) for source in sources)
    seeds = range(config.seed, config.seed + max(1, config.spread if tasks or config.soup else 1))
    tuned = _exact(reader, recipe, config)
    trained = {seed: _trained(data, tokens, material, tuned, seed, config.cache, progress) for seed in seeds}
    readers = {seed: reader_of(own, reader, recipe, config) for seed, own in trained.items()}
    dev = figures_by_seed(trained, readers, data.type, tasks, progress) if tasks else {}
    ships = mean_of(list(trained.values())) if config.soup else trained[config.seed]
    read = reader_of(ships, reader, recipe, config) if config.soup else readers[config.seed]
    heads = type_heads([ships.head], [data.type])
    retrieval = Retrieval(tasks, read, [ships.head], heads, recipe.detector.shapes, recipe.detector.passes_over)
    mean = typed_figures(ships, data.type, read_dev_tables(tasks, read, progress)) if config.soup and tasks else {}
    detector, found = _detector(config, material, retrieval, progress)
    kept = {seed: own.kept for seed, own in trained.items() if own.kept is not None}
    training = describe(config, material, reports, found, dev, kept, mean)
    bundle = assemble(recipe, data, ships, detector, found, training, material.decided)
    save_bundle(bundle, config.out)
    choice: Choice | None = None
    chosen: Calibrated | None = None
    figures: tuple[Figures, ...] = ()
    if config.dev is not None and config.measure:
        memory: Memory = {}
        if material.decided is None and found is not None:
            choice = learn_weights(config.out, config.dev, progress, device=config.device, memory=memory)
        if material.decided is None:
            # After the share of centring: it decides which mentions are shown first.
            chosen = calibrate(config.out, config.dev, progress, device=config.device, memory=memory)
        if found is not None:
            figures = evaluate(config.out, config.dev, progress, write=True, device=config.device, memory=memory)
    saved = load_bundle(config.out)
    seconds = time.monotonic() - begun
    return Report(saved, config.out, tuple(reports), found, dev, choice, chosen, figures, kept, mean, seconds)


def _head_data(
    config: TrainingConfig, recipe: Recipe, sources: Sequence[Source], reader: FeatureReader, progress: Progress
) -> tuple[HeadData, list[SourceReport]]:
    read = read_tables(sources, reader, progress)
    tables = tuple(table for table, _ in read)
    if empty := [table.source for table in tables if not any(table.types_of)]:
        raise InvalidInput(f"{empty[0]} holds no mention of a type that is trained")
    words = type_features(reader, plain_words(reader.tokenizer, recipe.vocabulary, seed=0))
    mention = statistics(table.features for table in tables)
    types = statistics([words.reshape(-1, reader.width)])
    teachers = {}
    if config.teacher is not None:
        teachers = read_teacher(load_bundle(locate(config.teacher)), sources, config, progress)
    negatives = read_negatives(sources, tables, types, recipe, progress)
    axes = principal_axes(tables, mention)
    return HeadData(tables, mention, types, axes, teachers, negatives), [own for _, own in read]


def _exact(reader: FeatureReader, recipe: Recipe, config: TrainingConfig) -> FeatureReader:
    """`reader`, or one in float32, which a backbone is tuned in."""
    if recipe.tuning is None or reader.backbone.dtype == "float32":
        return reader
    return read_setup(recipe.backbone, recipe.setup(), device=config.device)


def _trained(
    data: HeadData,
    tokens: Sequence[TokenTable],
    material: Material,
    reader: FeatureReader,
    seed: int,
    cache: Path | None,
    progress: Progress,
) -> Trained:
    recipe = material.recipe
    head = train_head(data, recipe.shares, recipe.head, seed, progress)
    if recipe.tuning is None:
        return Trained(head)
    return tune(
        tokens,
        head,
        data.type,
        reader,
        recipe.tuning,
        seed,
        progress,
        teachers=data.teachers,
        negatives=data.negatives,
        tasks=material.stopping,
        folder=cache,
    )


def _detector(
    config: TrainingConfig, material: Material, retrieval: Retrieval, progress: Progress
) -> tuple[Head | None, DetectorReport | None]:
    if config.detector_data is None:
        return None, None
    corpus = open_corpus(FEW_NERD_MENTIONS.name, config.detector_data, texts_of(retrieval.tasks))
    taught = {corpus.name: list(corpus.sentences())}
    taught.update((own.name, list(own.sentences())) for own in material.sources if isinstance(own, Synthetic))
    sentences = list(chain.from_iterable(taught.values()))
    if len(sentences) < 3:
        raise InvalidInput(f"{len(sentences)} sentences teach where mentions are; expected at least 3")
    tagged = read_tagged(sentences, retrieval.reader, progress, shapes=retrieval.shapes)
    settings, decided = material.recipe.detector, material.decided
    counts = {name: len(own) for name, own in taught.items()}
    if decided is not None:
        point = point_of(decided)
        head, found = train_detector(tagged, settings, config.seed, progress, lambda _: point)
        return head, replace(found, texts=counts, for_retrieval=chosen_for_retrieval(decided))
    choose = partial(retrieval.best_point, progress=progress) if retrieval.tasks else None
    head, found = train_detector(tagged, settings, config.seed, progress, choose)
    return head, replace(found, texts=counts)
