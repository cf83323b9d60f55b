"""Dockerfiles, read as far as tests ask: instructions in order, by stage."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Instruction:
    name: str
    rest: str

    @property
    def exec_form(self):
        """The words of `["a", "b"]`; a ValueError where it is a shell's line."""
        return json.loads(self.rest)

    @property
    def pairs(self):
        return dict(word.split("=", 1) for word in shlex.split(self.rest))

    @property
    def flags(self):
        return dict(re.findall(r"--([\w-]+)=(\S+)", self.rest))

    @property
    def words(self):
        return [word for word in self.rest.split() if not word.startswith("--")]


def stages(text):
    """The instructions of each stage; a stage begins with its FROM."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = []
    for line in filter(str.strip, joined.splitlines()):
        name, _, rest = line.strip().partition(" ")
        if name == "FROM":
            found.append([])
        found[-1].append(Instruction(name, rest.strip()))
    return found
