"""The labelled corpora that train the bundle that ships: where each is published, its licence, its labels in words.

No corpus is in the repository; `hybrid train` takes the folders or files as arguments. A label that is left out never
reaches a batch, and says why: it is a type that the bundle is judged on (DEV) under this or another name, or a
catch-all that nobody would ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybrid.evaluation.conll import Scheme

DEV_TYPE = "a type of the DEV tasks, under this or another name"
HELD_OUT = "a type that early stopping is measured by"
CATCH_ALL = "a catch-all, no type that anyone would ask for"


@dataclass(frozen=True, slots=True)
class Corpus:
    """A labelled corpus; `labels` maps each label that is trained to its readable names, `left_out` the rest to why.

    `files` are names to look for where a folder is given, the first that is there. One without labels
    teaches where mentions are, not what they are.
    """

    name: str
    scheme: Scheme
    files: tuple[str, ...]
    published: str
    citation: str
    licence: str
    labels: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, str]


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
    left_out={
        "art-other": CATCH_ALL,
        "location-GPE": DEV_TYPE,
        "organization-company": DEV_TYPE,
        "organization-education": DEV_TYPE,
        "organization-other": CATCH_ALL,
        "other-astronomything": DEV_TYPE,
        "other-award": DEV_TYPE,
        "other-biologything": DEV_TYPE,
        "person-politician": DEV_TYPE,
        "product-other": CATCH_ALL,
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
    left_out={"Library": DEV_TYPE, "Organization": DEV_TYPE},
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

CORPORA: Mapping[str, Corpus] = {corpus.name: corpus for corpus in (FEW_NERD, STACKOVERFLOW_NER, FEW_NERD_MENTIONS)}
