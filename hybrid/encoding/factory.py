"""A bundle's name, folder or address to an encoder: the one place that knows the implementations."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path

from hybrid.encoding.extras import LOCAL, require
from hybrid.encoding.protocol import Encoder
from hybrid.errors import BundleError, InvalidInput, shorten

ADDRESS = ("http://", "https://")


def load(bundle: str | os.PathLike[str], *, device: str = "auto", dtype: str | None = None) -> Encoder:
    """The encoder of a shipped bundle's name, of a bundle's folder, or behind the address of a service.

    Weights are loaded when first needed; a service (`hybrid serve`, http://host:8100) is asked for its bundle at once.

    `device`: auto, cpu, cuda or mps; `dtype`: float32, bfloat16, or None for the bundle's. A name that ships comes
    before a folder of the same name: `./NAME` is always the folder.
    Raises BundleError for a name or folder that is no bundle, MissingExtra where the packages are not installed; for an
    address ServerError and its kinds, and InvalidInput for a device or dtype, which are the service's own.
    """
    text = os.fspath(bundle)
    if text.lower().startswith(ADDRESS):
        from hybrid.encoding.remote import RemoteEncoder

        if device != "auto" or dtype is not None:
            raise InvalidInput(
                "device and dtype of an encoder at an address are those that its service was started with"
            )
        return RemoteEncoder(text)
    folder = locate(bundle)
    require("encoding on this machine", "local", *LOCAL)
    from hybrid.encoding.local import LocalEncoder

    return LocalEncoder(folder, device=device, dtype=dtype)


def shipped() -> tuple[str, ...]:
    """Names of the bundles that come with the library, sorted."""
    folder = bundles()
    return (
        tuple(sorted(path.name for path in folder.iterdir() if (path / "bundle.json").is_file()))
        if folder.is_dir()
        else ()
    )


def bundles() -> Path:
    """The folder of the bundles that come with the library."""
    return Path(__file__).parent.parent / "bundles"


def locate(bundle: str | os.PathLike[str]) -> Path:
    """The folder of a shipped bundle's name or of a path; neither is a BundleError with a did-you-mean."""
    text = os.fspath(bundle)
    if text.lower().startswith(ADDRESS):
        raise BundleError(f"{shorten(text)} is a service; expected a shipped bundle's name or a bundle's folder")
    names = shipped()
    if text in names:
        return bundles() / text
    if os.path.isdir(text):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        return Path(text)
    close = get_close_matches(text, names, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    known = ", ".join(names) or "none"
    raise BundleError(f"no bundle and no folder is called {shorten(text)}{hint}; bundles that ship: {known}")
