"""hls-parser (npm) in strict mode, as a judge of our playlists."""

from __future__ import annotations

import fcntl
import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

INTEROP = Path(__file__).parents[3] / "interop"
SCRIPT = Path(__file__).with_name("check_playlist.mjs")


@cache
def parser_package() -> Path:
    """The package.json beside which hls-parser is installed; installs it, as locked, when that is not done yet."""
    with (INTEROP / "package.json").open() as package:
        # Workers of pytest-xdist come here at the same time.
        fcntl.flock(package, fcntl.LOCK_EX)
        if not (INTEROP / "node_modules" / "hls-parser").exists():
            subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=INTEROP, check=True, timeout=110
            )
    return INTEROP / "package.json"


def strictly_parsed(text: str) -> dict[str, Any]:
    """What hls-parser reads in `text` (token places taken out); fails with its complaint."""
    result = subprocess.run(
        ["node", str(SCRIPT), str(parser_package())],
        input=text.replace("\0", ""),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed
