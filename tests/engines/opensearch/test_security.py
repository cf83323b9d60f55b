"""Credentials, certificates and secrets, before a real node.

The node itself asks for nothing. A proxy stands before it that ends TLS and looks at `Authorization`, as a cluster with
the security plugin or Amazon's service does. Whatever is promised holds for `Retriever` and for `AsyncRetriever`.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import ssl
import sys
import traceback
import warnings
from base64 import b64encode
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from urllib.parse import quote

import pytest
import trustme
import urllib3
from awaited import Awaited, Loop
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import CredentialRetrievalError
from faulty_proxy import Answer, Drop, Hang, proxy_before
from hypothesis import given, settings
from hypothesis import strategies as st
from opensearchpy import AsyncOpenSearch, OpenSearch
from urllib3.exceptions import InsecureRequestWarning

from hybrid import AsyncRetriever, Retriever
from hybrid.engines.adapting import finish
from hybrid.engines.opensearch.access import access_to
from hybrid.engines.opensearch.connecting import sync_server
from hybrid.engines.opensearch.target import parse_target
from hybrid.errors import AccessDenied, HybridError, IndexNotFound, InvalidInput, ServerError, ServerUnavailable
from hybrid.planning.serialization import plan_to_json
from hybrid.testing import FakeEncoder

ENCODER = FakeEncoder()
DOCUMENTS = [
    {"id": "a/b c%ü,*", "text": "Michelin is a tyre maker", "fields": {"year": 1971}},
    {"id": "liberals", "text": "The Liberals are a political party", "fields": {"year": 1972}},
]
NUMBERS = count(1)

# Every sign that a URL or a header could stumble over.
USER, PASSWORD = "ada@löwe/%", "p@ss:w/ö%rd?#ſ€ +&"
BASIC = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
KEY = "ZWFzeTpub3Qtc28tZWFzeQ=="
AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
TOKEN = "FwoGZXIvYXdzEXAMPLETOKEN/+=="
REGION = "eu-central-1"
WHATEVER_COUNTS = ("OPENSEARCH_", "AWS_", "SSL_CERT_", "HTTP_", "HTTPS_", "ALL_", "NO_", "NETRC")

UNAUTHORIZED = Answer(401, b"Unauthorized", (("www-authenticate", 'Basic realm="OpenSearch Security"'),))
FORBIDDEN = Answer(
    403,
    b'{"error": {"type": "security_exception", "reason": "no permissions for [indices:admin/get]"}, "status": 403}',
)


@pytest.fixture(autouse=True)
def environ(monkeypatch, tmp_path):
    """Sets variables, in an environment without any that count here."""
    for name in os.environ:
        if name.upper().startswith(WHATEVER_COUNTS) and name != "OPENSEARCH_URL":
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def put(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return put


@pytest.fixture(scope="module")
def node(opensearch_node):
    found = opensearch_node("3.6.0")
    yield found
    found.request("DELETE", "/security-*?expand_wildcards=all")


@pytest.fixture(scope="module")
def authority():
    """Who signs our servers' certificates; nobody knows it."""
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(authority, tmp_path_factory):
    """A file for OPENSEARCH_CA_CERTS."""
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return str(file)


@pytest.fixture
def server(node, authority):
    """Starts proxies before the node.

    `certificate` is one for 127.0.0.1 unless said otherwise, None for no TLS; requests that are not `allowed` get 401.
    """
    with ExitStack() as stack:

        def start(certificate=..., allowed=lambda seen: True):
            proxy = stack.enter_context(proxy_before(node.url, tls(certificate)))
            proxy.rules.append(lambda seen: None if allowed(seen) else UNAUTHORIZED)
            return proxy

        def tls(certificate):
            if certificate is None:
                return None
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            (authority.issue_cert("127.0.0.1") if certificate is ... else certificate).configure_cert(context)
            return context

        yield start


class Blocking:
    """`Retriever`, and clients for it."""

    def create(self, *arguments, **options):
        return Retriever.create(*arguments, encoder=ENCODER, **options)

    def open(self, *arguments, encoder=ENCODER, **options):
        return Retriever.open(*arguments, encoder=encoder, **options)

    def client(self, *arguments, **options):
        return OpenSearch(*arguments, **options)

    def done(self, answer):
        return answer

    def shown(self, retriever):
        return repr(retriever)


class Waiting:
    """`AsyncRetriever` in the shape of the other, and clients for it."""

    def __init__(self, loop):
        self._loop = loop

    def create(self, *arguments, **options):
        return self._blocking(AsyncRetriever.create(*arguments, encoder=ENCODER, **options))

    def open(self, *arguments, encoder=ENCODER, **options):
        return self._blocking(AsyncRetriever.open(*arguments, encoder=encoder, **options))

    def client(self, *arguments, **options):
        return AsyncOpenSearch(*arguments, **options)

    def done(self, answer):
        return self._loop.run(answer)

    def shown(self, retriever):
        return repr(retriever._engine)

    def _blocking(self, coming):
        return Awaited(self._loop.run(coming), self._loop)


@pytest.fixture(params=["blocking", "awaited"])
def face(request):
    if request.param == "blocking":
        yield Blocking()
    else:
        loop = Loop()
        yield Waiting(loop)
        loop.close()


def new(word="news"):
    return f"security-{next(NUMBERS)}-{word}"


def live(retriever):
    """What is done with an index: reads and writes, parameters with commas, ids with signs."""
    try:
        assert retriever.index(DOCUMENTS).documents == 2
        assert [hit.id for hit in retriever.find("tyre maker", k=1, how="typed")] == ["a/b c%ü,*"]
        (found,) = retriever.get("a/b c%ü,*")
        assert found.text == "Michelin is a tyre maker"
        assert retriever.delete("a/b c%ü,*") == 1
    finally:
        retriever.close()


def refusal(act, kind=HybridError):
    """What the act raised."""
    with pytest.raises(kind) as raised:
        act()
    return raised.value


class TestCertificates:
    def test_an_unknown_authority_is_refused(self, face, server):
        proxy = server()
        error = refusal(lambda: face.open(f"opensearch+https://{proxy.url}/news"), AccessDenied)
        assert "certificate verify failed" in str(error)
        assert "OPENSEARCH_CA_CERTS" in str(error)
        assert proxy.seen == []

    @pytest.mark.parametrize("named", ["OPENSEARCH_CA_CERTS", "SSL_CERT_FILE"])
    def test_one_that_a_file_names_is_trusted(self, face, server, trusted, environ, named):
        environ(**{named: trusted})
        live(face.create(f"opensearch+https://{server().url}/{new()}"))

    def test_the_file_is_trusted_instead_of_all_others(self, server, trusted, environ, tmp_path):
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(other)
        environ(OPENSEARCH_CA_CERTS=str(other), SSL_CERT_FILE=trusted)
        for asynchronous in (False, True):
            access = access_to(parse_target("opensearch+https://host/news"), os.environ, asynchronous=asynchronous)
            assert access.options["ssl_context"].cert_store_stats()["x509_ca"] == 1

    def test_a_certificate_for_another_host_is_refused(self, face, server, authority, trusted, environ):
        environ(OPENSEARCH_CA_CERTS=trusted)
        proxy = server(authority.issue_cert("search.example"))
        error = refusal(lambda: face.open(f"opensearch+https://{proxy.url}/news"), AccessDenied)
        assert "certificate is not valid" in str(error)
        assert proxy.seen == []

    def test_an_expired_certificate_is_refused(self, face, server, authority, trusted, environ):
        environ(OPENSEARCH_CA_CERTS=trusted)
        yesterday = datetime.now(UTC) - timedelta(days=1)
        proxy = server(authority.issue_cert("127.0.0.1", not_before=yesterday - timedelta(days=1), not_after=yesterday))
        error = refusal(lambda: face.open(f"opensearch+https://{proxy.url}/news"), AccessDenied)
        assert "certificate has expired" in str(error)
        assert proxy.seen == []

    def test_the_check_can_be_switched_off_and_is_without_a_warning(self, face, server, authority, environ):
        environ(OPENSEARCH_VERIFY_CERTS="false")
        live(face.create(f"opensearch+https://{server(authority.issue_cert('search.example')).url}/{new()}"))

    def test_switching_it_off_leaves_the_warnings_of_other_hosts(self, server, environ):
        environ(OPENSEARCH_VERIFY_CERTS="false")
        proxy = server()
        refusal(lambda: Retriever.open(f"opensearch+https://{proxy.url}/{new()}", encoder=False), IndexNotFound)
        pool = urllib3.HTTPSConnectionPool("localhost", proxy.port, cert_reqs="CERT_NONE")
        with pool, pytest.warns(InsecureRequestWarning, match="localhost"):
            pool.request("GET", "/")

    def test_a_port_without_tls_is_named(self, face, node):
        place = node.url.removeprefix("http://")
        error = refusal(lambda: face.open(f"opensearch+https://{place}/news"), AccessDenied)
        assert "speaks no TLS" in str(error)
        assert "opensearch://" in str(error)

    def test_a_port_with_tls_that_is_asked_without_is_named(self, face, server):
        error = refusal(lambda: face.open(f"opensearch://{server().url}/news"), ServerUnavailable)
        assert "opensearch+https://" in str(error)

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (None, "No such file"),
            ("hello", "it holds no certificate"),
            ("", "it holds no certificate"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "it holds no certificate"),
            (..., "Is a directory"),
        ],
        ids=["missing", "no PEM", "empty", "damaged", "a folder"],
    )
    def test_a_file_that_holds_no_certificates_is_named(self, face, environ, tmp_path, content, why):
        file = tmp_path / "ca.pem"
        if content is ...:
            file.mkdir()
        elif content is not None:
            file.write_text(content)
        environ(OPENSEARCH_CA_CERTS=str(file))
        error = refusal(lambda: face.open("opensearch+https://127.0.0.1:9/news"), InvalidInput)
        assert "OPENSEARCH_CA_CERTS is" in str(error)
        assert why in str(error)
        assert error.__context__ is None

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the file is one of Linux")
    def test_a_file_that_cannot_be_read_is_named(self, face, environ):
        # Nobody may read it, not even root.
        environ(OPENSEARCH_CA_CERTS="/proc/self/mem")
        error = refusal(lambda: face.open("opensearch+https://127.0.0.1:9/news"), InvalidInput)
        assert "OPENSEARCH_CA_CERTS is '/proc/self/mem'" in str(error)


class TestPasswordsAndKeys:
    """The server answers 401 unless `Authorization` is what it knows."""

    def test_user_and_password_of_the_environment(self, face, server, trusted, environ):
        environ(OPENSEARCH_CA_CERTS=trusted, OPENSEARCH_USERNAME=USER, OPENSEARCH_PASSWORD=PASSWORD)
        proxy = server(allowed=lambda seen: seen.headers.get("authorization") == BASIC)
        live(face.create(f"opensearch+https://{proxy.url}/{new()}"))

    def test_user_and_password_of_the_target_come_first(self, face, server, trusted, environ):
        environ(OPENSEARCH_CA_CERTS=trusted, OPENSEARCH_USERNAME="bob", OPENSEARCH_PASSWORD="b", OPENSEARCH_API_KEY=KEY)
        proxy = server(allowed=lambda seen: seen.headers.get("authorization") == BASIC)
        live(face.create(f"opensearch+https://{encoded(USER)}:{encoded(PASSWORD)}@{proxy.url}/{new()}"))

    def test_the_target_may_leave_the_password_to_the_environment(self, face, server, trusted, environ):
        environ(OPENSEARCH_CA_CERTS=trusted, OPENSEARCH_PASSWORD=PASSWORD)
        proxy = server(allowed=lambda seen: seen.headers.get("authorization") == BASIC)
        live(face.create(f"opensearch+https://{encoded(USER)}@{proxy.url}/{new()}"))

    def test_a_key(self, face, server, trusted, environ):
        environ(OPENSEARCH_CA_CERTS=trusted, OPENSEARCH_API_KEY=KEY)
        proxy = server(allowed=lambda seen: seen.headers.get("authorization") == f"ApiKey {KEY}")
        live(face.create(f"opensearch+https://{proxy.url}/{new()}"))

    @pytest.mark.parametrize("variables", [{}, {"OPENSEARCH_USERNAME": "eve", "OPENSEARCH_PASSWORD": "guess"}])
    def test_without_the_right_ones_the_error_says_what_to_set(self, face, server, trusted, environ, variables):
        environ(OPENSEARCH_CA_CERTS=trusted, **variables)
        proxy = server(allowed=lambda seen: seen.headers.get("authorization") == BASIC)
        error = refusal(lambda: face.open(f"opensearch+https://{proxy.url}/news"), AccessDenied)
        assert error.status == 401
        assert "OPENSEARCH_USERNAME" in str(error)

    def test_what_they_do_not_allow_is_named(self, face, server, environ):
        environ(OPENSEARCH_USERNAME=USER, OPENSEARCH_PASSWORD=PASSWORD)
        proxy = server(None)
        proxy.always("/news", FORBIDDEN)
        error = refusal(lambda: face.open(f"opensearch://{proxy.url}/news"), AccessDenied)
        assert error.status == 403
        assert "indices:admin/get" in str(error)

    def test_nothing_is_sent_where_nothing_is_set(self, face, server, environ, tmp_path):
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password secret")
        environ(NETRC=str(tmp_path / "netrc"))
        proxy = server(None)
        refusal(lambda: face.open(f"opensearch://{proxy.url}/{new()}"), IndexNotFound)
        assert all("authorization" not in seen.headers for seen in proxy.seen)


class TestAmazon:
    """The server computes the signature from the request that it received, as botocore does, and compares."""

    @pytest.fixture(autouse=True)
    def credentials(self, environ, trusted):
        environ(OPENSEARCH_AWS_REGION=REGION, OPENSEARCH_CA_CERTS=trusted, **AWS)

    @pytest.mark.parametrize("service", ["es", "aoss"])
    def test_every_request_is_signed_with_its_body_and_parameters(self, face, server, environ, service):
        environ(OPENSEARCH_AWS_SERVICE=service)
        proxy = server(allowed=lambda seen: is_signed(seen, service))
        retriever = face.create(f"opensearch+https://{proxy.url}/{new('näws')}")
        assert retriever.index(DOCUMENTS).documents == 2
        assert retriever.rebuild().documents == 2
        live(retriever)
        assert {seen.method for seen in proxy.seen} == {"GET", "PUT", "POST", "DELETE"}
        assert any("%2C" in seen.path and "%C3%A4" in seen.path for seen in proxy.seen)
        assert any(seen.is_for("/_bulk") and seen.body for seen in proxy.seen)

    def test_a_prefix_is_signed_too(self, face, server):
        proxy = server(allowed=lambda seen: is_signed(seen, "es"))
        proxy.rules.append(lambda seen: Answer(200, b"{}") if seen.path == "/s%C3%BC%20d/" else None)
        error = refusal(lambda: face.open(f"opensearch+https://{proxy.url}/s%C3%BC%20d/news"), ServerError)
        assert "no OpenSearch" in str(error)

    def test_the_token_of_a_session_goes_along(self, face, server, environ):
        environ(AWS_SESSION_TOKEN=TOKEN)

        def allowed(seen):
            signed = seen.headers.get("authorization", "").partition("SignedHeaders=")[2].partition(",")[0]
            there = seen.headers.get("x-amz-security-token") == TOKEN and "x-amz-security-token" in signed.split(";")
            return there and is_signed(seen, "es")

        live(face.create(f"opensearch+https://{server(allowed=allowed).url}/{new()}"))

    def test_another_secret_is_refused(self, face, server, environ):
        environ(AWS_SECRET_ACCESS_KEY="another")
        proxy = server(allowed=lambda seen: is_signed(seen, "es"))
        assert refusal(lambda: face.open(f"opensearch+https://{proxy.url}/news"), AccessDenied).status == 401

    def test_no_credentials_are_an_error_before_anything_is_sent(self, face, server, monkeypatch):
        for name in AWS:
            monkeypatch.delenv(name)
        proxy = server()
        error = refusal(lambda: face.open(f"opensearch+https://{proxy.url}/news"), AccessDenied)
        assert "boto3 finds no credentials" in str(error)
        assert proxy.seen == []

    def test_a_profile_that_is_not_there_is_an_error_of_ours(self, face, environ):
        environ(AWS_PROFILE="nobody")
        error = refusal(lambda: face.open("opensearch+https://127.0.0.1:9/news"), AccessDenied)
        assert "ProfileNotFound" in str(error)
        assert error.__context__ is None

    def test_credentials_that_cannot_be_renewed_later_are_an_error_of_ours(self, face, server, monkeypatch):
        retriever = face.create(f"opensearch+https://{server().url}/{new()}")

        def fail(self, *arguments):
            raise CredentialRetrievalError(provider="sso", error_msg="it printed wJalrXUtnFEMI")

        try:
            with monkeypatch.context() as patch:
                patch.setattr(SigV4Auth, "add_auth", fail)
                error = refusal(retriever.count, AccessDenied)
            assert "wJalr" not in "".join(traceback.format_exception(error))
        finally:
            retriever.close()


def encoded(text):
    return quote(text, safe="")


def is_signed(seen, service):
    """Whether the request came as it was signed."""
    method, _, rest = seen.headers.get("authorization", "").partition(" ")
    if method != "AWS4-HMAC-SHA256":
        return False
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed = {name: seen.headers[name] for name in parts["SignedHeaders"].split(";")}
    request = AWSRequest(seen.method, f"https://{seen.headers['host']}{seen.path}", signed, seen.body)
    request.context["timestamp"] = seen.headers["x-amz-date"]
    signer = SigV4Auth(Credentials(*AWS.values()), service, REGION)
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    body = seen.headers["x-amz-content-sha256"] == sha256(seen.body).hexdigest()
    return body and "x-amz-content-sha256" in signed and "host" in signed and parts["Signature"] == expected


class TestTheEnvironment:
    """What does not fit together is refused before anything is sent."""

    @pytest.mark.parametrize(
        ("variables", "said"),
        [
            ({"OPENSEARCH_USERNAME": "ada"}, "user without a password"),
            ({"OPENSEARCH_PASSWORD": PASSWORD}, "password without a user"),
            ({"OPENSEARCH_USERNAME": "a:b", "OPENSEARCH_PASSWORD": PASSWORD}, "colon"),
            ({"OPENSEARCH_USERNAME": "ada", "OPENSEARCH_PASSWORD": "p\udcff"}, "no UTF-8"),
            ({"OPENSEARCH_USERNAME": "ada", "OPENSEARCH_API_KEY": KEY}, "one way to authenticate"),
            ({"OPENSEARCH_PASSWORD": PASSWORD, "OPENSEARCH_API_KEY": KEY}, "one way to authenticate"),
            ({"OPENSEARCH_API_KEY": KEY, "OPENSEARCH_AWS_REGION": REGION}, "one way to authenticate"),
            ({"OPENSEARCH_API_KEY": f"ApiKey {KEY}"}, "OPENSEARCH_API_KEY holds a blank"),
            ({"OPENSEARCH_API_KEY": f"{KEY}\n"}, "a line end"),
            ({"OPENSEARCH_AWS_SERVICE": "aoss"}, "without OPENSEARCH_AWS_REGION"),
            ({"OPENSEARCH_AWS_REGION": REGION, "OPENSEARCH_AWS_SERVICE": "s3"}, "expected es or aoss"),
            ({"OPENSEARCH_VERIFY_CERTS": "perhaps"}, "expected true or false"),
            ({"OPENSEARCH_VERIFY_CERTS": "false", "OPENSEARCH_CA_CERTS": "ca.pem"}, "expected one"),
            ({"OPENSEARCH_TIMEOUT": "soon"}, "expected seconds"),
        ],
    )
    def test_a_part_or_a_contradiction_is_named(self, face, environ, variables, said):
        environ(**variables)
        error = refusal(lambda: face.open("opensearch+https://127.0.0.1:9/news"), InvalidInput)
        assert said in str(error)
        assert not leaks(error, PASSWORD, KEY, "udcff")

    def test_a_target_with_a_password_alone_is_refused(self, face):
        error = refusal(lambda: face.open(f"opensearch+https://:{encoded(PASSWORD)}@127.0.0.1:9/news"), InvalidInput)
        assert "password without a user" in str(error)
        assert not leaks(error, PASSWORD)

    def test_the_password_of_another_user_is_not_taken(self, face, environ):
        environ(OPENSEARCH_USERNAME="bob", OPENSEARCH_PASSWORD="b")
        error = refusal(lambda: face.open("opensearch+https://ada@127.0.0.1:9/news"), InvalidInput)
        assert "user without a password" in str(error)

    @pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"])
    def test_no_proxy_is_asked(self, face, server, trusted, environ, variable):
        between = server(None)
        environ(OPENSEARCH_CA_CERTS=trusted, **{variable: f"http://{between.url}"})
        for target in (f"opensearch+https://{server().url}/{new()}", f"opensearch://{server(None).url}/{new()}"):
            refusal(lambda target=target: face.open(target), IndexNotFound)
        assert between.seen == []

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_no_redirection_is_followed(self, face, server, environ, status):
        environ(OPENSEARCH_USERNAME=USER, OPENSEARCH_PASSWORD=PASSWORD)
        elsewhere, here = server(None), server(None)
        here.always("/", Answer(status, b"", (("location", f"http://{elsewhere.url}/"),)))
        error = refusal(lambda: face.open(f"opensearch://{here.url}/news"), ServerError)
        assert error.status == status
        assert elsewhere.seen == []


class TestUnencryptedCredentials:
    """A warning and no error: a mesh or a tunnel may encrypt, and who wants an error turns the warning into one."""

    @pytest.mark.parametrize("host", ["search.example", "192.0.2.1", "[2001:db8::1]"])
    @pytest.mark.parametrize(
        "variables",
        [
            {"OPENSEARCH_USERNAME": USER, "OPENSEARCH_PASSWORD": PASSWORD},
            {"OPENSEARCH_API_KEY": KEY},
            {"OPENSEARCH_AWS_REGION": REGION, **AWS},
        ],
    )
    def test_over_a_network_they_are_warned_of(self, environ, host, variables):
        environ(**variables)
        with pytest.warns(UserWarning, match="unencrypted") as warned:
            finish(sync_server(parse_target(f"opensearch://{host}/news")).transport.close())
        assert not leaks(warned[0].message, PASSWORD, KEY, *AWS.values())

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
    def test_on_this_machine_they_are_not(self, environ, host):
        environ(OPENSEARCH_USERNAME=USER, OPENSEARCH_PASSWORD=PASSWORD)
        finish(sync_server(parse_target(f"opensearch://{host}/news")).transport.close())

    def test_without_credentials_there_is_no_warning(self):
        finish(sync_server(parse_target("opensearch://search.example/news")).transport.close())


class TestOwnClient:
    """A client that the user made, and keeps."""

    def test_it_creates_and_opens_and_is_not_closed(self, face, node):
        client, index = face.client(node.url), new()
        try:
            face.create(client=client, index=index).close()
            live(face.open(client=client, index=index))
            assert face.done(client.info())["version"]["distribution"] == "opensearch"
        finally:
            face.done(client.close())

    def test_its_own_credentials_and_certificates_are_used(self, face, server, trusted, environ):
        environ(OPENSEARCH_API_KEY="not this one")
        proxy = server(allowed=lambda seen: seen.headers.get("authorization", "").startswith("Basic "))
        client = face.client(f"https://ada:pass@{proxy.url}", ca_certs=trusted)
        try:
            live(face.create(client=client, index=new()))
        finally:
            face.done(client.close())

    def test_a_host_that_is_dead_is_passed_over(self, face, node):
        host, _, port = node.url.removeprefix("http://").partition(":")
        hosts = [{"host": host, "port": closed_port()}, {"host": host, "port": int(port)}]
        client = face.client(hosts, randomize_hosts=False)
        try:
            live(face.create(client=client, index=new()))
        finally:
            # The client's own `close` forgets hosts that it passes over.
            for connection in client.transport.connection_pool.orig_connections:
                face.done(connection.close())

    def test_another_kind_of_client_is_named(self, face):
        other = AsyncOpenSearch if isinstance(face, Blocking) else OpenSearch
        for client in (other("http://ada:hunter2@localhost"), "http://ada:hunter2@localhost", OpenSearch):
            error = refusal(lambda client=client: face.open(client=client, index="news"), InvalidInput)
            assert "expected opensearchpy." in str(error)
            assert not leaks(error, "hunter2")

    @pytest.mark.parametrize("index", [None, "", "News", "a,b", 7])
    def test_it_needs_the_name_of_an_index(self, face, index):
        client = face.client("http://localhost:9")
        try:
            refusal(lambda: face.open(client=client, index=index), InvalidInput)
        finally:
            face.done(client.close())

    def test_a_client_in_the_place_of_the_target_does_not_show_its_password(self, face):
        client = OpenSearch("http://ada:hunter2@h")
        error = refusal(lambda: face.open(client), InvalidInput)
        assert not leaks(error, "hunter2")


class TestSomebodyElsesIndex:
    @pytest.mark.parametrize("meta", [{}, {"_meta": {}}, {"_meta": {"other": {"format": 1}}}, {"_meta": {"hybrid": 1}}])
    def test_it_is_not_opened(self, face, node, meta):
        index = new()
        node.request("PUT", f"/{index}", {"mappings": meta})
        target = f"opensearch://{node.url.removeprefix('http://')}/{index}"
        error = refusal(lambda: face.open(target), IndexNotFound)
        assert "not one of this library" in str(error)
        refusal(lambda: face.open(target, encoder=False), IndexNotFound)

    @pytest.mark.parametrize(
        "act",
        [
            lambda retriever: retriever.find("tyre maker"),
            lambda retriever: retriever.index([DOCUMENTS[0]]),
            lambda retriever: retriever.delete("1"),
            lambda retriever: retriever.rebuild(),
            lambda retriever: retriever.count(),
        ],
        ids=["find", "index", "delete", "rebuild", "count"],
    )
    def test_one_that_took_the_place_of_ours_is_left_alone(self, face, node, act):
        index = new()
        retriever = face.create(f"opensearch://{node.url.removeprefix('http://')}/{index}")
        try:
            retriever.find("tyre maker")
            node.request("DELETE", f"/{index}-*?expand_wildcards=all")
            node.request("PUT", f"/{index}/_doc/1?refresh=true", {"text": "tyre maker"})
            refusal(lambda: act(retriever), IndexNotFound)
        finally:
            retriever.close()
        assert node.request("GET", f"/{index}/_search")["hits"]["hits"][0]["_source"] == {"text": "tyre maker"}
        assert node.request("GET", f"/{index}/_count")["count"] == 1
        assert "_meta" not in node.request("GET", f"/{index}")[index]["mappings"]


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


# Not botocore, which logs at DEBUG what it signs: a session's token, too.
LOGGERS = ("hybrid", "opensearch", "opensearchpy", "urllib3", "aiohttp", "asyncio")


def told(*things):
    """All that errors and warnings tell: their text, repr, notes, attributes, and whatever stands behind them."""
    rest, seen = list(things), []
    while rest:
        thing = rest.pop()
        if thing is None or thing in seen:
            continue
        seen.append(thing)
        rest += [thing.__cause__, thing.__context__, *getattr(thing, "exceptions", ())]
        yield from (str(thing), repr(thing), *getattr(thing, "__notes__", ()), repr(vars(thing)))
        yield "".join(traceback.format_exception(thing))


def leaks(thing, *secrets):
    forms = [form for secret in secrets for form in (secret, encoded(secret), b64encode(secret.encode()).decode())]
    return [form for form in forms if any(form in text for text in told(thing))]


@contextmanager
def overheard(*, bodies):
    """What is logged and warned of meanwhile, as text; at DEBUG opensearch-py logs bodies."""
    texts = []

    class Handler(logging.Handler):
        def emit(self, record):
            if bodies or (record.name, record.levelno) != ("opensearch", logging.DEBUG):
                texts.append(f"{self.format(record)} {record.args!r}")

    handler, before = Handler(), {word: logging.getLogger(word).level for word in LOGGERS}
    try:
        for word in LOGGERS:
            logging.getLogger(word).addHandler(handler)
            logging.getLogger(word).setLevel(logging.DEBUG)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield texts
        texts += [text for warning in warned for text in told(warning.message)]
    finally:
        for word, level in before.items():
            logging.getLogger(word).removeHandler(handler)
            logging.getLogger(word).setLevel(level)


class TestSecrets:
    """What is secret stands in no message, no warning, no log, no plan."""

    SECRET = "Zx9:secret/Qv@%ü"
    PARTS = ("Zx9", "secret", "Qv@", b64encode(f"ada:{SECRET}".encode()).decode()[:-4])

    @pytest.fixture(params=["password", "key", "Amazon"])
    def place(self, request, environ):
        """What stands before the host in a target; the environment is set."""
        match request.param:
            case "password":
                return f"ada:{encoded(self.SECRET)}@"
            case "key":
                environ(OPENSEARCH_API_KEY="Zx9secretQv@")
            case "Amazon":
                environ(OPENSEARCH_AWS_REGION=REGION, **AWS)
                environ(AWS_SECRET_ACCESS_KEY="Zx9secretQv@", AWS_SESSION_TOKEN="Zx9secretQv@Zx9secretQv@")
        return ""

    @pytest.mark.parametrize(
        ("trouble", "kind"),
        [
            (UNAUTHORIZED, AccessDenied),
            (FORBIDDEN, AccessDenied),
            (Answer(403, b'{"message": "signature mismatch: x-amz-security-token:Zx9secretQv@"}'), AccessDenied),
            (Answer(500, b'{"error": "no"}'), ServerError),
            (Answer(200, b"<html>sign in", (("content-type", "text/html"),)), ServerError),
            (Hang(5), ServerUnavailable),
            (Drop(), ServerUnavailable),
            (None, IndexNotFound),
            ("refused", ServerUnavailable),
            ("no TLS", AccessDenied),
            ("unknown authority", AccessDenied),
            ("no name", InvalidInput),
        ],
        ids=str,
    )
    def test_no_trouble_tells_them(self, face, node, server, place, environ, trouble, kind):
        if isinstance(trouble, Hang):
            environ(OPENSEARCH_TIMEOUT="0.3")
        proxy = server(... if trouble == "unknown authority" else None)
        ports = {"refused": closed_port(), "no TLS": node.url.rpartition(":")[2]}
        if not isinstance(trouble, str | None):
            proxy.always("/", trouble)
        scheme = "opensearch+https" if trouble in ("no TLS", "unknown authority") else "opensearch"
        port = ports.get(trouble, proxy.port) if isinstance(trouble, str) else proxy.port
        target = f"{scheme}://{place}127.0.0.1:{port}/" + ("News" if trouble == "no name" else new())
        # A server may repeat what it was sent.
        with overheard(bodies=False) as texts:
            error = refusal(lambda: face.open(target), kind)
        texts += told(error)
        assert not [part for part in self.PARTS for text in texts if part in text]

    def test_a_warning_of_plain_text_does_not_tell_them(self, place):
        with overheard(bodies=True) as texts:
            server = sync_server(parse_target(f"opensearch://{place}search.example/news"))
            finish(server.transport.close())
        assert any("unencrypted" in text for text in texts)
        assert not [part for part in self.PARTS for text in texts if part in text]

    def test_work_and_plans_do_not_tell_them(self, face, server, place):
        proxy = server(None, allowed=lambda seen: "authorization" in seen.headers)
        with overheard(bodies=True) as texts:
            target = f"opensearch://{place}{proxy.url}/{new()}"
            retriever = face.create(target)
            retriever.index(DOCUMENTS)
            plan = retriever.plan("tyre maker", about="France", where={"year": 1971}, how="rrf(typed, lexical)")
            texts += [face.shown(retriever), json.dumps(plan_to_json(plan)), repr(plan), retriever.console(plan)]
            texts += [repr(retriever.run(plan)), repr(retriever.find("party", explain=True)), repr(retriever.meta)]
            live(retriever)
        assert any("/_bulk" in text for text in texts)
        assert not [part for part in self.PARTS for text in texts if part in text]
        assert not [text for text in texts if "authorization" in text.lower()]

    @given(st.text(max_size=8), st.text(alphabet="/?#@:[]%\\ \n\tü0", max_size=4), st.text(max_size=4))
    @settings(deadline=None, max_examples=300)
    def test_no_target_tells_them_even_where_it_cannot_be_read(self, user, before, after):
        password = f"{before}Zx9secretQv{after}"
        for written in (password, encoded(password)):
            text = f"opensearch://{user}:{written}@host/news"
            try:
                target = parse_target(text)
            except InvalidInput as error:
                assert not leaks(error, "Zx9secretQv", "zx9secretqv")
            else:
                assert "zx9secretqv" not in f"{target} {target!r} {target.host} {target.index}".lower()

    @given(st.text(min_size=1).filter(lambda user: ":" not in user), st.text(min_size=1))
    @settings(deadline=None, max_examples=100)
    def test_what_was_encoded_arrives_as_it_was(self, user, password):
        header = "Basic " + b64encode(f"{user}:{password}".encode()).decode()
        target = parse_target(f"opensearch://{encoded(user)}:{encoded(password)}@host/news")
        for asynchronous in (False, True):
            access = access_to(target, {}, asynchronous=asynchronous)
            assert access.options["headers"] == {"authorization": header}
            assert repr(access) == "Access(auth='basic')"
