"""`python -m tests.benchmarks.dj`: sessions, ticks, control to sound, key lock, analysis, beside peers."""

from __future__ import annotations

import subprocess
import sys

PARTS = ("sessions", "ticks", "control_to_sound", "keylock", "accuracy")


def main() -> int:
    failed = 0
    for part in PARTS:
        print(f"\n== {part} ==\n", flush=True)
        # One process a part, so that what one has compiled or loaded does not weigh on the next.
        failed |= subprocess.run([sys.executable, "-m", f"tests.benchmarks.dj.{part}"], check=False).returncode
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
