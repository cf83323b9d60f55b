"""The paper authors' head: a .pth file becomes a bundle, and nothing in it is executed."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from hybrid.encoding.bundle import load_bundle
from hybrid.encoding.importing import fold, import_head, read_head
from hybrid.encoding.projection import Layer
from hybrid.errors import BundleError

LLAMA = "hub:meta-llama/Llama-3.1-8B@" + "d" * 40


class Gate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Parameter(torch.randn(1024) * 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(self.gate)


class AuthorsHead(nn.Module):
    """The module of the paper's published code, under the same names."""

    def __init__(self, gated: bool = False) -> None:
        super().__init__()
        linear = [nn.Linear(1024, 500), nn.SiLU(), nn.Dropout(0.1), nn.Linear(500, 500)]
        self.net = nn.Sequential(*([Gate()] if gated else []), *linear)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((20, 1024)).astype(np.float32)


def saved(head: nn.Module, path: Path) -> Path:
    torch.save(head.state_dict(), path)
    return path


def units(head: nn.Module, x: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return nn.functional.normalize(head.eval()(torch.from_numpy(x)), dim=1).numpy()


@pytest.mark.parametrize("gated", [False, True])
def test_the_head_gives_what_the_authors_module_gives(tmp_path: Path, x: np.ndarray, gated: bool) -> None:
    torch.manual_seed(1)
    head = AuthorsHead(gated)
    found = read_head(saved(head, tmp_path / "head.pth"))
    assert found.widths == (1024, 500, 500)
    assert found.activation == "silu"
    np.testing.assert_allclose(found.apply(x), units(head, x), atol=1e-6)


@pytest.mark.parametrize("name", ["gate", "gate.gate", "input_gate.weights"])
@pytest.mark.parametrize("shape", [(1024,), (1, 1024)])
def test_a_gate_may_stand_under_any_name(tmp_path: Path, x: np.ndarray, name: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    head, gate = AuthorsHead(), Gate()
    torch.save(head.state_dict() | {name: gate.gate.detach().reshape(shape)}, tmp_path / "head.pth")
    expected = units(nn.Sequential(gate, head), x)
    np.testing.assert_allclose(read_head(tmp_path / "head.pth").apply(x), expected, atol=1e-6)


def test_folding_a_gate_is_exact(x: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    layer = Layer(rng.standard_normal((5, 1024)).astype(np.float32) / 32, rng.standard_normal(5).astype(np.float32))
    gate = rng.standard_normal(1024).astype(np.float32) * 4
    folded = fold(layer, gate)
    unfolded = (x / (1 + np.exp(-gate))) @ layer.weight.T + layer.bias
    np.testing.assert_allclose(x @ folded.weight.T + folded.bias, unfolded, atol=1e-6)


def test_half_precision_is_read(tmp_path: Path, x: np.ndarray) -> None:
    head = AuthorsHead().half()
    found = read_head(saved(head, tmp_path / "head.pth"))
    assert found.layers[0].weight.dtype == np.float32
    np.testing.assert_allclose(found.apply(x), units(head.float(), x), atol=1e-6)


def test_the_bundle_is_the_papers_set_up(tmp_path: Path) -> None:
    path = saved(AuthorsHead(), tmp_path / "contrastive_projection_head.pth")
    import_head(path, out=tmp_path / "paper", name="paper", sources=[LLAMA])
    manifest = load_bundle(tmp_path / "paper").manifest
    assert manifest.taps == ("value@17:last",)
    assert manifest.carriers == ("{type}",)
    assert manifest.backbone.bos
    assert manifest.backbone.sources == (LLAMA,)
    assert (manifest.backbone.sha256, manifest.backbone.tokenizer_sha256) == (None, None)
    assert manifest.passage is None
    assert manifest.heads.detector is None
    assert not manifest.heads.mention[0].standardise
    assert manifest.dimensions.mention == 500
    assert manifest.dimensions.passage is None
    assert "contrastive_projection_head.pth" in (tmp_path / "paper" / "README.md").read_text()


def test_another_revision_is_another_fingerprint(tmp_path: Path) -> None:
    path = saved(AuthorsHead(), tmp_path / "head.pth")
    prints = {
        import_head(path, out=tmp_path / c, name="paper", sources=[LLAMA[:-40] + c * 40]).manifest.fingerprint
        for c in "ab"
    }
    assert len(prints) == 2


def test_hashes_may_be_given(tmp_path: Path) -> None:
    path = saved(AuthorsHead(), tmp_path / "head.pth")
    sources = ["folder:/models/llama", "hub:meta-llama/Llama-3.1-8B@main"]
    bundle = import_head(
        path, out=tmp_path / "b", name="paper", sources=sources, sha256="a" * 64, tokenizer_sha256="b" * 64
    )
    assert (bundle.manifest.backbone.sha256, bundle.manifest.backbone.tokenizer_sha256) == ("a" * 64, "b" * 64)


def test_hashes_are_taken_from_a_backbone_that_is_at_hand(tmp_path: Path, tiny_folder: Path) -> None:
    from hybrid.encoding.weights import hash_weights

    path, source = saved(AuthorsHead(), tmp_path / "head.pth"), f"folder:{tiny_folder}"
    bundle = import_head(path, out=tmp_path / "b", name="paper", sources=[source])
    backbone = bundle.manifest.backbone
    assert (backbone.sha256, backbone.tokenizer_sha256) == hash_weights(source)


@pytest.mark.parametrize("source", ["hub:meta-llama/Llama-3.1-8B@main", "folder:/nowhere/llama"])
def test_a_source_that_is_neither_at_hand_nor_pinned_is_an_error(
    tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    path = saved(AuthorsHead(), tmp_path / "head.pth")
    with pytest.raises(BundleError):
        import_head(path, out=tmp_path / "b", name="paper", sources=[source])
    assert not (tmp_path / "b").exists()


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("code in a file was executed",))


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(pickle.dumps({"net.0.weight": Bomb()}))
    torch.save({"net.0.weight": Bomb()}, tmp_path / "b.pth")
    for name in ("a.pth", "b.pth"):
        with pytest.raises(BundleError, match="holds more than weights, or is damaged"):
            read_head(tmp_path / name)


def good() -> dict[str, torch.Tensor]:
    return dict(AuthorsHead().state_dict())


FOREIGN: dict[str, tuple[Any, str]] = {
    "no mapping": ([1, 2], "holds list, expected a state dict"),
    "empty": ({}, "holds nothing, expected net.0 and net.3"),
    "other keys": ({"fc.weight": torch.zeros(2, 2)}, r"holds .*fc\.weight \[2, 2\].*expected net\.0 and net\.3"),
    "one layer": ({k: v for k, v in good().items() if "net.0" in k}, "expected net.0 and net.3"),
    "three layers": (good() | {"net.6.weight": torch.zeros(2, 2)}, "expected net.0 and net.3"),
    "no bias": ({k: v for k, v in good().items() if k != "net.3.bias"}, "expected net.0 and net.3"),
    "two more": (good() | {"a": torch.zeros(1024), "b": torch.zeros(1024)}, "at most a gate"),
    "another gate": (good() | {"gate": torch.zeros(500)}, r"'gate' has shape \(500,\), expected a gate of 1024"),
    "layers apart": (good() | {"net.3.weight": torch.zeros(500, 400)}, r"shape \(500, 400\)"),
    "narrow": ({**good(), "net.0.weight": torch.zeros(500, 768)}, "takes 768 numbers, expected 1024"),
    "flat weight": (good() | {"net.0.weight": torch.zeros(500)}, "two dimensions"),
    "integers": (good() | {"net.0.bias": torch.zeros(500, dtype=torch.int64)}, "no tensor of floating point"),
    "text": (good() | {"net.0.bias": "hello"}, "no tensor of floating point"),
    "not finite": (good() | {"net.0.bias": torch.full((500,), torch.nan)}, "not finite"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_foreign_file_says_what_is_in_it(tmp_path: Path, case: str) -> None:
    content, message = FOREIGN[case]
    torch.save(content, tmp_path / "head.pth")
    with pytest.raises(BundleError, match=message):
        read_head(tmp_path / "head.pth")


@pytest.mark.parametrize("content", [b"", b"abc", b"PK\x03\x04 cut short", b"\x80\x04\x95"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "head.pth").write_bytes(content)
    with pytest.raises(BundleError, match=r"head\.pth holds more than weights, or is damaged"):
        read_head(tmp_path / "head.pth")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"nowhere\.pth cannot be read"):
        read_head(tmp_path / "nowhere.pth")
