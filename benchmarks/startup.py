"""What starting costs: `import hybrid` and `hybrid --help` over a bare interpreter, wall time of whole processes."""

import subprocess
import sys

from benchmarks.measuring import p50, samples, table

COMMANDS = {
    "bare interpreter": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "import hybrid": ["-c", "import hybrid"],
    "hybrid --help": ["-m", "hybrid", "--help"],
}


def main() -> None:
    calls = [
        lambda arguments=arguments: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        for arguments in COMMANDS.values()
    ]
    taken = samples(calls, 15)
    bare = p50(taken[0])
    rows = [[name, p50(found), p50(found) - bare] for name, found in zip(COMMANDS, taken, strict=True)]
    table("start (ms, median of 15)", ["command", "wall", "over bare"], rows)
