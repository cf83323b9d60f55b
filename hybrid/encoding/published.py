"""Published models of others: the baselines of the evaluation, run by sentence-transformers, and detectors.

A model is named by a bundle that ships (its published backbone, without the bundle's own tuning), by a source as in
bundle.json (`package:NAME`, `package-parts:…`, `folder:PATH`, `hub:REPO@REVISION`), by a folder, or by its name on the
Hugging Face hub (`REPO` or `REPO@REVISION`). Pooling, prompts, normalisation and length are those of the model's own
files: modules.json, 1_Pooling/config.json, config_sentence_transformers.json. No code of a model is run.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from hybrid.encoding.bundle import read_manifest
from hybrid.encoding.extras import LOCAL, require
from hybrid.encoding.factory import locate as locate_bundle
from hybrid.encoding.factory import shipped
from hybrid.encoding.files import Archive, Folder
from hybrid.encoding.sources import locate
from hybrid.errors import BundleError, shorten

Model = TypeVar("Model")
SENTENCES: Final = "sentence-transformers"
SOURCES = ("package:", "package-parts:", "gguf:", "folder:")
# The same weights in other formats, which a repository may hold beside those that are read.
UNREAD = ("*.onnx", "*.h5", "*.msgpack", "*.ot", "onnx/*", "openvino/*", "coreml/*", "*.gguf")


class Published:
    """A model's folder on this machine; one that lies in a zip is unpacked, and gone with this object."""

    def __init__(self, model: str, *, config: str = "config.json") -> None:
        """`config` is a file that its folder must hold. Raises BundleError where nothing is there."""
        self.name, self._config = model, config
        self.folder = self._find(model)

    def load(
        self, build: Callable[[Path], Model], *, by: Literal["sentence-transformers", "transformers"] = SENTENCES
    ) -> Model:
        """What `build` makes of the folder, without progress bars. Raises BundleError where it fails in any way."""
        extra = "eval" if by == SENTENCES else "local"
        require("a published model", extra, *LOCAL, by.replace("-", "_"))
        from hybrid.encoding.loading import quiet

        try:
            with quiet():
                return build(self.folder)
        except BundleError:
            raise
        except Exception as error:  # a stranger's files fail in any way
            reason = shorten(str(error).partition("\n")[0], 300)
            raise BundleError(f"{self.name} cannot be loaded by {by}: {reason}") from error

    def _find(self, model: str) -> Path:
        if model in shipped():
            return self._first(read_manifest(locate_bundle(model)).backbone.sources)
        if model.startswith(SOURCES):
            return self._source(model)
        if Path(model).is_dir():
            return self._source(f"folder:{model}")
        return _hub(model.removeprefix("hub:"))

    def _first(self, sources: tuple[str, ...]) -> Path:
        reasons = []
        for source in sources:
            try:
                return _hub(source.removeprefix("hub:")) if source.startswith("hub:") else self._source(source)
            except BundleError as error:
                reasons.append(f"{source} ({error})")
        raise BundleError(f"the backbone of {self.name} was found in none of its sources: {'; '.join(reasons)}")

    def _source(self, source: str) -> Path:
        found = locate(source)
        if isinstance(found, Archive):
            folder = Path(tempfile.mkdtemp(prefix="hybrid-model-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            found.unpack(folder)
            return folder
        if not isinstance(found, Folder):
            raise BundleError(f"{source} is a GGUF file; expected a model's folder as transformers saves it")
        found.read(self._config)
        return Path(found.place)


def device_of(device: str) -> str:
    """`auto` to cuda, mps or cpu. Raises BundleError for a device that is not there, MissingExtra."""
    require("a published model", "local", *LOCAL)
    from hybrid.encoding.loading import choose_device

    return choose_device(device)


def _hub(name: str) -> Path:
    require("a model of the hub", "local", "huggingface_hub")
    from huggingface_hub import snapshot_download

    repo, _, revision = name.partition("@")
    fetch: Callable[..., Any] = snapshot_download
    reasons = []
    for offline in (True, False):
        try:
            options = {"revision": revision or None, "ignore_patterns": list(UNREAD), "local_files_only": offline}
            return Path(str(fetch(repo, **options)))
        except Exception as error:  # noqa: BLE001 - whatever the network, the disk or the hub's client came up with
            reasons.append(str(error).partition("\n")[0])
    raise BundleError(
        f"{shorten(name)} is no bundle, no folder and no model of the hub; in the cache: {reasons[0]}; "
        f"from the hub: {reasons[1]}"
    )
