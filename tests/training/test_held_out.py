"""Types that nothing is trained on: none of their mentions, and none of the texts that are searched for them."""

from hybrid.training.held_out import hold_out, texts_of
from hybrid.training.sources import open_corpus


def test_a_tenth_of_the_types_is_asked_for_and_not_trained_on(corpora):
    whole = open_corpus("few-nerd", corpora / "few-nerd")
    held = hold_out(whole, share=0.3, texts=1)
    labels = set(whole.types) - set(held.rest.types)
    assert len(labels) == 2  # of the seven that have mentions
    assert set(held.task.types) <= labels
    assert all(held.task.relevant(label) for label in held.task.types)
    assert all(held.task.types[label] == whole.types[label][0] for label in held.task.types)
    assert len(held.task.sentences) == 2  # one with an answer, one without
    trained = list(held.rest.examples())
    assert trained
    assert not {label for own in trained for span in own.spans for label in span.types} & labels
    assert not {own.text for own in held.rest.sentences()} & texts_of([held.task])


def test_the_same_types_are_held_out_every_time(corpora):
    corpus = open_corpus("few-nerd", corpora / "few-nerd")
    assert hold_out(corpus).task == hold_out(corpus).task
