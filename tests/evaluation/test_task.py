"""What answers a type: mentions, or a judge."""

from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.task import Task

SENTENCES = (Sentence("Rome", (LabelledSpan(0, 4, "city"),)), Sentence("wine", ()))


def test_without_a_judge_a_text_answers_what_it_mentions():
    task = Task("made", SENTENCES, {"city": "city"})
    assert (task.relevant("city"), task.relevant("food")) == ({0}, frozenset())
    assert task.has_mentions
    assert (task.id_of(1), Task("made", SENTENCES, {}, ("a", "b")).id_of(1)) == ("1", "b")


def test_a_judge_overrules_mentions():
    task = Task("made", SENTENCES, {"city": "city"}, judged={"city": frozenset({1})})
    assert (task.relevant("city"), task.relevant("food")) == ({1}, frozenset())


def test_answers_are_the_relevant_texts_of_every_type():
    types = {"city": "city", "food": "food"}
    for task in (Task("made", SENTENCES, types), Task("made", SENTENCES, types, judged={"food": frozenset({0, 1})})):
        assert task.answers() == {label: task.relevant(label) for label in types}


def test_a_task_may_know_no_mentions():
    assert not Task("made", SENTENCES[1:], {}, judged={}).has_mentions
