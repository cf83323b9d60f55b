"""Near misses: near in name, and no mention in common."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid.encoding.projection import Standardisation
from hybrid.training.config import silent
from hybrid.training.near_misses import near_misses
from hybrid.training.sources.wordnet import WordNetNouns
from hybrid.training.tables import MentionTable, read_tables, statistics

WIDTH = 4
PLAIN = Standardisation(np.zeros(WIDTH, np.float32), np.ones(WIDTH, np.float32))


def table(types_of, vectors) -> MentionTable:
    names = tuple(np.asarray(own, np.float32).reshape(1, 1, -1) for own in vectors)
    places = np.arange(len(types_of))
    return MentionTable("made", np.zeros((len(places), WIDTH), np.float32), types_of, names, (), places, len(places))


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 6), unique=True, max_size=3).map(tuple), min_size=1, max_size=12).map(tuple),
    st.lists(st.sampled_from("abcde"), min_size=7, max_size=7),
    st.integers(0, 99),
)
def test_none_has_a_mention_or_a_name_in_common(types_of, words, seed):
    vectors = np.random.default_rng(seed).standard_normal((7, WIDTH))
    found = near_misses(table(types_of, vectors), [(own,) for own in words], PLAIN, nearest=3)
    known = {type for own in types_of for type in own}
    assert len(found) == 7
    for type, near in enumerate(found):
        assert len(near) <= 3
        assert len(set(near.tolist())) == len(near)
        for other in near.tolist():
            assert other in known - {type}
            assert words[other] != words[type]
            assert not any(type in own and other in own for own in types_of)


def test_the_nearest_come_first():
    vectors = [[1, 0, 0, 0], [0.9, 0.1, 0, 0], [0, 1, 0, 0], [0.4, 0.6, 0, 0]]
    found = near_misses(table(((0,), (1,), (2,), (3,)), vectors), [("a",), ("b",), ("c",), ("d",)], PLAIN, nearest=2)
    assert [own.tolist() for own in found] == [[1, 3], [0, 3], [3, 1], [2, 1]]


def test_no_kind_is_a_near_miss_of_what_stands_above_or_below_it(nouns, minilm_reader):
    source = WordNetNouns(nouns)
    ((own, _),) = read_tables([source], minilm_reader, silent)
    words = [source.types[key] for key in own.keys]
    found = near_misses(own, words, statistics([np.concatenate(own.names).reshape(-1, minilm_reader.width)]))
    names = {
        words[type][0]: {words[other][0] for other in near.tolist()} for type, near in enumerate(found) if len(near)
    }
    assert names["mountain"] == names["volcano"] == {"person"}
    assert "entity" not in names
