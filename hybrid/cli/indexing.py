"""A job of `hybrid index`: open or make the index, read, index, and say what was done."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

import typer

from hybrid.cli.intake import Intake
from hybrid.cli.progress import Progress
from hybrid.cli.reporting import INTERRUPTED, REFUSED, print_json, say_error
from hybrid.cli.summary import refusals_to_text, report_to_json, report_to_text
from hybrid.encoding.detectors import MentionDetector, open_detector
from hybrid.errors import IndexNotFound, InvalidFile
from hybrid.indexing.detecting import detect_with
from hybrid.indexing.report import IndexReport, RefusedDocument
from hybrid.planning.values import FieldType, declared_type
from hybrid.reading import Format, Located, Meter, ReadingOptions, check_source, format_of, read_documents
from hybrid.retriever import Retriever


@dataclass(frozen=True, slots=True)
class Job:
    """What the user asked for."""

    target: str
    files: tuple[str, ...]
    encoder: str | None
    detector: str | None
    options: ReadingOptions
    format: Format | None
    on_existing: Literal["replace", "skip"]
    language: Literal["english", "none"] | None
    settings: Mapping[str, Any]
    strict: bool


def run_job(job: Job, *, quiet: bool, as_json: bool) -> None:
    """Run a job and end the command as its outcome says."""
    total = _total_bytes(job)
    detector = None if job.detector is None else open_detector(job.detector)
    begun = time.monotonic()
    meter = Meter()
    retriever = _opened(job)
    intake = Intake(_entries(job, retriever, meter), stop_at_refused=job.strict)
    try:
        if retriever is None and intake.all_refused():
            report = _nothing_readable(intake)
        else:
            with retriever or _created(job) as index, Progress("indexing", total, shown=not quiet) as progress:
                report = _indexed(job, index, intake, detector, progress, meter)
    except KeyboardInterrupt:
        say_error(_interrupted(job), as_json, kind="KeyboardInterrupt")
        raise typer.Exit(INTERRUPTED) from None
    seconds = time.monotonic() - begun
    if as_json:
        print_json(report_to_json(report, seconds, intake.place))
    else:
        for line in refusals_to_text(report, intake.place):
            typer.echo(line, err=True)
        if not quiet:
            typer.echo(report_to_text(report, seconds))
    if report.refused:
        raise typer.Exit(REFUSED)


def _total_bytes(job: Job) -> int | None:
    """The size of all files, None where one has none; a file that is not there is wrong usage, found before all."""
    try:
        sizes = [check_source(file, job.format) for file in job.files]
    except InvalidFile as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from None
    if job.files.count("-") > 1:
        raise typer.BadParameter("standard input can be read once", param_hint="FILE")
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _opened(job: Job) -> Retriever | None:
    try:
        retriever = Retriever.open(job.target, encoder=job.encoder)
    except IndexNotFound:
        return None
    try:
        _check_declarations(job, retriever)
    except BaseException:
        retriever.close()
        raise
    return retriever


def _check_declarations(job: Job, retriever: Retriever) -> None:
    meta = retriever.meta
    if job.settings:
        raise typer.BadParameter("the index is there already, and settings are of a new one", param_hint="--setting")
    if job.language not in (None, meta.language):
        raise typer.BadParameter(f"the index was made with {meta.language}", param_hint="--language")
    for name, declaration in job.options.types.items():
        kept = meta.fields.get(name)
        if kept not in (None, declared_type(declaration)):
            raise typer.BadParameter(f"the index keeps {name} as {kept}, not {declaration}", param_hint="--field")


def _created(job: Job) -> Retriever:
    return Retriever.create(
        job.target,
        encoder=job.encoder or "minilm",
        fields=job.options.types,
        language=job.language or "english",
        settings=job.settings,
    )


def _entries(job: Job, retriever: Retriever | None, meter: Meter) -> Iterator[Located]:
    kept = retriever.meta.fields if retriever is not None else {}
    return chain.from_iterable(
        read_documents(file, _options_for(file, job, kept), format=job.format, meter=meter) for file in job.files
    )


def _options_for(file: str, job: Job, kept: Mapping[str, FieldType]) -> ReadingOptions:
    """In CSV every value is text: read as the type that the index keeps it would otherwise be refused for."""
    if format_of(file, job.format) not in ("csv", "tsv"):
        return job.options
    return replace(job.options, types={**kept, **job.options.types})


def _indexed(
    job: Job, index: Retriever, intake: Intake, detector: MentionDetector | None, progress: Progress, meter: Meter
) -> IndexReport:
    def on_progress(report: IndexReport) -> None:
        progress.show(report, meter.done)
        if job.strict and report.refused:
            intake.stop()

    documents = intake if detector is None else detect_with(intake, detector)
    return index.index(documents, on_existing=job.on_existing, progress=on_progress)


def _nothing_readable(intake: Intake) -> IndexReport:
    refused = (RefusedDocument(position, None, str(item)) for position, item in enumerate(intake))
    return IndexReport(refused=tuple(refused))


def _interrupted(job: Job) -> str:
    """What is safe: asked of the index anew, since the run may have been cut off anywhere."""
    try:
        with Retriever.open(job.target, encoder=False) as retriever:
            count = retriever.count()
    except IndexNotFound:
        return "interrupted before anything was indexed"
    return (
        f"interrupted; {count:,} documents are in the index and can be found, "
        "and the same command with --on-existing skip goes on from there"
    )
