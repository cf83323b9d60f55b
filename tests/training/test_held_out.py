"""Types that nothing is trained on: none of their mentions, and none of the texts that are searched for them."""

from hybrid.training.held_out import hold_out, hold_out_of_all, texts_of
from hybrid.training.sources import open_corpora, open_corpus


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


def test_what_one_corpus_holds_out_is_left_out_of_every_other_under_the_same_name(tmp_path):
    """MultiCoNER's Disease and Few-NERD's other-disease are both asked for as "disease"."""
    sentences = {
        "few-nerd": "Ebola\tother-disease\n\nEtna\tlocation-mountain\n",
        "wnut17": "Ada\tB-person\n\nX\tB-group\n",
    }
    multiconer = "Gout _ _ B-Disease\n\nRome _ _ B-HumanSettlement\n\nAjax _ _ B-SportsGRP\n"
    data = {name: tmp_path / name for name in (*sentences, "multiconer2")}
    for name, text in {**sentences, "multiconer2": multiconer}.items():
        data[name].write_text(text, encoding="utf-8")
    corpora = open_corpora(data, zero_shot=False)
    tasks, rest, left_out = hold_out_of_all(corpora)
    assert len(tasks) == 3
    assert left_out >= {words for task in tasks for words in task.types.values()}
    for corpus in rest.values():
        assert not left_out & {name for names in corpus.types.values() for name in names}
        assert not texts_of(tasks) & {own.text for own in corpus.sentences()}
    both = [names for corpus in corpora.values() for names in corpus.types.values() if "disease" in names]
    assert len(both) == 2
