"""Recipes: what each of them names is there, and fits together."""

import pytest

from hybrid.encoding.opening import read_setup
from hybrid.errors import InvalidInput
from hybrid.training.recipes import RECIPES, SMOLLM2, find_recipe


def test_a_recipe_is_found_by_its_name():
    assert find_recipe("smollm2") is SMOLLM2
    with pytest.raises(InvalidInput, match="no recipe is called 'llama'; known are minilm, "):
        find_recipe("llama")


def test_smollm2_reads_the_values_of_its_backbone_and_gives_texts_no_vector():
    reader = read_setup(SMOLLM2.backbone, SMOLLM2.setup(), device="cpu")
    assert reader.width == 192 >= SMOLLM2.head.width
    assert reader.backbone.blocks == 23
    (read,) = reader.read(["Michelin is a tyre maker."], [[(0, 8)]])
    assert read.mention_features.shape == (1, 192)
    assert read.passage_vectors is None


@pytest.mark.parametrize("name", RECIPES)
def test_a_tuning_learns_from_sources_that_the_recipe_reads(name):
    recipe = RECIPES[name]
    if recipe.tuning is not None:
        assert set(recipe.tuning.shares) <= set(recipe.shares)
    assert recipe.setup().detector is not None
