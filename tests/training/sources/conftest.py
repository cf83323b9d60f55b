"""A WordNet of a dozen nouns, in the form of the real files."""

from pathlib import Path

import pytest

from hybrid.training.sources.wordnet_files import WordNet, read_wordnet

DATA = """\
  1 Lines that begin with two spaces are the licence.
  2 They hold no synset.
00000100 03 n 01 entity 0 002 ~ 00000200 n 0000 ~ 00000900 n 0000 | what there is
00000200 03 n 02 thing 0 physical_thing 0 003 @ 00000100 n 0000 ~ 00000300 n 0000 ~ 00000700 n 0000 | matter
00000300 17 n 02 mountain 0 mount 0 003 @ 00000200 n 0000 ~ 00000400 n 0000 ~i 00000510 n 0000 | high land; \
"they climbed the mountain"; "a mount"
00000400 17 n 01 volcano 0 004 @ 00000300 n 0000 ~i 00000500 n 0000 ~i 00000520 n 0000 ~ 00000600 n 0000 | it burns
00000500 17 n 02 Etna 0 Mount_Etna 0 001 @i 00000400 n 0000 | a volcano of Sicily; "Etna smokes"
00000510 17 n 01 Mont_Blanc 0 001 @i 00000300 n 0000 | the highest of the Alps
00000520 17 n 01 Stromboli 0 002 @i 00000400 n 0000 #p 00000200 n 0000 | an island that burns
00000600 17 n 01 shield_volcano 0 001 @ 00000400 n 0000 | a flat one
00000700 06 n 01 ship 0 003 @ 00000200 n 0000 ~ 00000710 n 0000 + 01234567 v 0101 | what carries goods over water
00000710 06 n 01 steamer 0 001 @ 00000700 n 0000 | a ship with an engine
00000900 18 n 02 person 0 bank 1 004 @ 00000100 n 0000 ~ 00000910 n 0000 ~i 00000920 n 0000 ~ 00000930 n 0000 | somebody
00000910 18 n 01 painter 0 001 @ 00000900 n 0000 | who paints
00000920 18 n 02 Bush 0 George_Bush 0 001 @i 00000900 n 0000 | a president
00000930 18 n 01 bank 0 001 @ 00000900 n 0000 | made up: a second meaning of a word
"""
SENSES = """\
bank%1:18:00:: 00000930 1 3
bank%1:18:01:: 00000900 2 2
bank%2:40:00:: 02311260 1 9
bush%1:18:00:: 00000920 1 0
entity%1:03:00:: 00000100 1 11
etna%1:17:00:: 00000500 1 0
george_bush%1:18:00:: 00000920 1 0
mont_blanc%1:17:00:: 00000510 1 0
mount%1:17:00:: 00000300 1 2
mount%2:38:00:: 01921964 1 9
mount_etna%1:17:00:: 00000500 1 0
mountain%1:17:00:: 00000300 1 26
painter%1:18:00:: 00000910 1 4
person%1:18:00:: 00000900 1 100
physical_thing%1:03:00:: 00000200 1 0
shield_volcano%1:17:00:: 00000600 1 0
ship%1:06:00:: 00000700 1 50
ship%2:35:00:: 01950502 1 6
steamer%1:06:00:: 00000710 1 1
stromboli%1:17:00:: 00000520 1 0
thing%1:03:00:: 00000200 1 4
volcano%1:17:00:: 00000400 1 1
"""


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    """WordNet's dict folder."""
    folder = tmp_path / "dict"
    folder.mkdir()
    (folder / "data.noun").write_text(DATA, encoding="utf-8")
    (folder / "index.sense").write_text(SENSES, encoding="utf-8")
    return folder


@pytest.fixture
def nouns(dictionary: Path) -> WordNet:
    """The nouns, read."""
    return read_wordnet(dictionary)
