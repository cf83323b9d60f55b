"""A real bundle, small enough to be made and loaded in moments, and the command line run in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from hybrid.encoding.bundle import save_bundle
from hybrid.encoding.checkpoint import read_checkpoint
from hybrid.encoding.manifest import BackboneSpec, DetectorSpec, HeadSpec, HeadSpecs, Manifest, PassageSpec
from hybrid.encoding.parts import Bundle, type_heads
from hybrid.encoding.projection import Head, Layer
from hybrid.encoding.spans import Windows

WIDTH = 32


def _layer(width_out: int, width_in: int, rng: np.random.Generator) -> Layer:
    weight = rng.standard_normal((width_out, width_in)).astype(np.float32)
    return Layer(weight, rng.standard_normal(width_out).astype(np.float32))


def _save_backbone(folder: Path) -> None:
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=WIDTH,
        max_position_embeddings=128,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)


def _save_bundle(backbone: Path, folder: Path, seed: int, passage: bool) -> Path:
    rng = np.random.default_rng(seed)
    weights = read_checkpoint(backbone)
    head = Head((_layer(8, WIDTH, rng),))
    # The tagger's weights are random: some words become mentions, the same ones in every run.
    detector = Head((_layer(3, WIDTH, rng),))
    manifest = Manifest(
        name=folder.name,
        version="1.0.0",
        licence="Apache-2.0",
        backbone=BackboneSpec((f"folder:{backbone}",), weights.sha256, weights.tokenizer_sha256),
        windows=Windows(64, 16),
        carriers=("{type}",),
        taps=("hidden@1:mean",),
        heads=HeadSpecs((HeadSpec((WIDTH, 8)),), None, DetectorSpec("hidden@1", (WIDTH, 3), 0.3)),
        passage=PassageSpec("mean", None, WIDTH) if passage else None,
        planner={"how": "min_max(typed=1, dense=.2, lexical=.3)"} if passage else None,
    )
    save_bundle(Bundle(manifest, (head,), type_heads((head,), (None,)), detector, card="# Tiny\n"), folder)
    return folder


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backbone")
    _save_backbone(folder)
    return folder


@pytest.fixture(scope="session")
def tiny(backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a small bundle."""
    return str(_save_bundle(backbone, tmp_path_factory.mktemp("bundles") / "tiny", 1, passage=True))


@pytest.fixture(scope="session")
def other(backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of another one, without passage vectors."""
    return str(_save_bundle(backbone, tmp_path_factory.mktemp("bundles") / "other", 2, passage=False))


class Result:
    """What a command wrote and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]


def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
    """Run `hybrid ARGUMENTS` in this process."""
    from hybrid.cli.app import app

    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Result(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def hybrid() -> Callable[..., Result]:
    """Run `hybrid ARGUMENTS` in this process."""
    return run


DOCUMENTS = [
    {"id": "1", "text": "🦕 Michelin opened a plant in Nova Scotia.", "title": "Tyres", "year": 1971, "lang": "en"},
    {"id": "2", "text": "Worn tyres slipped on the wet road.", "year": 2009, "lang": "en"},
    {"id": "3", "text": "Pirelli beliefert Ferrari.", "year": 2011, "lang": "de", "tags": ["a", "b"]},
    {"id": "4", "text": "مصنع ميشلان في كندا", "lang": "ar"},
]


@pytest.fixture(scope="session")
def built(tiny: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the index of four documents and the file it was made of."""
    folder = tmp_path_factory.mktemp("built")
    file = folder / "news.jsonl"
    file.write_text("\n".join(json.dumps(document) for document in DOCUMENTS), encoding="utf-8")
    assert run("index", folder / "news", file, "--encoder", tiny).code == 0
    return folder


@pytest.fixture
def news(tmp_path: Path, built: Path) -> Path:
    """An index of four documents, and beside it the file it was made of."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path / "news"
