"""Side-by-side measures: `python -m benchmarks [NAME …]`.

Each prints a table with the alternative of the same run and the ratio; nothing is asserted. HYBRID_CORPORA names a
folder of real corpora; without it the demo's texts stand in, repeated.
"""

import importlib
import subprocess
import sys

NAMES = ("startup", "encoding", "find", "million", "opensearch", "service")


def main(asked: list[str]) -> int:
    if unknown := set(asked) - set(NAMES):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    if len(asked) == 1:
        importlib.import_module(f"benchmarks.{asked[0]}").main()
        return 0
    # Each in a process of its own: peak memory is a process's, and nobody inherits a warm cache.
    return max(subprocess.call([sys.executable, "-m", "benchmarks", name]) for name in asked or NAMES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
