"""The model card of a trained bundle, from what bundle.json says: nothing in it is written by hand."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean, pstdev
from string import Template
from typing import Any

from hybrid.encoding.manifest import DetectorSpec, Manifest
from hybrid.encoding.passed_over import ADDRESSES, HANDLES
from hybrid.evaluation.figures import WAYS
from hybrid.training.corpora import CORPORA
from hybrid.training.sources.synthetic import NAME as SYNTHETIC

WORDS = (
    " WordNet is no labelled corpus: its vocabulary holds many of the words that are asked for on DEV, with what "
    "stands below them."
)
WORDS_LICENCE = (
    "Nouns, their definitions and their order come from WordNet (Princeton University), under its own licence; none of "
    "its text is in this folder.\n"
)
WITH_PASSAGE = ", a passage vector\nand the mentions themselves."
MENTIONS_ALONE = " and the\nmentions themselves. There is no passage vector, so no dense leg."
PROBABILITY = Template("""\
- A match's probability says how often a gold mention of that cosine is of the asked type: $method, learned on the gold
  mentions of the DEV tasks, each counting the same. On tasks that were left out, the expected calibration error (15
  bins of equal width) is $ece over every mention with every type, Brier score $brier, and $shown over the best mention
  of each of the first R texts. It knows the cosine alone: where fewer mentions are of the asked type it is too high,
  and so it is where a detected mention is none.""")

CARD = Template("""# $name $version

Texts to vectors for type-aware retrieval: which texts mention an entity of the kind that words describe?
One pass of a $state $kind gives a vector per entity mention (near the name of its type)$vectors

## What it is
- Backbone: $backbone, $tuned. Licence: Apache-2.0.
- Taps $taps, standardised; a linear head of $layers.
  Types pass the same head behind statistics of their own, taken from plain words of the backbone's vocabulary
  (unlabelled).
- Detector: $detector
- Fusion that `auto` runs: `$how`

## Trained on
$sources

$left_out The detector learns where mentions are and sees no label.$words

$seed. Command:

    $command

## Figures
R-Precision, macro over types. Exact search; single legs are ranked whole, `hybrid` is what `auto` runs: of each leg the
first 1,000 documents, or 2 R where that is more.$dense

$measured

## Use and limits
- For finding texts by the kind of entity they mention, in English. Written and news-like text is most of what it was
  trained and measured on; tweets are harder, and so are types that a $kind does not know by name.
$probability
- The detector was taught what Few-NERD calls an entity: names, and few common nouns, dates or numbers$terms.
- It repeats what its texts$written and its backbone take for granted
  about the world; do not decide about people with it.

## Licence
The weights in this folder are released under $licence. They were trained on texts under the licences that stand above,
of which none is in this folder.$cited
$words_licence""")

ZERO_SHOT = (
    "Labels that DEV asks for, under this or another name, and catch-alls (`…-other`) were left out of the head's\n"
    "training (`hybrid/training/corpora.py` lists them, `hybrid/training/sources/synthetic.py` the kinds of synthetic\n"
    "texts)."
)
SEEN = "Types that DEV asks for were trained on; only catch-alls (`…-other`) were left out."
WITHOUT_DEV = " No text of the DEV sample was trained on."
ZERO_SHOT_FIGURES = """\
Zero-shot: no labelled or synthetic text taught a type that is asked for. Nothing was trained on these tasks, but
settings and fusion weights were chosen by them, so other corpora may give a little less."""
SEEN_FIGURES = "Types that are asked for were trained on, in other texts."
SHIPPED = """\
What stands here was then trained on more, as told above; fusion, calibration and the detector's operating point are
those of the zero-shot run. On the same texts, none of which it was trained on, with types that it was trained on:"""

SHAPED = " and the shapes of words"
TOLD_OF = {ADDRESSES: "web and e-mail addresses", HANDLES: "user names behind @"}


def model_card(manifest: Manifest) -> str:
    """README.md of a bundle, from its manifest alone; figures that were not measured are left out."""
    training = manifest.training or {}
    detector = manifest.heads.detector
    named = {source.partition(":")[0].partition(",")[0] for source in training.get("sources", ())}
    wordnet = any("wordnet" in name for name in named)
    synthetic = SYNTHETIC in named
    text = CARD.substitute(
        name=manifest.name,
        version=manifest.version,
        backbone=manifest.backbone.sources[-1].partition(":")[2].partition("@")[0],
        state="frozen" if manifest.backbone.adapter is None else "tuned",
        kind="language model" if manifest.passage is None else "sentence encoder",
        vectors=MENTIONS_ALONE if manifest.passage is None else WITH_PASSAGE,
        tuned=_tuned(manifest),
        words=WORDS if wordnet else "",
        words_licence=WORDS_LICENCE if wordnet else "",
        taps=", ".join(f"`{tap}`" for tap in manifest.taps),
        layers=" and ".join("-".join(map(str, head.layers)) for head in manifest.heads.mention),
        detector="none"
        if detector is None
        else f"a tagger {'-'.join(map(str, detector.layers))} on `{detector.tap}`{SHAPED if detector.shapes else ''}, "
        f"threshold {detector.threshold}{_passes_over(detector)}.",
        how=manifest.how,
        sources="\n".join(f"- {source}" for source in training.get("sources", ())),
        seed=_seed(training),
        command=training.get("command"),
        dense=_dense(manifest),
        left_out=_left_out(training),
        measured=_measured(training),
        probability=_probability(manifest, _chosen_by(training).get("measured", {}).get("calibration")),
        licence=manifest.licence,
        terms="; synthetic texts\n  taught it terms of every kind beside" if synthetic else "",
        written=", some of them written by a language model," if synthetic else "",
        cited=_cited(named),
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def _seed(training: Mapping[str, Any]) -> str:
    seed, soup = training.get("seed"), training.get("soup")
    if not soup:
        return f"Seed {seed}"
    return f"The mean of the weights of {soup} trainings, with seeds {seed} to {seed + soup - 1}"


def _chosen_by(training: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is told of the run that fusion, calibration and operating point come from: this one, or another."""
    return training.get("decided") or training


def _cited(named: Collection[str]) -> str:
    """The works behind the corpora, and what the strictest of their licences may ask for."""
    corpora = [own for own in CORPORA.values() if own.name in named]
    if not corpora:
        return ""
    text = f" The corpora: {'; '.join(dict.fromkeys(own.citation for own in corpora))}."
    if any("BY-SA" in own.licence for own in corpora):
        text += (
            "\nWhether weights are an adaptation of their training data is not settled everywhere: whoever takes them "
            "for one\nhas to pass them on under CC BY-SA 4.0, naming these works."
        )
    return text


def _left_out(training: Mapping[str, Any]) -> str:
    known_dev = bool(training.get("measured", {}).get("seeds"))
    return (ZERO_SHOT if training.get("zero_shot", True) else SEEN) + (WITHOUT_DEV if known_dev else "")


def _measured(training: Mapping[str, Any]) -> str:
    decided = _chosen_by(training)
    if decided is training:
        return _run(training, "The command above")
    zero_shot = _run(decided, f"The command `{decided['command']}`")
    measured = training.get("measured", {})
    parts = [zero_shot, SHIPPED, _figures(measured.get("dev", ())), _detector(measured.get("detector"))]
    return "\n\n".join(filter(None, parts))


def _run(training: Mapping[str, Any], command: str) -> str:
    measured: Mapping[str, Any] = training.get("measured", {})
    about = ZERO_SHOT_FIGURES if training.get("zero_shot", True) else SEEN_FIGURES
    figures = _figures(measured.get("dev", ()))
    parts = [
        f"{about} {command} wrote these lines." if figures else "",
        figures,
        _planner(measured.get("planner")),
        _stopping(training),
        _spread(measured.get("seeds", {}), measured.get("mean")),
        _detector(measured.get("detector")),
    ]
    return "\n\n".join(filter(None, parts))


def _tuned(manifest: Manifest) -> str:
    adapter = manifest.backbone.adapter
    if adapter is None:
        return "unchanged"
    return f"with a low-rank difference of {len(adapter.modules)} of its layers, merged when it is loaded"


def _dense(manifest: Manifest) -> str:
    if manifest.passage is None:
        return ""
    state = "unchanged" if manifest.backbone.adapter is None else "tuned"
    return f" `dense` is the {state} backbone's sentence vector."


def _figures(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    # What was not measured is null: the dense leg of a bundle without passage vectors.
    ways = [way for way in WAYS if all(row[way] is not None for row in rows)]
    lines = [_row(("DEV task", "mentions", *ways)), _row(["---"] * (2 + len(ways)))]
    for spans in dict.fromkeys(row["spans"] for row in rows):
        own = [row for row in rows if row["spans"] == spans]
        lines += [_row((row["task"], spans, *(_three(row[way]) for way in ways))) for row in own]
        lines.append(_row(("**mean**", spans, *(f"**{_three(fmean(row[way] for row in own))}**" for way in ways))))
    return "\n".join(lines)


def _planner(chosen: Mapping[str, Any] | None) -> str:
    if chosen is None or "keeps" not in chosen:
        return ""
    rule = "This fusion keeps" if chosen["keeps"] else "No fusion of the grid keeps"
    text = (
        f"{rule} the rule: with gold mentions .010 or more over typed on the mean, on no task more than .005 below the "
        f"best single leg. It gives {_signed(chosen['gain'])} over typed, and {_signed(chosen['worst'])} on the worst "
        "task."
    )
    if (held := chosen.get("held")) is not None:
        text += (
            f" Weights chosen on half of the types and judged on the other half, {held['halves']} times: "
            f"{_signed(held['gain'])} over typed (from {_signed(held['low'])} to {_signed(held['high'])})."
        )
    if shares := chosen.get("shares"):
        tried = "; ".join(f"{share}: {_share(own)}" for share, own in shares.items())
        text += f"\n\nShares of centring, with the mean over gold and detected mentions: {tried}."
    return text


def _share(own: Mapping[str, Any]) -> str:
    kept = "" if own["keeps"] else ", which breaks the rule"
    return f"typed {_three(own['typed'])}, best fusion {_three(own['mean'])}{kept}"


def _probability(manifest: Manifest, found: Mapping[str, Any] | None) -> str:
    if manifest.calibration is None or found is None:
        return "- A cosine is a rank, not a probability: it is not calibrated."
    own = found[found["method"]]
    return PROBABILITY.substitute(
        method=found["method"], ece=_three(own["ece"]), shown=_three(own["shown_ece"]), brier=_three(own["brier"])
    )


def _stopping(training: Mapping[str, Any]) -> str:
    found = training.get("measured", {}).get("early_stopping")
    if found is None:
        return ""
    told = (
        "the tasks above, so that their figures are the best of several"
        if training["tuning"]["early_stopping"]["on"] == "dev"
        else "types that nothing was trained on: "
        + ", ".join(label for labels in found["tasks"].values() for label in labels)
    )
    seeds = found["seeds"] if training.get("soup") else {str(training["seed"]): found["seeds"][str(training["seed"])]}
    steps = ", ".join(str(own["step"]) for own in seeds.values())
    which = f"Step {steps} of the tuning was" if len(seeds) == 1 else f"Steps {steps} of the tunings were"
    return f"{which} kept, by R-Precision on {told}."


def _spread(seeds: Mapping[str, Mapping[str, float]], mean: Mapping[str, float] | None) -> str:
    if len(seeds) < 2:
        return ""
    means = [figures["mean"] for figures in seeds.values()]
    told = ", ".join(f"{_three(own)} (seed {seed})" for seed, own in zip(seeds, means, strict=True))
    whole = f"; the mean of their weights, which ships, {_three(mean['mean'])}" if mean else ""
    return (
        "Chance: typed with gold mentions and questions that are not centred, mean over tasks, "
        f"{told}; standard deviation {pstdev(means):.4f}{whole}."
    )


def _passes_over(detector: DetectorSpec) -> str:
    told = " and ".join(TOLD_OF[name] for name in detector.passes_over)
    return f"; it passes over {told}" if told else ""


def _detector(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return ""
    chosen = " Its threshold and margin were chosen on the DEV tasks, for R-Precision with detected mentions."
    return (
        f"Detector, on {found['held_out']} sentences that it was neither trained nor tuned on: exact spans "
        f"precision {_three(found['precision'])}, recall {_three(found['recall'])}; "
        f"{_three(found['overlap_recall'])} of the gold mentions are met by a detected one."
        f"{chosen if found.get('for_retrieval') else ''}"
    )


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{_three(abs(value))}"


def _three(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
