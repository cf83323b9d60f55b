"""Published corpora: where each is found, in which form, under which licence, and the words for its labels.

No corpus is in the repository. A recipe is used on a folder, which is searched for the files by name, or on files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hybrid.errors import InvalidInput
from hybrid.evaluation.conll import TAB_SEPARATED, Columns
from hybrid.evaluation.datasets import words
from hybrid.evaluation.tags import Scheme

Form: TypeAlias = Literal["conll", "neretrieve"]
SPLITS = ("train.txt", "dev.txt", "test.txt")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a published corpus is read.

    `files` are sets of names to look for in a folder; all that are there of the first set that has any are read, packed
    (`.gz`, `.bz2`) or not. `scheme` and `columns` are those of the form "conll".
    """

    name: str
    published: str
    citation: str
    licence: str
    files: tuple[tuple[str, ...], ...]
    words: Mapping[str, str] = field(default_factory=dict)
    form: Form = "conll"
    scheme: Scheme = "bio"
    columns: Columns = TAB_SEPARATED


# INTER and INTRA tag the other splits' types as O, so gold of one of their splits does not hold in another: such a file
# is given by itself.
FEW_NERD = Recipe(
    name="few-nerd",
    published="https://github.com/thunlp/Few-NERD (supervised; of INTER and INTRA give one split's file)",
    citation="Ding et al., Few-NERD: A Few-shot Named Entity Recognition Dataset, ACL 2021",
    licence="CC BY-SA 4.0",
    files=(tuple(f"supervised/{split}" for split in SPLITS),),
    words=words.FEW_NERD,
    scheme="io",
)

MULTICONER2 = Recipe(
    name="multiconer2",
    published="https://multiconer.github.io (2023, EN-English)",
    citation="Fetahu et al., MultiCoNER v2: a Large Multilingual dataset for Fine-grained and Noisy Named Entity "
    "Recognition, Findings of EMNLP 2023",
    licence="CC BY 4.0",
    files=tuple(tuple(f"en{mark}{split}.conll" for split in ("train", "dev", "test")) for mark in "_-"),
    words=words.MULTICONER2,
    # `token _ _ tag`; a line `# id …` begins a sentence, and `#` alone is a token.
    columns=Columns(separator="space", comment="# id "),
)

WNUT17 = Recipe(
    name="wnut17",
    published="https://noisy-text.github.io/2017/emerging-rare-entities.html",
    citation="Derczynski et al., Results of the WNUT2017 Shared Task on Novel and Emerging Entity Recognition, "
    "W-NUT 2017",
    licence="CC BY 4.0",
    files=(("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"), ("all.txt",)),
    words=words.WNUT17,
)

STACKOVERFLOW_NER = Recipe(
    name="stackoverflow-ner",
    published="https://github.com/jeniyat/StackOverflowNER (resources/annotated_ner_data/StackOverflow)",
    citation="Tabassum et al., Code and Named Entity Recognition in StackOverflow, ACL 2020",
    licence="MIT",
    files=(SPLITS, ("all.txt",)),
    words=words.STACKOVERFLOW_NER,
    # Behind these two stand the token and the tag again, as the post's own mark-up has it.
    columns=Columns(token=0, tag=1),
)

BIONLP13CG = Recipe(
    name="bionlp13cg",
    published="https://github.com/cambridgeltl/MTL-Bioinformatics-2016 (data/BioNLP13CG-IOB)",
    citation="Pyysalo et al., Overview of the Cancer Genetics (CG) task of BioNLP Shared Task 2013; in columns by "
    "Crichton et al., A neural network multi-task learning approach to biomedical named entity recognition, 2017",
    licence="annotations CC BY-SA 3.0, abstracts under PubMed's terms",
    files=(("train.tsv", "devel.tsv", "test.tsv"), ("all.txt",)),
    words=words.BIONLP13CG,
)

NERETRIEVE = Recipe(
    name="neretrieve",
    published="https://github.com/katzurik/NERetrieve (retrieval, or supervised tagging)",
    citation="Katz et al., NERetrieve: Dataset for Next Generation Named Entity Recognition and Retrieval, "
    "Findings of EMNLP 2023",
    licence="CC BY-SA 4.0",
    # The published names lack an e.
    files=(
        ("NERetrive_IR_corpus.jsonl", "NERetrive_IR_train.jsonl", "NERetrive_IR_test.jsonl"),
        ("NERetrive_sup_train.jsonl", "NERetrive_sup_test.jsonl"),
    ),
    form="neretrieve",
)


def _crossner(domain: str) -> Recipe:
    return Recipe(
        name=f"crossner-{domain}",
        published=f"https://github.com/zliucr/CrossNER (ner_data/{domain})",
        citation="Liu et al., CrossNER: Evaluating Cross-Domain Named Entity Recognition, AAAI 2021",
        licence="MIT",
        files=(*(tuple(f"{place}{domain}/{split}" for split in SPLITS) for place in ("ner_data/", "")), SPLITS),
        words=words.CROSSNER[domain],
    )


RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        FEW_NERD,
        MULTICONER2,
        *map(_crossner, words.CROSSNER),
        WNUT17,
        STACKOVERFLOW_NER,
        BIONLP13CG,
        NERETRIEVE,
    )
}


def find_recipe(name: str) -> Recipe:
    """The recipe of a name.

    Raises:
        InvalidInput: there is none; the message lists those that there are.
    """
    if name not in RECIPES:
        raise InvalidInput(f"no recipe is called {name!r}; there are {', '.join(RECIPES)}")
    return RECIPES[name]
