"""`opensearch://host:9200/news` and `opensearch+https://`: where a server is and which index is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit

from hybrid.errors import InvalidInput, shorten

SCHEMES = {"opensearch": 9200, "opensearch+https": 443}
# A generation adds seven characters, a rebuild's alias sixteen more.
MAX_NAME_BYTES = 200
FORBIDDEN = set('\\/*?"<>| ,#:')

EXPECTED = "expected opensearch://host:9200/index"


@dataclass(frozen=True, slots=True)
class Target:
    """A server and an index; printed without what may be secret.

    `prefix` is what stands before the index in the path, encoded as it is sent: `/search/eu`.
    """

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
        # The two signs of a name that would not be read again as they stand.
        index = self.index.replace("%", "%25").replace("@", "%40")
        return f"{scheme}://{host}:{self.port}{self.prefix}/{index}"


def parse_target(text: str) -> Target:
    """Read a target.

    `opensearch://[user[:password]@]host[:port][/prefix]/index`; the port is 9200, with https 443, unless it is said.
    What holds signs of its own is percent-encoded: `%40` is `@`, `%3A` is `:`, `%2F` is `/`, `%25` is `%`.

    Raises:
        InvalidInput: says what is missing or wrong; the text, which may hold a password, is not repeated.
    """
    split, port = _split(text)
    if split.scheme not in SCHEMES:
        found = f"begins with {split.scheme}://" if f"{split.scheme}://" in text.lower() else "has no scheme"
        raise InvalidInput(f"the target {found}; expected {':// or '.join(SCHEMES)}://")
    if split.query or split.fragment:
        raise InvalidInput(f"the target holds '?' or '#'; {EXPECTED}, with %3F and %23 for them in a password")
    if "@" in split.path:
        # What stands before it may be the rest of a password with a slash.
        raise InvalidInput(
            f"the target holds '@' after a '/'; {EXPECTED}, with %2F for '/' in a password and %40 for @"
        )
    if split.hostname and "," in split.hostname:
        raise InvalidInput("the target names several hosts; expected one, or a client of opensearch-py that knows all")
    *prefix, index = [_decoded(part) for part in split.path.split("/") if part] or [""]
    return Target(
        host=_checked_host(split.hostname),
        port=SCHEMES[split.scheme] if port is None else port,
        secure=split.scheme.endswith("https"),
        index=checked_name(index),
        prefix="".join(f"/{quote(part, safe='')}" for part in prefix),
        # A password alone has the user "", which is refused later.
        user=_decoded(split.username or "") if split.username or split.password else None,
        password=None if split.password is None else _decoded(split.password),
    )


def checked_name(name: object) -> str:
    """An index's name as OpenSearch takes it, short enough for the names that are made from it.

    Raises:
        InvalidInput.
    """
    if not isinstance(name, str) or not name:
        raise InvalidInput(f"the target names no index; {EXPECTED}")
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
    # Tabs and line ends would be left out silently.
    if text.isprintable():
        try:
            split = urlsplit(text)
            if split.port != 0:
                return split, split.port
        except ValueError:
            # Its message repeats parts of the text, and would stand in the context of ours.
            pass
    raise InvalidInput(
        f"the target is no URL that can be read; {EXPECTED}, one host, with percent-encoded signs in user and password"
    )


def _decoded(part: str) -> str:
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError:
        pass
    raise InvalidInput("the target holds percent-encoded bytes that are no UTF-8; ü is %C3%BC")


def _checked_host(host: str | None) -> str:
    if not host:
        raise InvalidInput(f"the target names no host; {EXPECTED}")
    readable = ":" in host or re.fullmatch(r"[\w.-]+", host) is not None
    try:
        if ":" in host:
            ip_address(host)
        else:
            host.encode("idna")
    except ValueError:
        readable = False
    if not readable:
        raise InvalidInput(f"the target's host is no name and no address; {EXPECTED}, or opensearch://[::1]:9200/index")
    return host
