"""The table of the paper's protocol."""

from __future__ import annotations

from hybrid.cli.paper_tables import paper_to_text
from hybrid.evaluation.paper import PaperTable


def test_the_head_tells_what_was_left_out_and_the_recall_of_mentions():
    table = PaperTable("made", "detected", {"dense": 0.25}, {"dense": 1200}, ("a-other", "b-other"), 0.875)
    head, grid = paper_to_text(table)
    assert head.plain == (
        "\nmade  the paper's protocol, detected mentions, lenient recall of mentions 0.875, left out: a-other, b-other"
    )
    assert [(str(column.header), list(column.cells)) for column in grid.columns] == [
        ("system", ["dense"]), ("RPrec", ["0.250"]), ("texts", ["1,200"]),
    ]  # fmt: skip


def test_gold_mentions_have_no_recall():
    head, _ = paper_to_text(PaperTable("made", "gold", {"dense": 0.25}, {"dense": 12}, (), None))
    assert head.plain == "\nmade  the paper's protocol, gold mentions"
