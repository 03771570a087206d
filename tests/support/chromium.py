"""Where the Chromium for tests is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
UNPACKED = REPOSITORY / ".cache" / "chromium" / "chromium"
# Tests run in containers, as root, and where /dev/shm is small or closed.
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage")
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str:
    """`CHROMIUM` of the environment, else one on PATH, else the one that deploy/setup/chromium.sh has unpacked.

    Raises FileNotFoundError with what to do.
    """
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    if UNPACKED.exists():
        return str(UNPACKED)
    raise FileNotFoundError("The tests need Chromium: run `make test`, which fetches it, or set CHROMIUM to its path.")
