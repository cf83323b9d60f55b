"""Recipes: complete, and found in the folders that their publishers lay out."""

import pytest

from hybrid.errors import InvalidFile, InvalidInput
from hybrid.evaluation.datasets import RECIPES, Rules, convert, find_recipe, read_recipe
from hybrid.evaluation.datasets.rules import is_catch_all


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_says_where_its_corpus_is_published_and_words_for_every_label(recipe):
    assert recipe.published.startswith("https://")
    assert all((recipe.citation, recipe.licence, recipe.files))
    # NERetrieve has hundreds of types, whose labels are words already.
    assert recipe.words or recipe.name == "neretrieve"
    assert all(words and words == words.strip() for words in recipe.words.values())
    assert len(set(recipe.words.values())) == len(recipe.words)
    assert not any(is_catch_all(label) for label in recipe.words)


def test_the_numbers_of_types_are_those_of_the_papers_without_catch_alls():
    counts = {name: len(recipe.words) for name, recipe in RECIPES.items()}
    assert counts["few-nerd"] == 66 - 7
    assert [counts[f"crossner-{domain}"] for domain in ("politics", "science", "music", "literature", "ai")] == [
        9 - 1, 17 - 1, 13 - 1, 12 - 1, 14 - 1,
    ]  # fmt: skip
    assert (counts["wnut17"], counts["stackoverflow-ner"], counts["bionlp13cg"]) == (6, 28, 16)


LINE = "Rome\tB-location\n"


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("few-nerd", "supervised/dev.txt", "Rome\tlocation-GPE\n"),
        ("multiconer2", "en_dev.conll", "# id 1\tdomain=en\nrome _ _ B-HumanSettlement\n"),
        ("crossner-ai", "ner_data/ai/train.txt", LINE),
        ("crossner-music", "music/test.txt", LINE),
        ("crossner-politics", "dev.txt", LINE),
        ("wnut17", "emerging.test.annotated", LINE),
        ("wnut17", "wnut17train.conll.gz", LINE),
        ("stackoverflow-ner", "test.txt", "Rome\tB-Website\tRome\tO\n\t\n"),
        ("bionlp13cg", "devel.tsv", "Rome\tB-Cell\n"),
    ],
)
def test_a_folder_is_searched_for_the_published_names(write, tmp_path, name, file, content):
    path = write(file, content)
    if file.endswith(".gz"):
        import gzip

        path.write_bytes(gzip.compress(content.encode()))
    source, files = read_recipe(find_recipe(name), [tmp_path])
    assert files == (path,)
    made = convert(name, source, Rules(), find_recipe(name).words)
    assert len(made.task.types) == 1
    assert made.by_rule == ()


def test_all_splits_that_are_there_are_read_in_order_and_no_other_file(write, tmp_path):
    for split in ("test", "train", "extra"):
        write(f"{split}.txt", f"{split}\tB-person\n")
    source, _ = read_recipe(find_recipe("crossner-ai"), [tmp_path])
    assert [record.sentence.text for record in source.records] == ["train", "test"]


def test_a_file_may_be_named_itself(write):
    source, files = read_recipe(find_recipe("few-nerd"), [write("inter-dev.txt", "Rome\tlocation-GPE\n")])
    assert (len(source.records), files[0].name) == (1, "inter-dev.txt")


def test_a_folder_without_the_files_and_an_unknown_name_are_errors(tmp_path):
    with pytest.raises(InvalidFile, match=r"has none of the files of few-nerd; looked for supervised/train\.txt"):
        read_recipe(find_recipe("few-nerd"), [tmp_path])
    with pytest.raises(InvalidInput, match="no recipe is called 'few'; there are few-nerd, multiconer2"):
        find_recipe("few")
