"""`make fuzz`: every target, or those that are named, for FUZZ_S seconds each; exits 1 after a find.

Begins with the committed seeds and corpora, and with what earlier runs found in build/fuzz.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.fuzz.target import MAX_INPUT_BYTES, Target
from tests.fuzz.targets import MODULES, TARGETS

BUILD: Final = Path("build/fuzz")
MAX_OFFER_BYTES: Final = 16_384
_END_S: Final = 300.0


def longest(target: Target) -> int:
    """Offers of browsers are longer than packets."""
    return max(MAX_INPUT_BYTES, *(min(len(data), MAX_OFFER_BYTES) for data in target.beginnings()))


def fuzz(target: Target, seconds: int) -> bool:
    """Whether nothing was found; what libFuzzer says is in build/fuzz/TARGET/log."""
    folder = BUILD / target.name
    seeds, new = folder / "seeds", folder / "new"
    for made in (seeds, new):
        made.mkdir(parents=True, exist_ok=True)
    for data in target.beginnings():
        (seeds / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    limits = [f"-max_total_time={seconds}", f"-max_len={longest(target)}", f"-artifact_prefix={folder}/find-"]
    command = [sys.executable, "-m", "tests.fuzz.one", MODULES[target.name], target.name, *limits, str(new), str(seeds)]
    with (folder / "log").open("wb") as log:
        ended = subprocess.run(command, stdout=log, stderr=log, timeout=seconds + _END_S, check=False)
    return ended.returncode == 0


def summary(target: Target) -> str:
    """The line in which libFuzzer counts runs, and what they covered."""
    lines = (BUILD / target.name / "log").read_text(errors="replace").splitlines()
    return next((line for line in reversed(lines) if "\tDONE" in line), "it ended before its time")


def main() -> int:
    seconds = int(os.environ.get("FUZZ_S", "60"))
    found = []
    for name in sys.argv[1:] or sorted(TARGETS):
        is_clean = fuzz(TARGETS[name], seconds)
        print(f"{name:24} {'clean' if is_clean else 'FOUND'}  {summary(TARGETS[name])}", flush=True)
        if not is_clean:
            found.append(name)
    for name in found:
        print(f"{name}: see {BUILD / name}/log and {BUILD / name}/find-*")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
