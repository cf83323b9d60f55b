"""The environment to the options of a client; that servers take them is tested in `test_security.py`."""

from __future__ import annotations

import ssl
import sys
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.opensearch.access import access_to
from hybrid.engines.opensearch.target import Target, parse_target
from hybrid.errors import AccessDenied, InvalidInput, MissingExtra

PLAIN, SECURE = parse_target("opensearch://host/news"), parse_target("opensearch+https://host/news")
REGION = {"OPENSEARCH_AWS_REGION": "eu-central-1"}
FACES = pytest.mark.parametrize("asynchronous", [False, True], ids=["blocking", "awaited"])


def basic(user, password):
    return {"authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture
def aws(monkeypatch):
    """Credentials that boto3 finds, and none that the machine has."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cretkey")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "s3crettoken")


@FACES
@pytest.mark.parametrize(
    ("target", "environ", "auth", "headers"),
    [
        (PLAIN, {}, "none", None),
        (PLAIN, {"OPENSEARCH_USERNAME": "", "OPENSEARCH_API_KEY": ""}, "none", None),
        (PLAIN, {"OPENSEARCH_USERNAME": "me", "OPENSEARCH_PASSWORD": "pw"}, "basic", basic("me", "pw")),
        (PLAIN, {"OPENSEARCH_API_KEY": "a2V5"}, "api key", {"authorization": "ApiKey a2V5"}),
        (parse_target("opensearch://me:p%3Aw@host/news"), {}, "basic", basic("me", "p:w")),
        (
            parse_target("opensearch://me:own@host/news"),
            {"OPENSEARCH_USERNAME": "you", "OPENSEARCH_PASSWORD": "pw", "OPENSEARCH_API_KEY": "a2V5"},
            "basic",
            basic("me", "own"),
        ),
        (parse_target("opensearch://me@host/news"), {"OPENSEARCH_PASSWORD": "pw"}, "basic", basic("me", "pw")),
        (PLAIN, {"OPENSEARCH_USERNAME": "löwe", "OPENSEARCH_PASSWORD": "ſ€"}, "basic", basic("löwe", "ſ€")),
    ],
)
def test_credentials_are_a_header(target, environ, auth, headers, asynchronous):
    access = access_to(target, environ, asynchronous=asynchronous)
    assert access.auth == auth
    assert access.options.get("headers") == headers
    assert "http_auth" not in access.options


@pytest.mark.parametrize(
    ("target", "environ", "words"),
    [
        (PLAIN, {"OPENSEARCH_USERNAME": "s3cret"}, "a user without a password"),
        (PLAIN, {"OPENSEARCH_PASSWORD": "s3cret"}, "a password without a user"),
        (parse_target("opensearch://:s3cret@host/news"), {}, "a password without a user"),
        (
            parse_target("opensearch://me@host/news"),
            {"OPENSEARCH_USERNAME": "you", "OPENSEARCH_PASSWORD": "s3cret"},
            "a user without a password",
        ),
        (PLAIN, {"OPENSEARCH_USERNAME": "s3:cret", "OPENSEARCH_PASSWORD": "s3cret"}, "holds a colon"),
        (
            PLAIN,
            {"OPENSEARCH_USERNAME": "s3cret", "OPENSEARCH_API_KEY": "s3cret", "OPENSEARCH_PASSWORD": "s3cret"},
            "has OPENSEARCH_USERNAME and OPENSEARCH_API_KEY; expected one way",
        ),
        (PLAIN, {"OPENSEARCH_API_KEY": "s3cret", **REGION}, "has OPENSEARCH_API_KEY and OPENSEARCH_AWS_REGION"),
        (PLAIN, {"OPENSEARCH_API_KEY": "s3cret\n"}, "expected the bare key"),
        (PLAIN, {"OPENSEARCH_API_KEY": "ApiKey s3cret"}, "expected the bare key"),
        (PLAIN, {"OPENSEARCH_AWS_SERVICE": "es"}, "without OPENSEARCH_AWS_REGION"),
        (PLAIN, {**REGION, "OPENSEARCH_AWS_SERVICE": "s3"}, "expected es or aoss"),
        (PLAIN, {"OPENSEARCH_TIMEOUT": "soon"}, "OPENSEARCH_TIMEOUT is 'soon'; expected seconds, such as 30"),
        (PLAIN, {"OPENSEARCH_TIMEOUT": "0"}, "expected seconds"),
        (PLAIN, {"OPENSEARCH_TIMEOUT": "-1"}, "expected seconds"),
        (PLAIN, {"OPENSEARCH_TIMEOUT": "nan"}, "expected seconds"),
        (PLAIN, {"OPENSEARCH_TIMEOUT": "inf"}, "expected seconds"),
        (SECURE, {"OPENSEARCH_VERIFY_CERTS": "maybe"}, "OPENSEARCH_VERIFY_CERTS is 'maybe'; expected true or false"),
        (SECURE, {"OPENSEARCH_CA_CERTS": "/nowhere"}, "expected a file of certificates in PEM form"),
    ],
)
def test_a_part_or_a_contradiction_is_told_without_its_value(target, environ, words):
    with pytest.raises(InvalidInput) as caught:
        access_to(target, environ, asynchronous=False)
    assert words in str(caught.value)
    assert "s3" not in str(caught.value).replace("'s3'", "")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("text", "seconds"), [(None, 30.0), ("", 30.0), ("2.5", 2.5), (" 7 ", 7.0), ("1e3", 1000.0)])
def test_a_client_waits_half_a_minute_unless_it_is_told_otherwise(text, seconds):
    environ = {} if text is None else {"OPENSEARCH_TIMEOUT": text}
    assert access_to(PLAIN, environ, asynchronous=False).options["timeout"] == seconds


@pytest.mark.parametrize("word", ["true", "1", "YES", " on ", "", "false", "0", "No", "off"])
def test_certificates_are_verified_unless_that_is_switched_off(word):
    options = access_to(SECURE, {"OPENSEARCH_VERIFY_CERTS": word}, asynchronous=False).options
    verified = word.strip().lower() not in ("false", "0", "no", "off")
    assert options["use_ssl"] is True
    assert options["ssl_context"].check_hostname is verified
    assert (options["ssl_context"].verify_mode == ssl.CERT_REQUIRED) is verified


def test_without_tls_there_is_nothing_to_verify():
    options = access_to(PLAIN, {"OPENSEARCH_VERIFY_CERTS": "maybe"}, asynchronous=False).options
    assert (options["use_ssl"], "ssl_context" in options) == (False, False)


@FACES
@pytest.mark.parametrize("service", ["", "es", "aoss"])
def test_requests_to_amazon_are_signed_with_what_boto3_finds(aws, asynchronous, service):
    access = access_to(SECURE, {**REGION, "OPENSEARCH_AWS_SERVICE": service}, asynchronous=asynchronous)
    assert access.auth == "sigv4"
    headers = access.options["http_auth"]("POST", "https://host/news/_search?a=b", b"{}")
    signature = headers["Authorization"]
    assert signature.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert f"/eu-central-1/{service or 'es'}/aws4_request" in signature
    assert headers["X-Amz-Security-Token"] == "s3crettoken"
    assert headers["X-Amz-Content-SHA256"] == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert "s3cretkey" not in str(headers) + repr(access) + str(access)


def test_without_credentials_nothing_is_signed(monkeypatch, tmp_path):
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(AccessDenied, match="OPENSEARCH_AWS_REGION is set, and boto3 finds no credentials"):
        access_to(SECURE, REGION, asynchronous=False)


def test_signing_needs_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtra) as caught:
        access_to(SECURE, REGION, asynchronous=False)
    assert caught.value.extra == "aws"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=":"), min_size=4), st.text(min_size=4))
def test_nothing_secret_is_shown(user, password):
    target = Target("host", 9200, False, "news", user=f"{user}s3cret", password=f"s3cret{password}")
    try:
        access = access_to(target, {"OPENSEARCH_PASSWORD": f"s3cret{password}"}, asynchronous=False)
        shown = f"{access} {access!r}"
    except InvalidInput as error:
        shown = f"{error} {error!r} {error.__cause__} {error.__context__}"
    assert "s3cret" not in f"{shown} {target} {target!r}"
