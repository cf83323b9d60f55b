"""The command line with an index on a server instead of a folder: the same commands, the same answers."""

from __future__ import annotations

import json
from itertools import count

import pytest

from hybrid.engines.opensearch.administration import drop

SECRET = "s3cret%2Fword"
NUMBERS = count(1)


@pytest.fixture(scope="session")
def node(opensearch_node):
    return opensearch_node("3.6.0")


@pytest.fixture(scope="session")
def host(node):
    return node.url.removeprefix("http://")


@pytest.fixture
def target(node, host):
    """A name on a server with nothing there yet; it is gone at the end."""
    name = f"cli-{next(NUMBERS):03}"
    yield f"opensearch://{host}/{name}"
    names = [row["index"] for row in node.request("GET", f"/_cat/indices/{name}*?expand_wildcards=all&format=json")]
    for found in names:
        node.request("DELETE", f"/{found}")
    drop(f"opensearch://{host}/{name}")


@pytest.fixture
def news(hybrid, target, built, tiny):
    """An index of four documents on the server: the same as in the folder `built`."""
    assert hybrid("index", target, built / "news.jsonl", "--encoder", tiny).code == 0
    return target


def test_index_makes_the_index_and_says_what_was_done(hybrid, target, built, tiny):
    [report] = hybrid("index", target, built / "news.jsonl", "--encoder", tiny, "--json").lines
    assert (report["documents"], report["refused"]) == (4, [])
    again = hybrid("index", target, built / "news.jsonl", "--encoder", tiny)
    assert (again.code, hybrid("count", target).out) == (0, "4\n")
    [report] = hybrid("index", target, built / "news.jsonl", "--encoder", tiny, "--on-existing", "skip", "--json").lines
    assert report["documents"] == 0


@pytest.mark.parametrize("how", ["lexical", "typed", "dense", "min_max(typed=1, dense=.2, lexical=.3)", "auto"])
def test_find_gives_what_the_same_index_in_a_folder_gives(hybrid, news, built, tiny, how):
    asked = ["tyre plant", "--how", how, "--where", "lang in en,de", "--encoder", tiny, "--json"]
    found, expected = hybrid("find", news, *asked), hybrid("find", built / "news", *asked)
    assert (found.code, found.err) == (expected.code, expected.err) == (0, "")
    assert [without_scores(hit) for hit in found.lines] == [without_scores(hit) for hit in expected.lines]
    for hit, other in zip(found.lines, expected.lines, strict=True):
        assert hit["score"] == pytest.approx(other["score"], abs=2e-5)


def without_scores(value):
    """A hit without its numbers, which the server computes in another precision."""
    if isinstance(value, dict):
        return {name: without_scores(part) for name, part in value.items() if name not in ("score", "cosine", "legs")}
    return [without_scores(part) for part in value] if isinstance(value, list) else value


def test_find_for_people_and_its_explanation(hybrid, news, tiny):
    result = hybrid("find", news, "tyre plant", "--encoder", tiny, "--explain")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[1].startswith("reason: the fusion that was best")
    assert "contribution" in result.out


def test_lexical_search_needs_no_encoder(hybrid, news):
    assert [hit["id"] for hit in hybrid("find", news, "plant", "--how", "lexical", "--json").lines] == ["1"]


def test_a_plan_is_the_one_for_a_folder(hybrid, news, built, tiny):
    for options in ([], ["--json"]):
        asked = ["tyre maker", "--about", "Canada", "--where", "year>=1970", "--encoder", tiny, *options]
        assert hybrid("plan", news, *asked).out == hybrid("plan", built / "news", *asked).out


def test_a_plan_for_dev_tools_is_the_request_that_the_server_answers(hybrid, news, node, tiny):
    asked = ["tyre plant", "--where", "lang=en", "-k", "2", "--encoder", tiny]
    result = hybrid("plan", news, *asked, "--console")
    assert (result.code, result.err) == (0, "")
    line, body = result.out.split("\n", 1)
    method, path = line.split(" ")
    assert path.startswith(f"/{news.rpartition('/')[2]}/_search?")
    assert sum(text.strip().startswith('"vector": [') for text in body.splitlines()) == 2
    answer = node.request(method, path, body)
    expected = hybrid("find", news, *asked, "--json").lines
    assert [hit["_id"] for hit in answer["hits"]["hits"]] == [hit["id"] for hit in expected]


def test_a_folder_is_asked_by_no_request(hybrid, built, tiny):
    result = hybrid("plan", built / "news", "tyre maker", "--encoder", tiny, "--console")
    assert (result.code, result.out, len(result.err.splitlines())) == (2, "", 1)


def test_info_shows_the_same_as_for_a_folder(hybrid, news, built):
    [shape], [expected] = (hybrid("info", target, "--json").lines for target in (news, built / "news"))
    assert shape["index"] == news
    own = ("index", "bytes")
    assert {name: part for name, part in shape.items() if name not in own} == {
        name: part for name, part in expected.items() if name not in own
    }
    assert hybrid("info", news).out.startswith(f"index        {news}\n")


def test_get_and_delete(hybrid, news, built):
    assert hybrid("get", news, "1", "3", "--json").lines == hybrid("get", built / "news", "1", "3", "--json").lines
    assert hybrid("get", news, "1").out == hybrid("get", built / "news", "1").out
    missing = hybrid("get", news, "nix", "x" * 600)
    assert (missing.code, missing.err.count("no document has the id")) == (1, 2)
    assert hybrid("delete", news, "1", "2", "nix").out == "2 of 3 deleted\n"
    assert hybrid("delete", news, "1", "--json").lines == [{"deleted": 0}]
    assert hybrid("count", news, "--json").lines == [{"documents": 2}]


def test_rebuild_goes_over_to_another_bundle_and_loses_nothing(hybrid, news, other, node):
    [report] = hybrid("rebuild", news, "--encoder", other, "--json").lines
    assert report["documents"] == 4
    [shape] = hybrid("info", news, "--json").lines
    assert (shape["bundle"], shape["documents"], shape["dimensions"]["passage"]) == ("other", 4, None)
    name = news.rpartition("/")[2]
    assert list(node.request("GET", f"/{name}*")) == [f"{name}-000002"]
    without = hybrid("rebuild", news)
    assert (without.code, "does not ship" in without.err, hybrid("count", news).out) == (1, True, "4\n")


# Settings of a new index.


def test_settings_are_those_of_the_new_index(hybrid, target, built, tiny, node):
    options = ["--setting", "number_of_shards=2", "--setting", "index.refresh_interval=9s"]
    assert hybrid("index", target, built / "news.jsonl", "--encoder", tiny, *options).code == 0
    ((_, info),) = node.request("GET", f"/{target.rpartition('/')[2]}/_settings").items()
    settings = info["settings"]["index"]
    assert (settings["number_of_shards"], settings["refresh_interval"]) == ("2", "9s")


@pytest.mark.parametrize(
    ("setting", "code", "words"),
    [
        ("number_of_shards", 2, "'number_of_shards' is no NAME=VALUE"),
        ("=3", 2, "'=3' is no NAME=VALUE"),
        ("nonsense=3", 1, "unknown setting [index.nonsense]"),
        ("number_of_shards=many", 1, "Failed to parse value [many] for setting [index.number_of_shards]"),
    ],
)
def test_a_setting_that_cannot_be_is_told_and_nothing_is_made(hybrid, target, built, tiny, setting, code, words):
    result = hybrid("index", target, built / "news.jsonl", "--encoder", tiny, "--setting", setting)
    assert (result.code, result.out) == (code, "")
    # The frame that usage errors stand in breaks lines.
    assert words.replace(" ", "") in "".join(result.err.split()).replace("│", "")
    assert "there is no such index" in hybrid("count", target).err


def test_a_folder_has_no_settings(hybrid, tmp_path, built, tiny):
    result = hybrid("index", tmp_path / "x", built / "news.jsonl", "--encoder", tiny, "--setting", "number_of_shards=2")
    assert (result.code, len(result.err.splitlines())) == (2, 1)
    assert "an index in a folder has none" in result.err


# Targets that lead nowhere, and what nobody should read.

COMMANDS = {
    "get": ["x"],
    "delete": ["x"],
    "count": [],
    "info": [],
    "find": ["x", "--how", "lexical"],
    "plan": ["x", "--how", "lexical"],
    "rebuild": [],
    "setup": [],
    "drop": [],
}


def wrong_targets(host):
    return [
        (f"opensearch://{host}", 2, "names no index"),
        (f"opensearch://{host}/News", 2, "takes lower-case names"),
        (f"opensearch://me:{SECRET}@{host}/a b", 2, "holds no blank"),
        (f"opensearch://me:{SECRET}@{host}/news?refresh=true", 2, "holds '?' or '#'"),
        (f"opensearch://me:{SECRET}@a,b/news", 2, "several hosts"),
        (f"opensearch://me:{SECRET}@host:port/news", 2, "no URL that can be read"),
        (f"http://me:{SECRET}@{host}/news", 2, "expected"),
        (f"opensearch://me:{SECRET}@127.0.0.1:1/news", 1, "nothing answers at"),
        (f"opensearch+https://me:{SECRET}@{host}/news", 1, "speaks no TLS"),
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_target_is_one_sentence_without_a_secret(hybrid, host, command):
    for target, code, words in wrong_targets(host):
        for options in ([], ["--json"]):
            result = hybrid(command, target, *COMMANDS[command], *options)
            assert (result.code, result.out, len(result.err.splitlines())) == (code, "", 1), target
            message = result.error["message"] if options else result.err
            assert words in message
            assert "s3cret" not in result.err
            assert "Traceback" not in result.err


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("setup", "drop")])
def test_an_index_that_is_not_there_and_one_of_somebody_else_end_with_1(hybrid, target, node, command):
    result = hybrid(command, target, *COMMANDS[command])
    assert (result.code, result.out) == (1, "")
    assert result.err == f"Error: {target}: there is no such index; create it, or name another one\n"
    node.request("PUT", f"/{target.rpartition('/')[2]}")
    result = hybrid(command, target, *COMMANDS[command])
    assert (result.code, result.out) == (1, "")
    assert result.err == f"Error: {target}: an index is there, but not one of this library; name another one\n"


def test_index_refuses_what_is_somebody_elses(hybrid, target, node, built, tiny):
    node.request("PUT", f"/{target.rpartition('/')[2]}")
    result = hybrid("index", target, built / "news.jsonl", "--encoder", tiny)
    assert (result.code, result.out, len(result.err.splitlines())) == (1, "", 1)
    assert "name another one" in result.err


@pytest.mark.parametrize("command", ["setup", "drop"])
def test_a_folder_has_nothing_to_set_up(hybrid, tmp_path, command):
    result = hybrid(command, tmp_path / "news")
    assert (result.code, result.out, len(result.err.splitlines())) == (2, "", 1)
    assert "opensearch" in result.err


@pytest.mark.parametrize("command", COMMANDS)
def test_user_and_password_are_never_shown(hybrid, news, host, tiny, command):
    secret = news.replace("://", f"://mel:{SECRET}@")
    for options in ([], ["--json"]):
        more = ["--encoder", tiny] if command == "rebuild" else []
        result = hybrid(command, secret, *COMMANDS[command], *more, *options)
        assert result.code in (0, 1)
        assert "s3cret" not in result.out + result.err
        assert "mel" not in result.out + result.err
    if command == "info":
        assert result.lines[0]["index"] == news


def test_credentials_come_from_the_environment_one_way_at_a_time(hybrid, news, monkeypatch):
    monkeypatch.setenv("OPENSEARCH_USERNAME", "mel")
    monkeypatch.setenv("OPENSEARCH_PASSWORD", "s3cret")
    assert hybrid("count", news).out == "4\n"
    monkeypatch.setenv("OPENSEARCH_API_KEY", "k3y")
    result = hybrid("count", news)
    assert (result.code, result.out, len(result.err.splitlines())) == (2, "", 1)
    assert "OPENSEARCH_USERNAME and OPENSEARCH_API_KEY" in result.err
    assert not {"s3cret", "k3y"} & set(result.err.split())


def test_json_of_an_error_names_its_kind(hybrid, target):
    error = json.loads(hybrid("count", target, "--json").err)["error"]
    assert (error["kind"], error["message"].startswith(target)) == ("IndexNotFound", True)
