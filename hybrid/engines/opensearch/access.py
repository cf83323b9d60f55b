"""How a server is reached: credentials and certificates, from the target and the environment, never from a file.

OPENSEARCH_USERNAME, OPENSEARCH_PASSWORD    basic authentication; a user in the target comes first, and a password there
OPENSEARCH_API_KEY                          the header `Authorization: ApiKey …`, as the server gave the key out
OPENSEARCH_AWS_REGION                       requests are signed (SigV4) with the credentials that boto3 finds;
                                            OPENSEARCH_AWS_SERVICE is es (default) or aoss
OPENSEARCH_CA_CERTS                         a file of certificates to trust instead of the system's
OPENSEARCH_VERIFY_CERTS                     false switches the check of certificates off
OPENSEARCH_TIMEOUT                          seconds that an answer may take; 30 unless it is set

Nothing here repeats a secret, nor lets one stand in the context of an error.
"""

from __future__ import annotations

import math
import re
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hybrid.engines.opensearch.target import Target
from hybrid.errors import AccessDenied, InvalidInput, MissingExtra, shorten

TIMEOUT = 30.0
# Requests in flight while writing, and searches of several threads beside them.
CONNECTIONS = 16

TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
AWS_SERVICES = ("es", "aoss")

Auth = Literal["none", "basic", "api key", "sigv4"]


@dataclass(frozen=True, slots=True)
class Access:
    """Options of a client besides the address; those of both clients are the same, but for the signer."""

    auth: Auth
    options: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Access(auth={self.auth!r})"


def access_to(target: Target, environ: Mapping[str, str], *, asynchronous: bool) -> Access:
    """Credentials and certificates for a target.

    Raises:
        InvalidInput: several kinds of credentials, a part of one, or a value that cannot be read; without secrets.
        AccessDenied: boto3 has no credentials.
        MissingExtra: signing needs boto3.
    """
    options: dict[str, Any] = {"timeout": _seconds(environ), "use_ssl": target.secure}
    if target.secure:
        options["ssl_context"] = _tls(environ)
    auth = _auth(target, environ)
    if auth == "basic":
        options["headers"] = {"authorization": _basic(*_user_and_password(target, environ))}
    elif auth == "api key":
        options["headers"] = {"authorization": f"ApiKey {_api_key(environ)}"}
    elif auth == "sigv4":
        options["http_auth"] = _signer(environ, asynchronous)
    return Access(auth, options)


def _auth(target: Target, environ: Mapping[str, str]) -> Auth:
    if target.user is not None:
        return "basic"
    basic = "OPENSEARCH_USERNAME" if environ.get("OPENSEARCH_USERNAME") else "OPENSEARCH_PASSWORD"
    kinds: dict[str, Auth] = {basic: "basic", "OPENSEARCH_API_KEY": "api key", "OPENSEARCH_AWS_REGION": "sigv4"}
    found = [name for name in kinds if environ.get(name)]
    if len(found) > 1:
        raise InvalidInput(f"the environment has {' and '.join(found)}; expected one way to authenticate")
    if not found and environ.get("OPENSEARCH_AWS_SERVICE"):
        raise InvalidInput("OPENSEARCH_AWS_SERVICE is set without OPENSEARCH_AWS_REGION; expected both, or none")
    return kinds[found[0]] if found else "none"


def _user_and_password(target: Target, environ: Mapping[str, str]) -> tuple[str, str]:
    known = environ.get("OPENSEARCH_USERNAME") or None
    user = known if target.user is None else target.user
    password = target.password
    # The environment's password is that of the environment's user, where it names one.
    if password is None and known in (None, user):
        password = environ.get("OPENSEARCH_PASSWORD")
    if not user:
        raise InvalidInput("there is a password without a user; set OPENSEARCH_USERNAME beside OPENSEARCH_PASSWORD")
    if not password:
        raise InvalidInput("there is a user without a password; set OPENSEARCH_PASSWORD to that of this user")
    if ":" in user:
        raise InvalidInput("the user's name holds a colon, which basic authentication cannot send")
    return user, password


def _basic(user: str, password: str) -> str:
    # opensearch-py would send Latin-1, and fails where that lacks a letter; servers read UTF-8.
    try:
        return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
    except UnicodeEncodeError:
        pass
    raise InvalidInput("user or password hold bytes that are no UTF-8")


def _api_key(environ: Mapping[str, str]) -> str:
    key = environ["OPENSEARCH_API_KEY"]
    if not re.fullmatch(r"[!-~]+", key):
        raise InvalidInput(
            "OPENSEARCH_API_KEY holds a blank, a line end or a letter beyond ASCII; expected the bare key"
        )
    return key


def _tls(environ: Mapping[str, str]) -> ssl.SSLContext:
    """What is trusted: what OPENSEARCH_CA_CERTS names, else what the system and certifi do."""
    file = environ.get("OPENSEARCH_CA_CERTS")
    if not _truth(environ, "OPENSEARCH_VERIFY_CERTS", True):
        if file:
            raise InvalidInput(
                "OPENSEARCH_VERIFY_CERTS is false and OPENSEARCH_CA_CERTS names certificates to trust; expected one"
            )
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if file:
        return _trusting("OPENSEARCH_CA_CERTS", file)
    if file := environ.get("SSL_CERT_FILE"):
        return _trusting("SSL_CERT_FILE", file)
    # Not every Python finds the system's; opensearch-py brings these.
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _trusting(name: str, file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        why = "it holds no certificate"
    except OSError as error:
        why = f"it cannot be read ({error.strerror})"
    except ValueError:
        why = "that is no name of a file"
    raise InvalidInput(f"{name} is {shorten(file)}, and {why}; expected a file of certificates in PEM form")


class _Signer:
    """opensearch-py's signer, which is handed no headers: the awaited client would sign some that proxies change."""

    def __init__(self, sign: Callable[..., dict[str, str]], failures: type[Exception]) -> None:
        self._sign, self._failures = sign, failures

    def __call__(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        try:
            return self._sign(method, url, body)
        except self._failures as error:
            denied = _without_credentials(error)
        raise denied


def _signer(environ: Mapping[str, str], asynchronous: bool) -> _Signer:
    region, service = environ["OPENSEARCH_AWS_REGION"], environ.get("OPENSEARCH_AWS_SERVICE") or AWS_SERVICES[0]
    if service not in AWS_SERVICES:
        raise InvalidInput(f"OPENSEARCH_AWS_SERVICE is {shorten(service)}; expected {' or '.join(AWS_SERVICES)}")
    try:
        import boto3
        from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtra("signing requests for AWS", "aws") from error
    from opensearchpy import AWSV4SignerAsyncAuth, Urllib3AWSV4SignerAuth

    try:
        credentials = boto3.Session().get_credentials()
        if credentials is not None:
            # Fetches those that are made on demand, so that what fails there fails here.
            credentials.get_frozen_credentials()
            kind = AWSV4SignerAsyncAuth if asynchronous else Urllib3AWSV4SignerAuth
            return _Signer(kind(credentials, region, service), BotoCoreError)
        denied = _without_credentials()
    except BotoCoreError as error:
        denied = _without_credentials(error)
    raise denied


def _without_credentials(error: Exception | None = None) -> AccessDenied:
    # The name of what failed and no more: its text may hold what a program printed that was asked for credentials.
    why = "finds no credentials" if error is None else f"cannot load the credentials ({type(error).__name__})"
    return AccessDenied(f"OPENSEARCH_AWS_REGION is set, and boto3 {why}; `aws sts get-caller-identity` shows more")


def _seconds(environ: Mapping[str, str]) -> float:
    text = environ.get("OPENSEARCH_TIMEOUT")
    try:
        seconds = float(text) if text else TIMEOUT
    except ValueError:
        seconds = math.nan
    if not 0.0 < seconds < 1e6:
        raise InvalidInput(f"OPENSEARCH_TIMEOUT is {shorten(text)}; expected seconds, such as 30")
    return seconds


def _truth(environ: Mapping[str, str], name: str, default: bool) -> bool:
    text = environ.get(name, "").strip().lower()
    if text and text not in TRUE + FALSE:
        raise InvalidInput(f"{name} is {shorten(text)}; expected true or false")
    return text in TRUE if text else default
