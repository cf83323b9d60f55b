"""From the names and paths that a training is given to its sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from hybrid.errors import InvalidInput
from hybrid.training.sources import mined, synthetic, wordnet, wordnet_in_text
from hybrid.training.sources.labelled import LabelledCorpus, open_corpus
from hybrid.training.sources.protocol import Source
from hybrid.training.sources.wordnet_files import WordNet, read_wordnet
from hybrid.training.sources.wordnet_types import LICENCE

# Sources that are made from WordNet's folder; the last two read the sentences of the labelled corpora.
WIDE = (wordnet.NAME, wordnet_in_text.NAME, mined.NAME)


def open_corpora(
    data: Mapping[str, Path], without: Collection[str] = (), *, zero_shot: bool = True
) -> dict[str, LabelledCorpus]:
    """The labelled corpora of `data` by name, `zero_shot` without labels that are DEV types.

    Texts in `without` are never given. Raises InvalidInput for an unknown one, InvalidFile where nothing is at its
    path.
    """
    others = (*WIDE, synthetic.NAME)
    return {
        name: open_corpus(name, path, without, zero_shot=zero_shot) for name, path in data.items() if name not in others
    }


def widened(
    data: Mapping[str, Path],
    labelled: Mapping[str, LabelledCorpus],
    without: Collection[str] = (),
    left_out: Collection[str] = (),
) -> list[Source]:
    """Every source of `data` (name to file or folder), sorted by name, its labelled corpora as they are given here.

    `wordnet`, `wordnet-in-text` and `mined` take WordNet's dict folder. `synthetic` leaves out texts in `without` and
    kinds of `left_out`.

    Raises:
        InvalidInput: a source that reads raw sentences without a labelled corpus to take them of.
        InvalidFile: nothing of a source is at its path, or it is damaged.
    """
    folders = {path: read_wordnet(path) for path in dict.fromkeys(data[name] for name in WIDE if name in data)}
    corpora = [labelled[name] for name in sorted(labelled)]
    sentences = [sentence.text for corpus in corpora for sentence in corpus.sentences()] if folders else []
    sources: list[Source] = []
    for name, path in sorted(data.items()):
        if name in labelled:
            sources.append(labelled[name])
        elif name == synthetic.NAME:
            sources.append(synthetic.Synthetic(path, frozenset(without), frozenset(left_out)))
        else:
            sources.append(_wide(name, folders[path], sentences, corpora))
    return sources


def _wide(name: str, read: WordNet, sentences: Sequence[str], corpora: Sequence[LabelledCorpus]) -> Source:
    if name == wordnet.NAME:
        return wordnet.WordNetNouns(read)
    if not corpora:
        raise InvalidInput(f"{name} reads the sentences of labelled corpora, and none was given")
    licence = "; ".join((LICENCE, *(f"{corpus.licence} ({corpus.name})" for corpus in corpora)))
    if name == mined.NAME:
        return mined.Mined(read, sentences, licence)
    return wordnet_in_text.WordNetInText(read, sentences, licence)
