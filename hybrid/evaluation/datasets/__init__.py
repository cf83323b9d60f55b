"""Data sets of the evaluation: the native form, the forms that are converted to it, rules and recipes."""

from hybrid.evaluation.datasets.beir import read_beir
from hybrid.evaluation.datasets.conversion import Conversion, Rules, convert, mentions_by_label, origin_of
from hybrid.evaluation.datasets.native import read_dataset, read_words, write_dataset
from hybrid.evaluation.datasets.neretrieve import read_neretrieve
from hybrid.evaluation.datasets.origin import check_target, read_origin
from hybrid.evaluation.datasets.recipes import RECIPES, Recipe, find_recipe
from hybrid.evaluation.datasets.records import Record, Source
from hybrid.evaluation.datasets.sources import read_columns, read_recipe, read_span_files
from hybrid.evaluation.datasets.spans_jsonl import SpanKeys, read_spans

__all__ = [
    "RECIPES",
    "Conversion",
    "Recipe",
    "Record",
    "Rules",
    "Source",
    "SpanKeys",
    "check_target",
    "convert",
    "find_recipe",
    "mentions_by_label",
    "origin_of",
    "read_beir",
    "read_columns",
    "read_dataset",
    "read_neretrieve",
    "read_origin",
    "read_recipe",
    "read_span_files",
    "read_spans",
    "read_words",
    "write_dataset",
]
