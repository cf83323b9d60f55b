from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.factory import without_secrets
from hybrid.engines.opensearch.target import MAX_NAME_BYTES, Target, checked_name, parse_target
from hybrid.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "target", "shown"),
    [
        ("opensearch://host:9201/news", Target("host", 9201, False, "news"), "opensearch://host:9201/news"),
        ("opensearch://host/news", Target("host", 9200, False, "news"), "opensearch://host:9200/news"),
        ("opensearch+https://host/news", Target("host", 443, True, "news"), "opensearch+https://host:443/news"),
        ("opensearch+https://host:9200/news", Target("host", 9200, True, "news"), "opensearch+https://host:9200/news"),
        ("OpenSearch://HOST/news/", Target("host", 9200, False, "news"), "opensearch://host:9200/news"),
        ("opensearch://[::1]:9201/news", Target("::1", 9201, False, "news"), "opensearch://[::1]:9201/news"),
        ("opensearch://[2001:db8::7]/n", Target("2001:db8::7", 9200, False, "n"), "opensearch://[2001:db8::7]:9200/n"),
        ("opensearch://host/a/b/news", Target("host", 9200, False, "news", "/a/b"), "opensearch://host:9200/a/b/news"),
        ("opensearch://host/a%20b/n", Target("host", 9200, False, "n", "/a%20b"), "opensearch://host:9200/a%20b/n"),
        ("opensearch://host/a%40b%25", Target("host", 9200, False, "a@b%"), "opensearch://host:9200/a%40b%25"),
        ("opensearch://@host/news", Target("host", 9200, False, "news"), "opensearch://host:9200/news"),
        ("opensearch://host/%C3%A9t%C3%A9", Target("host", 9200, False, "été"), "opensearch://host:9200/été"),
        (
            "opensearch://me:secret@host/news",
            Target("host", 9200, False, "news", user="me", password="secret"),
            "opensearch://host:9200/news",
        ),
        (
            "opensearch+https://m%40e:p%2Fs%3As%23%25@host:1/x/news",
            Target("host", 1, True, "news", "/x", "m@e", "p/s:s#%"),
            "opensearch+https://host:1/x/news",
        ),
        (
            "opensearch://me@host/news",
            Target("host", 9200, False, "news", user="me"),
            "opensearch://host:9200/news",
        ),
    ],
)
def test_a_target_is_read_and_shown_without_what_may_be_secret(text, target, shown):
    assert parse_target(text) == target
    assert str(target) == shown == without_secrets(text)
    assert parse_target(shown) == Target(target.host, target.port, target.secure, target.index, target.prefix)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://host:9200/news", "expected opensearch:// or opensearch+https://"),
        ("opensearch://host:9200", "names no index"),
        ("opensearch://host:9200/", "names no index"),
        ("opensearch:///news", "names no host"),
        ("opensearch://:9200/news", "names no host"),
        ("opensearch://host/news?refresh=true", "holds '?' or '#'"),
        ("opensearch://host/news#top", "holds '?' or '#'"),
        ("opensearch://a,b/news", "names several hosts"),
        ("opensearch://a:9200,b:9200/news", "no URL that can be read"),
        ("opensearch://host:port/news", "no URL that can be read"),
        ("opensearch://host:99999/news", "no URL that can be read"),
        ("opensearch://[::1/news", "no URL that can be read"),
        ("opensearch://host/News", "takes lower-case names, 'news'"),
        ("opensearch://host/a%2Fb", "holds no blank and none of"),
        ("opensearch://host/%FF", "percent-encoded bytes that are no UTF-8"),
        ("opensearch://host:0/news", "no URL that can be read"),
        ("opensearch://ho\tst/news", "no URL that can be read"),
        ("opensearch://ho st/news", "host is no name and no address"),
        ("opensearch://[host:1]/news", "no URL that can be read"),
        ("opensearch://me:1/2@host/news", "holds '@' after a '/'"),
        ("news", "has no scheme; expected opensearch:// or opensearch+https://"),
    ],
)
def test_a_target_that_cannot_be_read_says_what_is_wrong(text, words):
    with pytest.raises(InvalidInput) as caught:
        parse_target(text)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["news", "0", "a.b-c_d+e", "été", "日本", "n" * MAX_NAME_BYTES, "a@b"])
def test_names_that_an_index_can_have(name):
    assert checked_name(name) == name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "names no index"),
        (None, "names no index"),
        (7, "names no index"),
        ("ÉTÉ", "'été'"),
        ("-news", "begins with none of - _ + ."),
        ("_all", "begins with none of - _ + ."),
        (".news", "begins with none of - _ + ."),
        ("+news", "begins with none of - _ + ."),
        ("..", "begins with none of - _ + ."),
        *((f"a{sign}b", "holds no blank and none of") for sign in '\\/*?"<>| ,#:\t\n\0\u00a0\u200b'),
        ("é" * 101, "has 202 bytes; at most 200"),
    ],
)
def test_names_that_no_index_can_have(name, words):
    with pytest.raises(InvalidInput) as caught:
        checked_name(name)
    assert words in str(caught.value)


SIGNS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["Cs", "Cc"]))
SECRET = SIGNS.map("{}S3cret".format)


@given(
    user=SECRET,
    password=SECRET,
    quoted=st.booleans(),
    rest=st.sampled_from(
        ["host/news", "host:1/n", "host", "host:x/news", "a,b/news", "[::1]/News", "[x/n", "/n?x", ""]
    ),
    scheme=st.sampled_from(["opensearch", "opensearch+https", "http"]),
)
def test_no_secret_is_ever_shown(user, password, quoted, rest, scheme):
    pair = ":".join(quote(part, safe="") if quoted else part for part in (user, password))
    try:
        target = parse_target(f"{scheme}://{pair}@{rest}")
        shown = f"{target} {target!r}"
    except InvalidInput as error:
        shown = f"{error} {error!r} {error.__cause__}"
    assert "s3cret" not in shown.lower()


@given(SECRET, SECRET)
def test_a_quoted_user_and_password_are_read_as_they_are(user, password):
    target = parse_target(f"opensearch://{quote(user, safe='')}:{quote(password, safe='')}@host/news")
    assert (target.user, target.password) == (user, password)


@pytest.mark.parametrize("target", ["folder", "./a:b", "C:\\index", "http://me:secret@host"])
def test_what_is_no_server_is_shown_as_it_is(target):
    assert without_secrets(target) == target
