"""From names and paths to sources."""

import pytest

from hybrid.errors import InvalidFile, InvalidInput
from hybrid.training.sources import open_corpora, widened


def opened(data, without=(), left_out=()):
    return widened(data, open_corpora(data, without), without, left_out)


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "few-nerd.txt"
    path.write_text("Etna\tlocation-mountain\n,\tO\na\tO\nvolcano\tO\n\nThe\tO\nship\tO\nTitanic\tproduct-ship\n")
    return path


def test_sources_are_sorted_by_name_and_wide_ones_read_the_corpora(corpus, dictionary):
    data = {"wordnet-in-text": dictionary, "few-nerd": corpus, "mined": dictionary, "wordnet": dictionary}
    sources = opened(data)
    assert [source.name for source in sources] == ["few-nerd", "mined", "wordnet", "wordnet-in-text"]
    *_, in_text = sources
    assert [example.text for example in in_text.examples()] == ["Etna , a volcano", "The ship Titanic"]
    assert "CC BY-SA 4.0 (few-nerd)" in in_text.licence
    assert "WordNet" in in_text.licence


def test_texts_that_are_left_out_reach_no_source(corpus, dictionary):
    data = {"few-nerd": corpus, "wordnet-in-text": dictionary}
    for source in opened(data, without={"The ship Titanic"}):
        assert [example.text for example in source.examples()] == ["Etna , a volcano"]


def test_raw_sentences_need_a_corpus(dictionary):
    assert [source.name for source in opened({"wordnet": dictionary})] == ["wordnet"]
    with pytest.raises(InvalidInput, match="mined reads the sentences of labelled corpora, and none was given"):
        opened({"mined": dictionary})


def test_a_folder_without_wordnet_is_named(corpus, tmp_path):
    with pytest.raises(InvalidFile, match="expected WordNet's dict folder"):
        opened({"few-nerd": corpus, "wordnet": tmp_path})


def test_synthetic_texts_leave_out_texts_and_kinds(corpus, tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "made.txt").write_text(
        "[A|town] [B|town] [C|town]\n[D|port] [E|port] [F|port]\n[G|port]", encoding="utf-8"
    )
    [corpus_, made] = opened({"synthetic": folder, "few-nerd": corpus}, without={"G"}, left_out={"town"})
    assert (corpus_.name, made.name, set(made.types)) == ("few-nerd", "synthetic", {"port"})
    assert [example.text for example in made.examples()] == ["D E F"]


def test_labels_that_are_dev_types_are_given_where_a_run_is_not_zero_shot(tmp_path):
    path = tmp_path / "wnut.txt"
    path.write_text("Ada\tB-person\n", encoding="utf-8")
    [left_out] = open_corpora({"wnut17": path}).values()
    [given] = open_corpora({"wnut17": path}, zero_shot=False).values()
    assert (list(left_out.examples()), dict(left_out.types)) == ([], {})
    assert [example.text for example in given.examples()] == ["Ada"]
    assert given.types["person"] == ("person",)
