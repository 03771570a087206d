"""`python -m tests.benchmarks.ingest`: processor time a stream, what LL-HLS takes, its sound, glass to glass."""

from __future__ import annotations

import subprocess
import sys

PARTS = ("cpu", "requests", "viewers", "sound", "latency")


def main() -> int:
    failed = 0
    for part in PARTS:
        print(f"\n== {part} ==\n", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"tests.benchmarks.ingest.{part}"], check=False).returncode
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
