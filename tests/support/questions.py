"""Questions to draw: a type, what else the text is about, a filter, a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corpus import Corpus
from filters import WHERE
from hypothesis import strategies as st

TOLERANCES = {"typed": 2e-6, "dense": 2e-6, "lexical": 2e-5}


@dataclass(frozen=True)
class Question:
    """What is asked of a corpus, besides `how`: its types and subjects are counted round and round."""

    type: int
    about: int | None
    where: Mapping[str, Any] | None
    k: int
    offset: int
    depth: int
    exact: bool

    def asked(self, corpus: Corpus) -> dict[str, Any]:
        """The arguments of `Retriever.plan`."""
        return {
            "type": corpus.asked[self.type % len(corpus.asked)],
            "about": None if self.about is None else corpus.about[self.about % len(corpus.about)],
            "where": self.where,
            "k": self.k,
            "offset": self.offset,
            "depth": self.depth,
            "exact": self.exact,
        }


def pages(depth: int) -> st.SearchStrategy[tuple[int, int, int]]:
    """k, offset and depth of a page that lies within its depth."""
    offsets = st.sampled_from([0, 0, 3, depth // 2])
    return offsets.flatmap(
        lambda offset: st.tuples(st.integers(1, min(25, depth - offset)), st.just(offset), st.just(depth))
    )


def questions(*, exact: bool | None = None) -> st.SearchStrategy[Question]:
    """Questions of any corpus: types and subjects are numbers, `exact` None draws it."""
    return st.builds(
        lambda type, about, where, page, exact: Question(type, about, where, *page, exact),
        st.integers(0, 1_000),
        st.one_of(st.none(), st.integers(0, 1_000)),
        st.one_of(st.none(), WHERE),
        st.sampled_from([5, 40, 200]).flatmap(pages),
        st.booleans() if exact is None else st.just(exact),
    )
