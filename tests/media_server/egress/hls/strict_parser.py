"""hls-parser (npm) in strict mode, as a judge of our playlists."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[3] / "interop" / "package.json"
SCRIPT = Path(__file__).with_name("check_playlist.mjs")


def strictly_parsed(text: str) -> dict[str, Any]:
    """What hls-parser reads in `text` (token places taken out); fails with its complaint."""
    result = subprocess.run(
        ["node", str(SCRIPT), str(PACKAGE)],
        input=text.replace("\0", ""),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed
