"""The command in the model card: complete, and without folders of the machine it ran on."""

from pathlib import Path

from hybrid.training.command import command_of
from hybrid.training.config import TrainingConfig
from hybrid.training.sources import synthetic


def test_paths_under_the_corpora_are_relative_to_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("HYBRID_CORPORA", str(tmp_path))
    config = TrainingConfig(
        data={"stackoverflow-ner": tmp_path / "so" / "all.txt", "few-nerd": tmp_path / "few-nerd"},
        detector_data=tmp_path / "few-nerd" / "all-mentions.txt",
        dev=tmp_path,
        out=Path("hybrid/bundles/minilm"),
        seed=7,
    )
    assert command_of(config) == (
        "hybrid train --data few-nerd=$HYBRID_CORPORA/few-nerd --data stackoverflow-ner=$HYBRID_CORPORA/so/all.txt "
        "--detector-data $HYBRID_CORPORA/few-nerd/all-mentions.txt --dev $HYBRID_CORPORA --seed 7 --out minilm"
    )


def test_other_paths_are_told_by_their_last_part(tmp_path, monkeypatch):
    monkeypatch.delenv("HYBRID_CORPORA", raising=False)
    command = command_of(TrainingConfig(data={"few-nerd": tmp_path / "my corpus.txt"}, out=tmp_path / "out"))
    assert str(tmp_path) not in command
    assert command == "hybrid train --data 'few-nerd=my corpus.txt' --seed 1 --out out"


def test_a_recipe_that_is_not_the_default_is_told(tmp_path):
    config = TrainingConfig(data={"wordnet": tmp_path / "dict"}, out=tmp_path / "out", recipe="minilm-frozen")
    assert command_of(config) == "hybrid train --data wordnet=dict --recipe minilm-frozen --seed 1 --out out"


def test_early_stopping_is_told(tmp_path):
    config = TrainingConfig(data={"few-nerd": tmp_path / "a"}, out=tmp_path / "out", early_stopping="held-out")
    assert command_of(config) == "hybrid train --data few-nerd=a --early-stopping held-out --seed 1 --out out"


def test_what_ships_with_the_package_has_no_path(tmp_path):
    data = {"synthetic": synthetic.FOLDER, "few-nerd": tmp_path / "a"}
    assert command_of(TrainingConfig(data=data, out=tmp_path / "out")) == (
        "hybrid train --data few-nerd=a --data synthetic --seed 1 --out out"
    )
    assert "--data synthetic=texts " in command_of(TrainingConfig(data={"synthetic": tmp_path / "texts"}, out=tmp_path))


def test_a_run_that_is_not_zero_shot_says_so_and_what_decided_for_it(tmp_path):
    config = TrainingConfig(
        data={"few-nerd": tmp_path / "a"}, out=tmp_path / "out", zero_shot=False, decided=str(tmp_path / "first")
    )
    assert command_of(config) == "hybrid train --data few-nerd=a --no-zero-shot --decided first --seed 1 --out out"
