"""`setup --dashboards` and `drop --dashboards`: what is there, on a real node beside a stand-in for Dashboards."""

from __future__ import annotations

from itertools import count

import pytest
from stand_ins import Dashboards, Refusal
from typer.testing import CliRunner

from hybrid.cli.app import app
from hybrid.engines.opensearch.administration import drop, set_up
from hybrid.errors import AccessDenied, InvalidInput, ServerError, ServerUnavailable

NUMBERS = count(1)


@pytest.fixture
def dashboards():
    stand_in = Dashboards()
    yield stand_in
    stand_in.close()


@pytest.fixture(scope="module")
def node(opensearch_node):
    return opensearch_node("3.6.0")


@pytest.fixture
def target(node):
    """An index that is set up, and gone at the end."""
    target = f"opensearch://{node.url.removeprefix('http://')}/viewed-{next(NUMBERS):03}"
    set_up(target)
    yield target
    drop(target, index=True)


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_setup_saves_both_once_and_drop_takes_both_out(target, dashboards):
    name = target.rpartition("/")[2]
    saved = f"save the data view hybrid-{name} and the saved search hybrid-{name} in Dashboards at {dashboards.url}"
    assert run("setup", target, "--dashboards", dashboards.url) == (0, f"{saved}: done\n")
    assert set(dashboards.objects) == {("index-pattern", f"hybrid-{name}"), ("search", f"hybrid-{name}")}
    code, said = run("setup", target, "--dashboards", dashboards.url)
    assert (code, said) == (0, "nothing to do: everything is as it should be\n")
    assert dashboards.changes == ["import"]
    code, said = run("drop", target, "--dashboards", dashboards.url)
    assert [line for line in said.splitlines() if "Dashboards" in line] == [
        f"delete the saved search hybrid-{name} in Dashboards at {dashboards.url}: done",
        f"delete the data view hybrid-{name} in Dashboards at {dashboards.url}: done",
    ]
    assert (code, dashboards.objects) == (0, {})


def test_what_somebody_changed_is_saved_again_and_the_rest_left_alone(target, dashboards):
    set_up(target, dashboards=dashboards.url)
    key = ("search", f"hybrid-{target.rpartition('/')[2]}")
    dashboards.objects[key]["attributes"]["columns"] = ["title"]
    (step,) = set_up(target, dashboards=dashboards.url)
    assert step.what.startswith(f"save the saved search {key[1]} in ")
    assert dashboards.objects[key]["attributes"]["columns"] == ["title", "text"]


def test_a_dry_run_prints_a_file_for_the_import_and_changes_nothing(target, dashboards):
    code, said = run("setup", target, "--dashboards", dashboards.url, "--dry-run")
    comment, line, *objects = said.splitlines()
    assert (code, line) == (0, "POST /api/saved_objects/_import?overwrite=true")
    assert comment.endswith(f"in Dashboards at {dashboards.url}")
    assert [text[:23] for text in objects if text] == ['{"type":"index-pattern"', '{"type":"search","id":"']
    set_up(target, dashboards=dashboards.url)
    assert len(drop(target, dashboards=dashboards.url, dry=True)) == 4
    assert len(dashboards.objects) == 2
    assert dashboards.changes == ["import"]


def test_an_address_that_cannot_be_read_is_told_before_anything_is_done(target):
    drop(target)
    with pytest.raises(InvalidInput, match="the address of Dashboards"):
        set_up(target, dashboards="localhost:5601")
    assert [step.what.split()[0] for step in set_up(target, dry=True)] == ["install", "install"]


def test_it_may_be_behind_a_prefix_and_ask_for_a_password(target, monkeypatch):
    behind = Dashboards(prefix="/_dashboards", user="ada", password="s3cret")
    try:
        with pytest.raises(AccessDenied, match="OPENSEARCH_USERNAME"):
            set_up(target, dashboards=behind.url)
        set_up(target, dashboards=behind.url.replace("//", "//ada:s3cret@"))
        assert len(behind.objects) == 2
        monkeypatch.setenv("OPENSEARCH_USERNAME", "ada")
        monkeypatch.setenv("OPENSEARCH_PASSWORD", "s3cret")
        assert set_up(target, dashboards=behind.url) == []
        with pytest.raises(ServerError, match=r"was refused \(404\): 'Not Found'"):
            set_up(target, dashboards=f"http://{behind.host}")
    finally:
        behind.close()


def test_what_dashboards_says_is_passed_on(target, dashboards):
    dashboards.broken = Refusal(500, "An internal server error occurred.")
    with pytest.raises(ServerError, match=r"at http://.* was refused \(500\): 'An internal server error occurred.'"):
        set_up(target, dashboards=dashboards.url)
    dashboards.broken = Refusal(503, "not ready yet")
    with pytest.raises(ServerUnavailable, match=r"\(503\)"):
        set_up(target, dashboards=dashboards.url)


def test_what_is_no_dashboards_is_told(target, node):
    with pytest.raises(ServerError, match="may be no OpenSearch Dashboards"):
        set_up(target, dashboards=node.url)
    with pytest.raises(ServerUnavailable, match="nothing answers at"):
        set_up(target, dashboards="http://127.0.0.1:1")
