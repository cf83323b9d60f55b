from __future__ import annotations

import json

import pytest

from hybrid.evaluation.datasets import RECIPES, read_dataset

COLUMNS = "Labour\tB-politicalparty\nwon\tO\n\nLabour\tB-misc\nwon\tO\n\nOslo\tB-location\nvotes\tO\n"


@pytest.fixture
def corpus(tmp_path):
    """A domain of CrossNER with a text that stands there twice."""
    folder = tmp_path / "politics"
    folder.mkdir()
    (folder / "train.txt").write_text(COLUMNS)
    return folder


def test_convert_says_what_was_read_merged_left_out_and_counted(hybrid, corpus, tmp_path):
    result = hybrid("data", "convert", corpus, "--out", tmp_path / "set", "--recipe", "crossner-politics")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "published https://github.com/zliucr/CrossNER (ner_data/politics)",
        "citation  Liu et al., CrossNER: Evaluating Cross-Domain Named Entity Recognition, AAAI 2021",
        "licence   MIT",
        "read      3 texts with 3 mentions from train.txt",
        "dropped   0 texts without a character that shows",
        "merged    1 texts into earlier ones that are the same",
        "not asked misc (a catch-all)",
        "set: 2 texts, 3 mentions, 2 types",
        "        R  mentions  type",
        "        1         1  location",
        "        1         1  political party (politicalparty)",
    ]
    task = read_dataset(tmp_path / "set")
    assert (task.types["politicalparty"], task.ids) == ("political party", ("0", "2"))


def test_info_shows_what_convert_showed(hybrid, corpus, tmp_path):
    options = ("--out", tmp_path / "set", "--recipe", "crossner-politics")
    made = hybrid("data", "convert", corpus, *options)
    assert hybrid("data", "info", tmp_path / "set").out == made.out
    [shape] = hybrid("data", "convert", corpus, *options, "--force", "--json").lines
    assert hybrid("data", "info", tmp_path / "set", "--json").lines == [shape]
    assert (shape["name"], shape["texts"], shape["mentions"], shape["judged"]) == ("set", 2, 3, False)
    assert shape["types"][0] == {"label": "location", "words": "location", "R": 1, "mentions": 1}
    assert shape["origin"]["left_out"] == {"misc": "a catch-all"}
    assert (shape["origin"]["recipe"], shape["origin"]["files"]) == ("crossner-politics", ["train.txt"])


def test_info_shows_a_set_that_was_written_by_hand(hybrid, tmp_path):
    (tmp_path / "documents.jsonl").write_text('{"id": "1", "text": "Rome", "answers": ["city"]}\n')
    (tmp_path / "types.json").write_text('{"city": "city"}')
    assert hybrid("data", "info", tmp_path).out.splitlines() == [
        f"{tmp_path.name}: 1 texts, 0 mentions, 1 types, judged",
        "        R  mentions  type",
        "        1         0  city",
    ]


def test_quiet_prints_nothing(hybrid, corpus, tmp_path):
    result = hybrid("data", "convert", corpus, "--out", tmp_path / "set", "--recipe", "crossner-politics", "-q")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_columns_separator_comment_and_scheme_are_options(hybrid, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("% one\nU-bigCity 7 Rome\nO 8 votes\n")
    columns = ("--token-column", 2, "--tag-column", 0, "--separator", "space", "--comment", "%", "--scheme", "bilou")
    [shape] = hybrid("data", "convert", file, "--format", "conll", *columns, "--out", tmp_path / "set", "--json").lines
    assert [(own["label"], own["words"]) for own in shape["types"]] == [("bigCity", "big city")]
    assert shape["origin"]["by_rule"] == ["bigCity"]
    assert hybrid("data", "info", tmp_path / "set").out.splitlines()[3] == "by rule   1 types got their words by rule"


def test_spans_of_several_files_with_keys_of_their_own(hybrid, tmp_path):
    for name in "ab":
        line = {"key": name, "t": [name, "Rome"], "s": [[1, 1, "city"]]}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(line))
    keys = ("--tokens-key", "t", "--spans-key", "s", "--id-key", "key", "--inclusive")
    files = (tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert hybrid("data", "convert", *files, "--format", "jsonl", *keys, "--out", tmp_path / "set").code == 0
    task = read_dataset(tmp_path / "set")
    assert (task.ids, [sentence.text for sentence in task.sentences]) == (("a", "b"), ["a Rome", "b Rome"])


def test_a_beir_folder_is_judged(hybrid, tmp_path):
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d", "title": "Rhine", "text": "A river."}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "which rivers?"}\n')
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\nq\tx\t1\n")
    command = ("data", "convert", folder, "--format", "beir", "--split", "dev", "--out", tmp_path / "set")
    result = hybrid(*command)
    assert "note      1 judgements of texts or queries that are not there were left out" in result.out
    assert "set: 1 texts, 0 mentions, 1 types, judged" in result.out
    result = hybrid("data", "convert", folder, folder, "--format", "beir", "--out", tmp_path / "two")
    assert (result.code, "2 folders were given" in result.err) == (2, True)


def test_words_and_labels_are_chosen(hybrid, corpus, tmp_path):
    (tmp_path / "types.json").write_text('{"misc": "anything else", "politicalparty": "party", "sea": "sea"}')
    result = hybrid(
        "data", "convert", corpus, "--out", tmp_path / "set", "--recipe", "crossner-politics",
        "--types", tmp_path / "types.json", "--leave-out", "location",
    )  # fmt: skip
    assert "not asked location (on request)" in result.out
    assert "unknown   sea: no text has these labels" in result.out
    assert read_dataset(tmp_path / "set").types == {"misc": "anything else", "politicalparty": "party"}


def test_duplicates_and_catch_alls_may_be_kept(hybrid, corpus, tmp_path):
    options = ("--recipe", "crossner-politics", "--keep-duplicates", "--keep-catch-alls", "--json")
    [shape] = hybrid("data", "convert", corpus, "--out", tmp_path / "set", *options).lines
    assert (shape["texts"], len(shape["types"]), shape["origin"]["merged"]) == (3, 3, 0)


def test_a_folder_that_holds_something_is_not_overwritten(hybrid, corpus, tmp_path):
    command = ("data", "convert", corpus, "--recipe", "crossner-politics", "--out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    result = hybrid(*command, tmp_path / "mine", "--force")
    assert (result.code, "no data set that was written here" in result.err) == (1, True)
    assert hybrid(*command, tmp_path / "set").code == 0
    result = hybrid(*command, tmp_path / "set")
    assert (result.code, "--force replaces it" in result.err) == (1, True)
    assert hybrid(*command, tmp_path / "set", "--force").code == 0
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--recipe", "nerd"], 2, "no recipe is called 'nerd'; there are few-nerd"),
        (["--recipe", "few-nerd", "--format", "conll"], 2, "expected one of --recipe NAME and --format"),
        ([], 2, "expected one of --recipe NAME and --format"),
        (["--format", "conll", "--scheme", "bilou", "--token-column", "1"], 1, "train.txt, line 1: has a tag"),
        (["--format", "jsonl"], 1, "train.txt, line 1: no JSON"),
        (["--recipe", "wnut17", "--types", "none.json"], 1, "none.json: cannot be read"),
    ],
)
def test_errors_say_what_was_expected(hybrid, corpus, tmp_path, monkeypatch, arguments, code, sentence):
    monkeypatch.setenv("COLUMNS", "200")
    bad = corpus / "train.txt"
    bad.write_text("X-place\tRome\n" if "conll" in arguments else COLUMNS)
    result = hybrid("data", "convert", bad, "--out", tmp_path / "set", *arguments)
    assert (result.code, sentence in result.err) == (code, True), result.err
    assert not (tmp_path / "set").exists()


def test_info_of_what_is_no_set_ends_with_1(hybrid, tmp_path):
    result = hybrid("data", "info", tmp_path, "--json")
    assert (result.code, result.error["kind"]) == (1, "InvalidFile")


def test_recipes_are_listed_with_where_they_are_published(hybrid):
    shapes = hybrid("data", "recipes", "--json").lines
    assert [shape["name"] for shape in shapes] == list(RECIPES)
    assert all(shape["published"] and shape["licence"] and shape["citation"] for shape in shapes)
    assert [line.split()[0] for line in hybrid("data", "recipes").out.splitlines()] == list(RECIPES)
