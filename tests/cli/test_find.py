from __future__ import annotations

import pytest

from hybrid import Retriever


@pytest.fixture
def find(hybrid, news, tiny):
    """Run `hybrid find` on the index of four documents."""

    def run(*arguments):
        return hybrid("find", news, *arguments, "--encoder", tiny)

    return run


def test_answers_are_shown_with_scores_and_marked_mentions(find):
    result = find("tyre maker")
    lines = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert lines[0].startswith("min_max(typed=1, dense=.2, lexical=.3) · ")
    assert lines[2].split()[:3] == ["1.", "0.7661", "1"]
    assert "  typed 0." in lines[2]
    assert lines[3:5] == ["     Tyres", "     🦕 Michelin [opened a] plant in Nova Scotia."]
    assert lines[5].startswith("     opened a 0.")


def test_json_is_one_hit_a_line_with_the_contracts_keys(find):
    hits = find("tyre maker", "--json", "--explain").lines
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4]
    assert list(hits[0]) == ["rank", "id", "score", "title", "text", "fields", "snippet", "mentions", "legs"]
    assert set(hits[1]) == {"rank", "id", "score", "text", "fields", "snippet", "mentions", "legs"}
    assert set(hits[0]["mentions"][0]) == {"start", "end", "surface", "cosine"}
    assert set(hits[0]["legs"]["typed"]) == {"score", "rank", "normalised", "weight", "contribution"}
    contributions = sum(leg["contribution"] for leg in hits[0]["legs"].values())
    assert contributions == pytest.approx(hits[0]["score"], abs=1e-6)


def test_the_command_and_the_library_give_the_same(find, news, tiny):
    with Retriever.open(news, encoder=tiny) as retriever:
        expected = [(hit.id, hit.score) for hit in retriever.find("tyre maker", about="in Canada", k=3)]
    shown = find("tyre maker", "--about", "in Canada", "-k", "3", "--json").lines
    assert [(hit["id"], hit["score"]) for hit in shown] == expected


def test_offset_goes_on_in_the_same_order(find):
    whole = find("tyre maker", "--json").lines
    page = find("tyre maker", "-k", "2", "--offset", "2", "--json").lines
    assert [(hit["rank"], hit["id"]) for hit in page] == [(hit["rank"], hit["id"]) for hit in whole[2:]]
    past = find("tyre maker", "--offset", "50")
    assert (past.code, "Nothing was found." in past.out) == (0, True)


def test_no_text_leaves_the_text_out_and_keeps_the_snippet(find):
    for hit in find("tyre maker", "--no-text", "--json").lines:
        assert "text" not in hit
        assert hit["snippet"]["text"]


def test_mentions_says_how_many_a_hit_shows(find):
    assert all(hit["mentions"] == [] for hit in find("tyre maker", "--mentions", "0", "--json").lines)


@pytest.mark.parametrize(
    ("conditions", "ids"),
    [
        (["year>=2000"], {"2", "3"}),
        (["year>=2000", "lang=en"], {"2"}),
        (["lang!=en"], {"3", "4"}),
        (["tags in b,c"], {"3"}),
        (["year exists false"], {"4"}),
        (['{"$or": [{"lang": "ar"}, {"year": 1971}]}'], {"1", "4"}),
    ],
)
def test_where_filters_before_ranking(find, conditions, ids):
    options = [part for condition in conditions for part in ("--where", condition)]
    assert {hit["id"] for hit in find("tyre maker", *options, "--json").lines} == ids


def test_the_lexical_leg_alone_needs_no_encoder(hybrid, news):
    for how in ("bm25", "lexical"):
        result = hybrid("find", news, "tyres", "--how", how, "--json")
        assert (result.code, [hit["id"] for hit in result.lines]) == (0, ["2", "1"])


def test_explain_shows_the_reason_and_each_legs_arithmetic(find):
    result = find("tyre maker", "--explain")
    assert result.out.splitlines()[1].startswith("reason: ")
    assert "normalised  weight  contribution" in result.out


def test_a_leg_that_finds_nothing_is_a_warning_beside_the_answers(find):
    result = find("zeppelin", "--how", "min_max(typed, lexical)", "--json")
    assert (result.code, len(result.lines)) == (0, 3)
    assert result.err.startswith('{"warning":')
    assert find("zeppelin", "--how", "min_max(typed, lexical)").err.startswith("Warning: ")


def test_a_how_that_cannot_be_read_shows_a_caret(find):
    result = find("tyre maker", "--how", "min_max(typd, dense)")
    lines = result.err.splitlines()
    assert result.code == 2
    assert lines[0].endswith("did you mean 'typed'?")
    assert lines[1][lines[2].index("^") :].startswith("typd")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["tyre maker", "-k", "0"], "k is 0"),
        (["tyre maker", "-k", "-3"], "k is -3"),
        (["tyre maker", "-k", "99999999999"], "k is 99,999,999,999"),
        (["tyre maker", "--offset", "-1"], "offset is -1"),
        (["tyre maker", "--depth", "0"], "depth is 0"),
        (["tyre maker", "--mentions", "101"], "mentions is 101"),
        (["tyre maker", "--where", "yaer>=1970"], "did you mean 'year'?"),
        (["tyre maker", "--where", "year>=soon"], "'soon' is no int"),
        (["tyre maker", "--where", '{"year": {"~": 1}}'], "'~' is no operator"),
        (["tyre maker", "--where", '{"year": "1971"}'], "is str, the field holds int"),
        (["tyre maker", "--how", "typed;depth=x"], "depth"),
        (["tyre maker", "--how", "splade"], "'splade' was found in how"),
        (["tyre maker", "--how", "min_max(typed=-1, dense)"], "a weight"),
        ([""], "type is empty"),
        (["x" * 10_000], "at most 2,000"),
        (["tyre maker", "--about", "x" * 2_001], "at most 2,000"),
    ],
)
def test_a_question_that_cannot_be_asked_ends_with_2(find, arguments, sentence):
    result = find(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Error: ")
    assert sentence in result.err
    assert "Traceback" not in result.err


def test_with_json_an_error_is_an_object_too(find):
    result = find("tyre maker", "--where", "yaer>=1970", "--json")
    assert (result.code, result.error["kind"]) == (2, "InvalidFilter")
    assert result.error["message"].endswith("did you mean 'year'?")


@pytest.mark.parametrize("type", ["恐竜", "نفط", "🦕", "!!!"])
def test_a_type_in_any_script_is_answered(find, type):
    assert find(type).code == 0


def test_an_index_of_a_bundle_that_does_not_ship_asks_for_it(hybrid, news):
    result = hybrid("find", news, "tyre maker")
    assert result.code == 1
    assert "does not ship" in result.err
    assert "--encoder" in result.err


def test_another_bundle_and_no_bundle_are_refused(hybrid, news, other, tmp_path):
    assert "made by bundle 'tiny'" in hybrid("find", news, "tyre maker", "--encoder", other).err
    result = hybrid("find", news, "tyre maker", "--encoder", tmp_path)
    assert (result.code, "bundle.json" in result.err) == (1, True)


def test_nothing_at_the_target_ends_with_1(hybrid, tmp_path):
    result = hybrid("find", tmp_path / "none", "tyre maker", "--how", "bm25")
    assert (result.code, result.err.count("\n")) == (1, 1)


def test_an_empty_index_finds_nothing(hybrid, tiny, tmp_path):
    (tmp_path / "a.jsonl").write_text("")
    hybrid("index", tmp_path / "empty", tmp_path / "a.jsonl", "--encoder", tiny)
    result = hybrid("find", tmp_path / "empty", "tyre maker", "--encoder", tiny)
    assert (result.code, "Nothing was found." in result.out) == (0, True)


def test_plan_says_what_would_be_asked_and_why(hybrid, news, tiny):
    options = ("--about", "in Canada", "--where", "year>=1970", "--encoder", tiny)
    lines = hybrid("plan", news, "tyre maker", *options).out.splitlines()
    named = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1] for line in lines}
    assert named["typed"] == "asked 'tyre maker', weight 1, depth 1,000"
    assert named["lexical"] == "asked 'tyre maker in Canada', weight .3, depth 1,000"
    assert named["where"] == '{"year": {">=": 1970}}'
    assert named["reason"]


def test_plan_as_json_reads_back(hybrid, news, tiny):
    from hybrid.planning.serialization import plan_from_json, plan_to_json

    [plan] = hybrid("plan", news, "tyre maker", "-k", "5", "--encoder", tiny, "--json").lines
    assert plan_to_json(plan_from_json(plan)) == plan
    assert plan["k"] == 5
