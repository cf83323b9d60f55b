"""The labelled corpora that train the bundle that ships: where each is published, its licence, its labels in words.

No corpus is in the repository; `hybrid train` takes the folders or files as arguments. A label that is left out never
reaches a batch, and says why. Labels that are types of the DEV tasks, under this or another name, reach one only where
a run is not zero-shot; some corpora have no other labels, and train nothing that is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from hybrid.evaluation.conll import TAB_SEPARATED, Columns
from hybrid.evaluation.datasets import recipes, words
from hybrid.evaluation.tags import Scheme

HELD_OUT = "a type that early stopping is measured by"
CATCH_ALL = "a catch-all, no type that anyone would ask for"
# MultiCoNER's labels that DEV asks for, under this or another name.
_AS_IN_DEV = frozenset(
    ("ArtWork", "MusicalGRP", "ORG", "Politician", "PrivateCorp", "PublicCorp", "Scientist", "TechCorp", "WrittenWork")
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """A labelled corpus; `labels` maps each label that is trained to its readable names, `left_out` the rest to why.

    `dev_types`: labels, with their names, that are types of the DEV tasks, under this or another name. `files` are
    names to look for where a folder is given, the first that is there. A corpus without any label teaches where
    mentions are, not what they are.
    """

    name: str
    scheme: Scheme
    files: tuple[str, ...]
    published: str
    citation: str
    licence: str
    labels: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, str]
    dev_types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Columns = TAB_SEPARATED

    def seen(self) -> Corpus:
        """The same with the labels that are DEV types among those that are trained."""
        return replace(self, labels={**self.labels, **self.dev_types}, dev_types={})


FEW_NERD = Corpus(
    name="few-nerd",
    scheme="io",
    files=("inter-train-sample.txt", "inter/train.txt", "train.txt"),
    published="https://github.com/thunlp/Few-NERD (setting INTER, split train)",
    citation="Ding et al., Few-NERD: A Few-shot Named Entity Recognition Dataset, ACL 2021",
    licence="CC BY-SA 4.0",
    labels={
        "art-broadcastprogram": ("broadcast program", "television series"),
        "art-film": ("film", "movie"),
        "building-airport": ("airport",),
        "building-hotel": ("hotel",),
        "building-restaurant": ("restaurant",),
        "building-sportsfacility": ("sports facility", "stadium"),
        "event-attack/battle/war/militaryconflict": ("attack", "battle", "war", "military conflict"),
        "event-disaster": ("disaster",),
        "event-protest": ("protest",),
        "location-island": ("island",),
        "location-mountain": ("mountain",),
        "location-road/railway/highway/transit": ("road", "railway", "highway", "transit line"),
        "organization-media/newspaper": ("newspaper", "media"),
        "organization-sportsleague": ("sports league",),
        "organization-sportsteam": ("sports team",),
        "other-disease": ("disease",),
        "other-god": ("god", "deity"),
        "other-language": ("language",),
        "other-law": ("law",),
        "person-artist/author": ("artist", "author"),
        "person-director": ("director", "film director"),
        "person-soldier": ("soldier", "military officer"),
        "product-airplane": ("airplane", "aircraft"),
        "product-food": ("food",),
        "product-ship": ("ship",),
        "product-software": ("software",),
    },
    left_out=dict.fromkeys(("art-other", "organization-other", "product-other"), CATCH_ALL),
    dev_types={
        "location-GPE": ("geopolitical entity", "country, city or state"),
        "organization-company": ("company",),
        "organization-education": ("educational institution", "school or university"),
        "other-astronomything": ("astronomical object",),
        "other-award": ("award",),
        "other-biologything": ("biological substance", "protein or gene"),
        "person-politician": ("politician",),
    },
)

FEW_NERD_DEV = Corpus(
    name="few-nerd-dev",
    scheme="io",
    files=("inter-dev.txt", "inter/dev.txt", "dev.txt"),
    published="https://github.com/thunlp/Few-NERD (setting INTER, split dev)",
    citation=FEW_NERD.citation,
    licence=FEW_NERD.licence,
    labels={},
    left_out=dict.fromkeys(("building-other", "event-other", "person-other"), CATCH_ALL),
    dev_types={
        "art-painting": ("painting",),
        "building-library": ("library",),
        "location-park": ("park",),
        "organization-religion": ("religious organization",),
        "organization-showorganization": ("performing group",),
        "other-chemicalthing": ("chemical substance",),
        "other-currency": ("currency",),
        "person-scholar": ("scholar",),
        "product-game": ("game",),
        "product-train": ("train",),
    },
)

STACKOVERFLOW_NER = Corpus(
    name="stackoverflow-ner",
    scheme="bio",
    files=("all.txt",),
    published="https://github.com/jeniyat/StackOverflowNER",
    citation="Tabassum et al., Code and Named Entity Recognition in StackOverflow, ACL 2020",
    licence="MIT",
    labels={
        "Algorithm": ("algorithm",),
        "Application": ("software application", "computer program"),
        "Class_Name": ("class name",),
        "Code_Block": ("code block", "source code"),
        "Data_Structure": ("data structure",),
        "Data_Type": ("data type",),
        "Device": ("device", "computer hardware"),
        "Error_Name": ("error name", "exception"),
        "File_Name": ("file name",),
        "File_Type": ("file type", "file format"),
        "Function_Name": ("function name",),
        "HTML_XML_Tag": ("HTML tag", "XML tag"),
        "Keyboard_IP": ("keyboard key",),
        "Language": ("programming language",),
        "Library_Class": ("software class",),
        "Library_Function": ("software function",),
        "Library_Variable": ("software variable",),
        "Licence": ("software licence",),
        "Operating_System": ("operating system",),
        "Output_Block": ("program output",),
        "User_Interface_Element": ("user interface element",),
        "User_Name": ("user name",),
        "Value": ("value",),
        "Variable_Name": ("variable name",),
        "Version": ("version number",),
        "Website": ("website",),
    },
    left_out={},
    dev_types={"Library": ("software library",), "Organization": ("organization",)},
)


def _as_measured(
    recipe: recipes.Recipe,
    named: Mapping[str, str],
    files: tuple[str, ...],
    dev: Collection[str],
    catch_alls: Collection[str] = (),
) -> Corpus:
    """A corpus that `hybrid data` knows, its labels in the words they are asked with; those in `dev` are DEV types."""
    return Corpus(
        name=recipe.name,
        scheme=recipe.scheme,
        files=files,
        published=recipe.published,
        citation=recipe.citation,
        licence=recipe.licence,
        labels={label: (name,) for label, name in named.items() if label not in dev},
        left_out=dict.fromkeys(catch_alls, CATCH_ALL),
        dev_types={label: (name,) for label, name in named.items() if label in dev},
        columns=recipe.columns,
    )


WNUT17 = _as_measured(recipes.WNUT17, words.WNUT17, ("all.txt", "wnut17train.conll"), words.WNUT17)

MULTICONER2 = _as_measured(
    recipes.MULTICONER2,
    words.MULTICONER2,
    ("en-train.conll", "en_train.conll"),
    _AS_IN_DEV,
    ("OtherLOC", "OtherPER", "OtherPROD"),
)

FEW_NERD_MENTIONS = Corpus(
    name="few-nerd-mentions",
    scheme="io",
    files=("all-mentions.txt", "supervised/train.txt"),
    published="https://github.com/thunlp/Few-NERD (the sentences whose every mention is annotated)",
    citation=FEW_NERD.citation,
    licence=FEW_NERD.licence,
    labels={},
    left_out={},
)

CORPORA: Mapping[str, Corpus] = {
    corpus.name: corpus
    for corpus in (FEW_NERD, FEW_NERD_DEV, STACKOVERFLOW_NER, WNUT17, MULTICONER2, FEW_NERD_MENTIONS)
}
