"""Where a backbone may come from: an installed package, the hub, a folder. Found by name; no package is imported.

| source | what it names |
| --- | --- |
| `package:NAME[/PATH]` | a model's folder inside an installed distribution; PATH where it holds several |
| `package-parts:NAME-{001..005}` | a zip cut into parts, one in each distribution |
| `gguf:NAME/PATH` | a GGUF file inside an installed distribution |
| `hub:REPO@REVISION` | a repository of the Hugging Face hub: its cache first, then the hub |
| `folder:PATH` | a model's folder or a GGUF file |
"""

from __future__ import annotations

import os
import re
from importlib import metadata
from pathlib import Path, PurePosixPath

from hybrid.encoding.files import Archive, Files, Folder
from hybrid.errors import BundleError, shorten

_PARTS = re.compile(r"(?P<before>[^{}]*)\{(?P<first>\d+)\.\.(?P<last>\d+)\}(?P<after>[^{}]*)")
_HUB = re.compile(r"(?P<repo>[\w.-]+(/[\w.-]+)?)@(?P<revision>[\w./-]+)")
# What a model needs; a repository may hold the same weights in many other formats.
_HUB_FILES = (
    "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model",
)  # fmt: skip
_SAFETENSORS = ("model.safetensors", "model.safetensors.index.json", "model-*-of-*.safetensors")
_PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model-*-of-*.bin")


def locate(source: str) -> Files | Path:
    """The files of a source, or the path of a GGUF file. BundleError: no such form of source, or nothing there."""
    kind, colon, name = source.partition(":")
    if not colon or not name or kind not in ("package", "package-parts", "gguf", "hub", "folder"):
        raise BundleError(
            f"source {shorten(source)}: expected package:NAME[/PATH], package-parts:NAME-{{001..005}}, gguf:NAME/PATH, "
            "hub:REPO@REVISION or folder:PATH"
        )
    if kind == "folder":
        path = Path(os.path.expanduser(name))  # noqa: PTH111 - Path.expanduser raises for an unknown user
        return path if path.suffix == ".gguf" else Folder(path)
    if kind == "hub":
        return Folder(_hub(name))
    if kind == "package-parts":
        return Archive(_parts(name))
    distribution, _, inside = name.partition("/")
    return _gguf(distribution, inside) if kind == "gguf" else Folder(_package(distribution, inside))


def _package(name: str, inside: str) -> Path:
    """The folder with a config.json inside a distribution, the outermost one."""
    found = [file.parent for file in _content(name) if file.name == "config.json"]
    if inside:
        wanted = PurePosixPath(inside)
        found = [folder for folder in found if folder.parts[-len(wanted.parts) :] == wanted.parts]
    if not found:
        where = f"package {name} holds no folder {inside} with" if inside else f"package {name} holds"
        raise BundleError(f"{where} {'a' if inside else 'no'} config.json")
    folder = min(found, key=lambda folder: (len(folder.parts), str(folder)))
    return Path(str(metadata.distribution(name).locate_file(folder)))


def _gguf(name: str, inside: str) -> Path:
    wanted = PurePosixPath(inside)
    files = [file for file in _content(name) if file.suffix == ".gguf"]
    for file in files:
        if inside and file.parts[-len(wanted.parts) :] == wanted.parts:
            return Path(str(metadata.distribution(name).locate_file(file)))
    raise BundleError(
        f"package {name} holds no file {inside or '(none was named)'}, its GGUF files are "
        f"{', '.join(map(str, files)) or 'none'}"
    )


def _parts(name: str) -> list[Path]:
    """The largest file of each distribution, in the order of their numbers."""
    found = _PARTS.fullmatch(name)
    if found is None or int(found["first"]) > int(found["last"]):
        raise BundleError(f"package-parts:{name}: expected a range of numbers such as NAME-{{001..005}}")
    width = len(found["first"])
    parts = []
    for number in range(int(found["first"]), int(found["last"]) + 1):
        part = f"{found['before']}{number:0{width}}{found['after']}"
        files = [Path(str(metadata.distribution(part).locate_file(file))) for file in _content(part)]
        data = [file for file in files if file.suffix not in (".py", ".pyc") and file.is_file()]
        if not data:
            raise BundleError(f"package {part} holds no data")
        parts.append(max(data, key=lambda file: file.stat().st_size))
    return parts


def _content(name: str) -> list[PurePosixPath]:
    try:
        files = metadata.files(name)
    except (metadata.PackageNotFoundError, ValueError) as error:
        raise BundleError(f"package {name} is not installed") from error
    if files is None:
        raise BundleError(f"package {name} has no list of its files")
    return [file for file in files if not file.parts[0].endswith(".dist-info")]


def _hub(name: str) -> Path:
    """A snapshot in the hub's cache, fetched from the hub where it is not there."""
    found = _HUB.fullmatch(name)
    if found is None:
        raise BundleError(f"hub:{name}: expected hub:REPO@REVISION")
    reasons = []
    for offline in (True, False):
        try:
            for weights in (_SAFETENSORS, _PICKLED):
                path = _snapshot(found["repo"], found["revision"], [*_HUB_FILES, *weights], offline)
                if any(file.match(pattern) for file in path.iterdir() for pattern in weights):
                    return path
            reasons.append("neither model.safetensors nor pytorch_model.bin is there")
        except BundleError as error:
            reasons.append(str(error))
    raise BundleError(f"in the cache: {reasons[0]}; from the hub: {reasons[1]}")


def _snapshot(repo: str, revision: str, patterns: list[str], offline: bool) -> Path:
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(repo, revision=revision, allow_patterns=patterns, local_files_only=offline))
    except Exception as error:  # whatever the network, the disk or the hub's client came up with
        raise BundleError(str(error).partition("\n")[0]) from error
