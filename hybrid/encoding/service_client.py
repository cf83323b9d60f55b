"""One encoder service over HTTP: asked again where that may help, its failures as the library's errors."""

from __future__ import annotations

import os
import random
import re
import weakref
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from hybrid.encoding.extras import require
from hybrid.errors import AccessDenied, EncoderError, InvalidInput, ServerError, ServerUnavailable, shorten

if TYPE_CHECKING:
    import httpx

KEY = "HYBRID_SERVICE_KEY"
AGAIN = frozenset((429, 502, 503, 504))
FINGERPRINT = "x-hybrid-fingerprint"
_POSITION = re.compile(r"(?:#/texts/|input\.)(\d+)")


class TooMuch(Exception):
    """More was asked at once than the service takes, or answers in its time; `reason` where it cannot be less."""

    def __init__(self, reason: ServerUnavailable) -> None:
        self.reason = reason
        super().__init__(str(reason))


class ServiceClient:
    """Asks one service; safe between threads."""

    def __init__(
        self,
        address: str,
        *,
        key: str | None,
        timeout: float,
        retries: int,
        transport: httpx.BaseTransport | None,
        sleep: Callable[[float], None],
    ) -> None:
        """See `RemoteEncoder`."""
        require("an encoder at an address", "remote", "httpx")
        import httpx

        chosen = key_of(key if key is not None else os.environ.get(KEY))
        headers = {"authorization": f"Bearer {chosen}"} if chosen else {}
        self._retries, self._sleep, self.address = retries, sleep, address.rstrip("/")
        self._client = httpx.Client(
            base_url=_url(self.address),
            headers=headers,
            timeout=timeout,
            transport=transport,
            # What goes to this machine has nothing to do with the proxy to others.
            trust_env=not _is_loopback(_url(self.address).host),
        )
        # Whoever opens an index with an address never sees this object, and so cannot close it.
        self._closing = weakref.finalize(self, self._client.close)

    def close(self) -> None:
        """Close the connections; done by itself once nobody has the client any more."""
        self._closing()

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, before: int = 0
    ) -> tuple[Any, str | None]:
        """The answer as JSON, and the fingerprint beside it; `before` texts came in earlier requests of the same call.

        Raises TooMuch where less may be asked at once.
        """
        import httpx

        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                response = self._client.request(method, path, json=body)
            except (httpx.ConnectError, httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
                if last:
                    raise ServerUnavailable(
                        f"the encoder service at {self.address} is not reached: {str(error) or type(error).__name__}"
                    ) from error
                self._sleep(_pause(attempt, None))
                continue
            except (httpx.HTTPError, RuntimeError) as error:
                # A message of httpx may quote a header, and with it the key.
                raise ServerError(
                    f"the encoder service at {self.address} cannot be asked: {type(error).__name__}"
                ) from None
            if response.status_code in AGAIN and not last and _failure(_json(response))[2] != "timeout":
                self._sleep(_pause(attempt, response.headers.get("retry-after")))
                continue
            return self._read(response, before), response.headers.get(FINGERPRINT)
        raise AssertionError("the last attempt returns or raises")

    def _read(self, response: httpx.Response, before: int) -> Any:
        told = _json(response)
        if response.is_success and isinstance(told, dict):
            return told
        status = response.status_code
        detail, place, code = _failure(told)
        reason = f"the encoder service at {self.address} answered {status}: {detail or 'no reason was told'}"
        if status in (401, 403):
            raise AccessDenied(f"{reason}; its key is taken from {KEY}", status=status)
        found = _POSITION.match(place)
        if code == "timeout" or (status == 413 and found is None):
            raise TooMuch(ServerUnavailable(reason, status=status))
        if status in AGAIN:
            raise ServerUnavailable(reason, status=status)
        if status in (400, 413, 422) and found is not None:
            raise EncoderError(detail, position=before + int(found[1]))
        raise ServerError(reason, status=status)


def key_of(value: str | None) -> str | None:
    """A key without the white space around it, which files of secrets end with; None for none.

    Raises InvalidInput for one that no header can carry; the message does not show it.
    """
    key = (value or "").strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidInput(f"the key of {KEY} cannot stand in a header; expected printable ASCII without spaces")
    return key


def _url(address: str) -> httpx.URL:
    """An address. Raises InvalidInput for none of HTTP's, and for one with a user, which would end up in messages."""
    import httpx

    expected = "expected http://HOST:PORT or https://HOST:PORT"
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, TypeError) as error:
        raise InvalidInput(f"the address of an encoder service cannot be read ({error}); {expected}") from None
    if url.userinfo:
        raise InvalidInput(f"the address of an encoder service has a user in it; {expected}, the key comes from {KEY}")
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidInput(f"{shorten(address)} is no address of an encoder service; {expected}")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _failure(told: Any) -> tuple[str, str, str]:
    """What a problem document, or OpenAI's error, says, of which part of the body, and its name."""
    if not isinstance(told, dict):
        return "", "", ""
    error = told.get("error")
    if isinstance(error, dict):
        return str(error.get("message", "")), str(error.get("param") or ""), str(error.get("code", ""))
    return str(told.get("detail", "")), str(told.get("pointer", "")), str(told.get("code", ""))


def _pause(attempt: int, wished: str | None) -> float:
    """Seconds until the next attempt: what the service wishes, else twice as long each time, never all at once."""
    if wished is not None and wished.isdecimal():
        return min(float(wished), 30.0)
    return min(0.2 * 2.0**attempt, 10.0) * random.uniform(0.5, 1.0)
