"""Batches to bulk runs, and their outcomes to a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hybrid.documents import EncodedDocument
from hybrid.engines.accepting import MAX_ID_BYTES, Accepted, accept
from hybrid.engines.opensearch.bulk import BulkRun, Operation, Outcome
from hybrid.engines.opensearch.messages import json_body
from hybrid.engines.opensearch.sources import to_source
from hybrid.engines.opensearch.state import State
from hybrid.engines.protocol import IndexMeta, Revision, WriteReport, Written
from hybrid.errors import HybridError, InvalidDocument
from hybrid.planning.values import FieldType

# How long the server waits for a part of the index that is not there, before it says so: less than a client waits for
# the server, so that the reason is heard.
SHARD_WAIT = "10s"
# A sequence number that no document reaches.
NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Checked:
    """A batch before it is sent: per document what is sent or why not, and the fields that it brings first."""

    documents: tuple[Accepted | InvalidDocument, ...]
    new: dict[str, FieldType]
    revisions: Sequence[Revision | None] | None = None


def check(
    batch: Sequence[EncodedDocument], meta: IndexMeta, revisions: Sequence[Revision | None] | None = None
) -> Checked:
    """Check a batch against the index as it was last seen; `revisions` are kept beside it."""
    types = dict(meta.fields)
    documents: list[Accepted | InvalidDocument] = []
    for encoded in batch:
        try:
            documents.append(accept(encoded, meta, types))
        except InvalidDocument as error:
            documents.append(error)
    new = {name: kind for name, kind in types.items() if name not in meta.fields}
    return Checked(tuple(documents), new, revisions)


def writes(checked: Checked, state: State, what: str) -> BulkRun:
    """The bulk run of a checked batch."""
    revisions = checked.revisions or [None] * len(checked.documents)
    operations = (
        Operation(entry.encoded.document.id, _source(entry), _of(state, revision))
        for entry, revision in zip(checked.documents, revisions, strict=True)
        if isinstance(entry, Accepted)
    )
    return bulk(operations, state, what)


def deletions(ids: Sequence[str], state: State, what: str) -> BulkRun:
    """The bulk run that deletes; ids that no document can have are left out."""
    return bulk((Operation(id, None) for id in dict.fromkeys(ids) if is_id(id)), state, what)


def bulk(operations: Iterator[Operation], state: State, what: str) -> BulkRun:
    """A run on an index, never on one that the server would make by itself."""
    params = {"timeout": SHARD_WAIT} | ({"require_alias": "true"} if state.aliased else {})
    return BulkRun(state.writable, operations, what=what, params=params)


def report(batch: Sequence[EncodedDocument], checked: Checked, run: BulkRun) -> WriteReport:
    """What became of each document; of equal ids the last one that the server took has taken the others' place."""
    outcomes = iter(run.outcomes)
    items: list[Written] = []
    merged = {id: outcome for id, outcome in _by_id(checked, run) if outcome.status != "refused"}
    changed = {id for id, outcome in merged.items() if outcome.status == "changed"}
    seen: set[str] = set()
    for encoded, document in zip(batch, checked.documents, strict=True):
        id = encoded.document.id
        if isinstance(document, InvalidDocument):
            items.append(Written(id, "refused", str(document)))
            continue
        outcome = next(outcomes)
        if outcome is not None and outcome.status == "refused":
            items.append(Written(id, "refused", str(InvalidDocument(outcome.reason or "refused", id=id))))
            continue
        if id in changed:
            items.append(Written(id, "changed"))
            continue
        replaced = id in seen or _replaced(merged[id])
        items.append(Written(id, "replaced" if replaced else "written"))
        seen.add(id)
    return WriteReport(tuple(items))


def gone(run: BulkRun) -> int:
    """How many documents a run of deletions has deleted, those included that an earlier try may have deleted."""
    return sum(outcome is not None and (outcome.status == "deleted" or outcome.uncertain) for outcome in run.outcomes)


def interrupted(error: HybridError, run: BulkRun) -> HybridError:
    """The error that ended a run early, with what was done until then."""
    done = f"{run.written:,} of {len(run.outcomes):,} documents of this batch were done before it"
    error.args = (f"{error}; {done}",)
    return error


def is_id(id: str) -> bool:
    """Whether a document can have this id."""
    return 1 <= len(id.encode()) <= MAX_ID_BYTES


def _of(state: State, revision: Revision | None) -> Revision | None:
    """A revision; of another generation than the one that is written, one that no document has."""
    return revision if revision is None or revision[0] == state.index else (state.index, NEVER, 1)


def _by_id(checked: Checked, run: BulkRun) -> Iterator[tuple[str, Outcome]]:
    accepted = (document for document in checked.documents if isinstance(document, Accepted))
    for document, outcome in zip(accepted, run.outcomes, strict=True):
        if outcome is not None:
            yield document.encoded.document.id, outcome


def _replaced(outcome: Outcome) -> bool:
    # Where a try's answer was lost, what the next one replaced may be what that try had written.
    return outcome.status == "updated" and not outcome.uncertain


def _source(entry: Accepted) -> Callable[[], bytes]:
    return lambda: json_body(to_source(entry))
