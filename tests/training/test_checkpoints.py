"""Files of runs that were cut off: given back whole, or refused."""

import pytest
import torch

from hybrid.errors import InvalidFile
from hybrid.training.checkpoints import Checkpoint

STATE = {"done": 3, "weights": [torch.arange(4.0), torch.ones(2, dtype=torch.half)], "best": None}


def test_what_was_saved_last_is_given_back(tmp_path):
    checkpoint = Checkpoint(tmp_path / "cache" / "deep", "key")
    assert checkpoint.load() is None
    checkpoint.save({"done": 1})
    checkpoint.save(STATE)
    found = checkpoint.load()
    assert (found["done"], found["best"]) == (3, None)
    for one, other in zip(found["weights"], STATE["weights"], strict=True):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)
    assert [path.name for path in checkpoint.folder.iterdir()] == ["key.tuning"]


@pytest.mark.parametrize("damage", [b"", b"short", None, 40, -1])
def test_a_damaged_file_is_refused(tmp_path, damage):
    checkpoint = Checkpoint(tmp_path, "key")
    checkpoint.save(STATE)
    content = bytearray(checkpoint.path.read_bytes())
    if isinstance(damage, int):
        content[damage] ^= 1
    checkpoint.path.write_bytes(content[:-9] if damage is None else damage if isinstance(damage, bytes) else content)
    with pytest.raises(InvalidFile, match=r"key\.tuning: is damaged, or of another run"):
        checkpoint.load()


def test_another_runs_file_is_refused(tmp_path):
    one, other = Checkpoint(tmp_path, "one"), Checkpoint(tmp_path, "other")
    one.save(STATE)
    one.path.rename(other.path)
    with pytest.raises(InvalidFile, match="of another run"):
        other.load()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidFile, match="cannot be written"):
        Checkpoint(tmp_path / "file", "key").save(STATE)
