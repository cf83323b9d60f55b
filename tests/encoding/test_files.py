import io
import zipfile
from pathlib import Path

import pytest

from hybrid.encoding.files import Archive, Folder, Joined
from hybrid.errors import BundleError

CONTENT = bytes(range(256)) * 40


def parts(folder: Path, content: bytes, *borders: int) -> list[Path]:
    """A file cut at borders, as files that follow one another."""
    ends = [*borders, len(content)]
    paths = [folder / f"part.{number:03}" for number in range(len(ends))]
    for path, start, end in zip(paths, [0, *borders], ends, strict=True):
        path.write_bytes(content[start:end])
    return paths


def zipped(names: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("borders", [(), (1,), (4000, 4000, 9000)])
def test_parts_read_as_one_file(tmp_path: Path, borders: tuple[int, ...]) -> None:
    file = io.BufferedReader(Joined(parts(tmp_path, CONTENT, *borders)))
    assert file.read() == CONTENT
    assert file.seek(-100, io.SEEK_END) == len(CONTENT) - 100
    assert file.read() == CONTENT[-100:]
    file.seek(3990)
    assert file.read(20) == CONTENT[3990:4010]
    assert file.tell() == 4010


def test_no_parts_are_an_empty_file() -> None:
    assert io.BufferedReader(Joined([])).read() == b""


def test_a_zip_in_parts_gives_the_files_of_the_folder_with_a_configuration(tmp_path: Path) -> None:
    content = zipped(
        {"readme": b"", "m/config.json": b"{}", "m/model.safetensors": CONTENT, "m/1_Pooling/config.json": b"[]"}
    )
    archive = Archive(parts(tmp_path, content, 50, 120))
    assert archive.names() == ["config.json", "model.safetensors"]
    assert archive.read("model.safetensors") == CONTENT
    assert archive.read("config.json") == b"{}"
    assert archive.path("config.json") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"no zip at all", "not a zip"), (zipped({"readme": b""}), "no config.json in the zip"), (b"", "not a zip")],
)
def test_what_is_no_zip_of_a_model_is_an_error(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        Archive(parts(tmp_path, content))


def test_a_damaged_member_is_an_error_that_names_it(tmp_path: Path) -> None:
    content = bytearray(zipped({"config.json": b"{}", "model.safetensors": CONTENT}))
    content[content.index(b"model.safetensors") + 40] ^= 0xFF
    with pytest.raises(BundleError, match=r"model.safetensors cannot be read"):
        Archive(parts(tmp_path, bytes(content))).read("model.safetensors")


def test_a_folder_gives_its_own_files(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(b"{}")
    (tmp_path / "onnx").mkdir()
    folder = Folder(tmp_path)
    assert folder.names() == ["config.json"]
    assert folder.read("config.json") == b"{}"
    assert folder.path("config.json") == tmp_path / "config.json"


def test_files_that_are_not_there_are_errors(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"config.json cannot be read: No such file"):
        Folder(tmp_path).read("config.json")
    with pytest.raises(BundleError, match="expected a model's folder"):
        Folder(tmp_path / "nowhere").names()
    with pytest.raises(BundleError, match=r"vocab.txt cannot be read"):
        Archive(parts(tmp_path, zipped({"config.json": b"{}"}))).read("vocab.txt")
