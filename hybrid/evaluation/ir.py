"""Measures of rankings by ir-measures, which runs trec_eval's own code.

| measure | what it is |
| --- | --- |
| RPrec | precision at R, the number of texts that answer: the headline |
| AP | average precision |
| nDCG@10 | discounted gain of the first ten against the best order, gains 0 and 1 |
| P@10 | precision among the first ten |
| R@100, R@1000 | recall among the first hundred, the first thousand |
| Success@1 | whether the first answer is right |
| MentionP | of the best mentions of the first R texts, those that are shown first, the share of the asked type |

MentionP is had by systems that rank by mentions alone. Each in 0..1, larger is better.
MacAvaney, Macdonald, Ounis: Streamlining Evaluation with ir-measures, ECIR 2022.
"""

from __future__ import annotations

from collections.abc import Mapping

from hybrid.encoding.extras import require
from hybrid.evaluation.runs import Ranking, strictly_falling
from hybrid.evaluation.task import Task

HEADLINE = "RPrec"
RANKED = (HEADLINE, "AP", "nDCG@10", "P@10", "R@100", "R@1000", "Success@1")
MENTION = "MentionP"
MEASURES = (*RANKED, MENTION)


def measure(task: Task, rankings: Mapping[str, Ranking]) -> dict[str, dict[str, float]]:
    """Each measure of each type that some text answers, in the order of the task: label to measure to value.

    A type without a ranking, or with an empty one, counts 0 everywhere. MentionP stands only where mentions won.

    Raises:
        MissingExtra: ir-measures is not installed.
    """
    require("evaluation", "eval", "ir_measures")
    import ir_measures

    qrels = {label: {str(place): 1 for place in answers} for label, answers in answered(task).items()}
    if not qrels:
        return {}
    run = {
        label: dict(zip(map(str, ranking.documents), strictly_falling(ranking.scores).tolist(), strict=True))
        for label, ranking in rankings.items()
    }
    wanted = {ir_measures.parse_measure(name): name for name in RANKED}
    values: dict[str, dict[str, float]] = {label: dict.fromkeys(RANKED, 0.0) for label in qrels}
    for one in ir_measures.iter_calc(list(wanted), qrels, run):
        values[one.query_id][wanted[one.measure]] = float(one.value)
    for label in values:
        precision = mention_precision(task, label, rankings[label]) if label in rankings else None
        if precision is not None:
            values[label][MENTION] = precision
    return values


def answered(task: Task) -> dict[str, frozenset[int]]:
    """The texts that answer each type; a type that none answers has no value and is left out."""
    return {label: answers for label, answers in task.answers().items() if answers}


def mention_precision(task: Task, label: str, ranking: Ranking) -> float | None:
    """Of the mentions that won the first R texts their places, the share that meet a gold mention of the type.

    Two mentions meet where they share a code point: detected ones may have other borders. None where no mention won,
    and where no text has a gold mention of the type.
    """
    if ranking.mentions is None or not any(label in sentence.labels for sentence in task.sentences):
        return None
    first = len(task.relevant(label))
    won = [
        any(span.label == label and span.start < end and start < span.end for span in task.sentences[place].spans)
        for place, (start, end) in (
            (int(place), mention)
            for place, mention in zip(ranking.documents[:first], ranking.mentions[:first], strict=True)
            if mention is not None
        )
    ]
    return sum(won) / len(won) if won else None
