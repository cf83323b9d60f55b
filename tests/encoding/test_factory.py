"""A name, a folder or an address to an encoder."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hybrid.encoding import factory, load, shipped
from hybrid.encoding.bundle import save_bundle
from hybrid.encoding.manifest import Manifest
from hybrid.errors import BundleError, MissingExtra

Make = Callable[..., Any]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_manifest: Manifest, make_bundle: Make) -> Path:
    """A shelf of shipped bundles with one on it, `tiny`."""
    monkeypatch.setattr(factory, "bundles", lambda: tmp_path / "shelf")
    save_bundle(make_bundle(tiny_manifest), tmp_path / "shelf" / "tiny")
    (tmp_path / "shelf" / "__pycache__").mkdir()
    return tmp_path / "shelf"


def test_a_shipped_bundle_is_loaded_by_name(shelf: Path) -> None:
    assert shipped() == ("tiny",)
    encoder = load("tiny", device="cpu")
    assert encoder.name == "tiny"
    assert encoder.encode_types(["city"]).shape == (1, 8)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_bundle_is_loaded_from_its_folder(shelf: Path, kind: type) -> None:
    assert load(kind(shelf / "tiny")).fingerprint == load("tiny").fingerprint


def test_a_name_that_ships_comes_before_a_folder_of_that_name(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tiny").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load("tiny").name == "tiny"
    with pytest.raises(BundleError, match="is no bundle"):
        load("./tiny")


def test_an_unknown_name_is_answered_with_the_nearest_and_the_list(shelf: Path) -> None:
    with pytest.raises(BundleError, match=r"called 'tinny' \(did you mean 'tiny'\?\); bundles that ship: tiny"):
        load("tinny")
    with pytest.raises(BundleError, match="called 'zzz'; bundles that ship: tiny"):
        load("zzz")
    with pytest.raises(BundleError, match="no bundle and no folder is called"):
        load("z" * 5000)


def test_an_address_is_a_service_and_no_place_of_a_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("hybrid.encoding.remote.RemoteEncoder", asked.append)
    load("HTTP://127.0.0.1:8100")
    assert asked == ["HTTP://127.0.0.1:8100"]
    with pytest.raises(BundleError, match="is a service; expected"):
        factory.locate("http://127.0.0.1:8100")


def test_a_folder_that_is_no_bundle_says_so(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"it holds no bundle\.json"):
        load(tmp_path)


def test_without_its_packages_the_extra_is_named(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("hybrid.encoding.extras.find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(MissingExtra, match=r"pip install 'hybrid-retriever\[local\]'") as caught:
        load("tiny")
    assert caught.value.extra == "local"
    with pytest.raises(BundleError, match="no bundle"):
        load("no-such-name")


def test_an_unknown_dtype_is_refused_at_once(shelf: Path) -> None:
    from hybrid.errors import InvalidInput

    with pytest.raises(InvalidInput, match="dtype must be one of float32, bfloat16"):
        load("tiny", dtype="float64")
