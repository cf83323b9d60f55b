"""The page at `/`: files that hold no data, and what a browser may do with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response

FOLDER = Path(__file__).parent / "page"
INDEX = "index.html"
# By ending; the standard library's table also reads the machine's own, which may call a script plain text.
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = {
    # A newer service must not be asked by an older page's script.
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}


def _path(file: Path) -> str:
    return "/" if file.name == INDEX else f"/page/{file.name}"


def files() -> dict[str, Path]:
    """The page's files, each by the path that it is asked for under."""
    return {_path(file): file for file in sorted(FOLDER.iterdir()) if file.suffix in MEDIA_TYPES}


def add_page(app: FastAPI) -> None:
    """Serve the page's files, each under a path of its own: no other file can be asked for."""
    for path, file in files().items():
        app.add_api_route(path, _answering(file), methods=["GET", "HEAD"], include_in_schema=False)


def _answering(file: Path) -> Callable[[], Awaitable[Response]]:
    content, media_type = file.read_bytes(), MEDIA_TYPES[file.suffix]

    async def answer() -> Response:
        return Response(content, media_type=media_type, headers=HEADERS)

    return answer
