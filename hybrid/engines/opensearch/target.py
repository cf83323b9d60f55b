"""`opensearch://host:9200/news` and `opensearch+https://`: where a server is and which index is meant."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from hybrid.errors import InvalidInput, shorten

SCHEMES = {"opensearch": 9200, "opensearch+https": 443}
# A generation adds seven characters, a rebuild's alias sixteen more.
MAX_NAME_BYTES = 200
FORBIDDEN = set('\\/*?"<>| ,#:')


@dataclass(frozen=True, slots=True)
class Target:
    """A server and an index; printed without what may be secret."""

    host: str
    port: int
    secure: bool
    index: str
    prefix: str = ""
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        scheme = "opensearch+https" if self.secure else "opensearch"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}{self.prefix}/{self.index}"


def parse_target(text: str) -> Target:
    """Read a target.

    `opensearch://[user:password@]host[:port][/prefix]/index`; the port is 9200, with https 443, unless it is said. User
    and password are percent-encoded where they hold signs of their own.

    Raises:
        InvalidInput: says what is missing or wrong; the text, which may hold a password, is not repeated.
    """
    split, port = _split(text)
    if split.scheme not in SCHEMES:
        raise InvalidInput(f"the target begins with {shorten(split.scheme)}://; expected {' or '.join(SCHEMES)}://")
    if split.query or split.fragment:
        raise InvalidInput("the target holds '?' or '#'; expected opensearch://host:9200/index")
    if split.hostname and "," in split.hostname:
        raise InvalidInput("the target names several hosts; expected one, or a client of opensearch-py that knows all")
    if not split.hostname:
        raise InvalidInput("the target names no host; expected opensearch://host:9200/index")
    *prefix, index = unquote(split.path).strip("/").split("/")
    return Target(
        host=split.hostname,
        port=SCHEMES[split.scheme] if port is None else port,
        secure=split.scheme.endswith("https"),
        index=checked_name(index),
        prefix="".join(f"/{part}" for part in prefix),
        user=None if split.username is None else unquote(split.username),
        password=None if split.password is None else unquote(split.password),
    )


def checked_name(name: object) -> str:
    """An index's name as OpenSearch takes it, short enough for the names that are made from it.

    Raises:
        InvalidInput.
    """
    if not isinstance(name, str) or not name:
        raise InvalidInput("the target names no index; expected opensearch://host:9200/index")
    if name != name.lower():
        raise InvalidInput(f"the index is called {shorten(name)}; OpenSearch takes lower-case names, {name.lower()!r}")
    if FORBIDDEN & set(name) or name[0] in "-_+." or not name.isprintable():
        raise InvalidInput(
            f"the index is called {shorten(name)}; a name begins with none of - _ + . and holds no blank and none of "
            '\\ / * ? " < > | , # :'
        )
    if len(name.encode()) > MAX_NAME_BYTES:
        raise InvalidInput(f"the index's name has {len(name.encode())} bytes; at most {MAX_NAME_BYTES} are taken")
    return name


def _split(text: str) -> tuple[SplitResult, int | None]:
    try:
        split = urlsplit(text)
        return split, split.port
    except ValueError:
        raise InvalidInput(
            "the target is no URL that can be read; expected opensearch://host:9200/index, one host, with "
            "percent-encoded signs in user and password"
        ) from None
