"""How a server is reached: credentials and certificates, from the target and the environment, never from a file.

OPENSEARCH_USERNAME, OPENSEARCH_PASSWORD    basic authentication; a user and a password in the target come first
OPENSEARCH_API_KEY                          the header `Authorization: ApiKey …`, as the server gave the key out
OPENSEARCH_AWS_REGION                       requests are signed (SigV4) with the credentials that boto3 finds;
                                            OPENSEARCH_AWS_SERVICE is es (default) or aoss
OPENSEARCH_CA_CERTS                         a file of certificates to trust instead of the system's
OPENSEARCH_VERIFY_CERTS                     false switches the check of certificates off
OPENSEARCH_TIMEOUT                          seconds that an answer may take; 30 unless it is set
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hybrid.engines.opensearch.target import Target
from hybrid.errors import InvalidInput, MissingExtra, shorten

TIMEOUT = 30.0
# Requests in flight while writing, and searches of several threads beside them.
CONNECTIONS = 16

TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Access:
    """Options of a client besides the address."""

    auth: Literal["none", "basic", "api key", "sigv4"]
    options: Mapping[str, Any]
    timeout: float

    def __repr__(self) -> str:
        return f"Access(auth={self.auth!r})"


def access_to(target: Target, environ: Mapping[str, str], *, asynchronous: bool) -> Access:
    """Credentials and certificates for a target.

    Raises:
        InvalidInput: several kinds of credentials, a part of one, or a value that cannot be read; without secrets.
        MissingExtra: signing needs boto3.
    """
    timeout = _seconds(environ)
    options: dict[str, Any] = {"timeout": timeout, "use_ssl": target.secure, **_certificates(target, environ)}
    kind = _kind(target, environ)
    if kind == "basic":
        options["http_auth"] = _user_and_password(target, environ)
    elif kind == "api key":
        options["headers"] = {"authorization": f"ApiKey {environ['OPENSEARCH_API_KEY']}"}
    elif kind == "sigv4":
        options |= _signer(environ, asynchronous)
    return Access(kind, options, timeout)


def _kind(target: Target, environ: Mapping[str, str]) -> Literal["none", "basic", "api key", "sigv4"]:
    if target.user is not None:
        return "basic"
    names = ("OPENSEARCH_USERNAME", "OPENSEARCH_API_KEY", "OPENSEARCH_AWS_REGION")
    found = [name for name in names if environ.get(name)]
    if len(found) > 1:
        raise InvalidInput(f"the environment has {' and '.join(found)}; expected one way to authenticate")
    if not found:
        return "none"
    return "basic" if found[0] == names[0] else "api key" if found[0] == names[1] else "sigv4"


def _user_and_password(target: Target, environ: Mapping[str, str]) -> tuple[str, str]:
    if target.user is not None:
        user, password = target.user, target.password
    else:
        user, password = environ["OPENSEARCH_USERNAME"], environ.get("OPENSEARCH_PASSWORD")
    if not password:
        raise InvalidInput("there is a user without a password; set OPENSEARCH_PASSWORD beside OPENSEARCH_USERNAME")
    if ":" in user:
        raise InvalidInput("the user's name holds a colon, which basic authentication cannot send")
    return user, password


def _certificates(target: Target, environ: Mapping[str, str]) -> dict[str, Any]:
    if not target.secure:
        return {}
    if not _truth(environ, "OPENSEARCH_VERIFY_CERTS", True):
        return {"verify_certs": False, "ssl_show_warn": False, "ssl_assert_hostname": False}
    file = environ.get("OPENSEARCH_CA_CERTS")
    if file and not Path(file).is_file():
        raise InvalidInput(f"OPENSEARCH_CA_CERTS is {shorten(file)}; expected a file of certificates in PEM form")
    return {"verify_certs": True, "ca_certs": file} if file else {"verify_certs": True}


def _signer(environ: Mapping[str, str], asynchronous: bool) -> dict[str, Any]:
    try:
        import boto3
    except ImportError as error:
        raise MissingExtra("signing requests for AWS", "aws") from error
    from opensearchpy import AsyncHttpConnection, AWSV4SignerAsyncAuth, Urllib3AWSV4SignerAuth

    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise InvalidInput("OPENSEARCH_AWS_REGION is set, but boto3 finds no credentials to sign requests with")
    region, service = environ["OPENSEARCH_AWS_REGION"], environ.get("OPENSEARCH_AWS_SERVICE", "es")
    if asynchronous:
        signer = AWSV4SignerAsyncAuth(credentials, region, service)
        # The default connection takes user and password alone.
        return {"http_auth": signer, "connection_class": AsyncHttpConnection}
    return {"http_auth": Urllib3AWSV4SignerAuth(credentials, region, service)}


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
