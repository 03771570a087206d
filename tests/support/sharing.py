"""How a parallel run shares its tests out among its processes."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Pages in real time, most of them of one product and in one browser, that one process keeps for all of them. One after
# the other, also those of products of their own: two films at once leave neither a processor.
PAGES = "tests/e2e/"
# Each starts whole products.
PRODUCTS = (
    "tests/deploy/test_demo.py",
    "tests/deploy/test_standalone.py",
)
# What takes long goes first. For the end are left thousands of tests that take a blink each, so that no process
# waits for another's last file.
LONG = ("tests/media_server/", "tests/mixer/", "tests/scenarios/", "tests/deploy/")
MOST_PROCESSES = 8


def processes_for(cores: int) -> int:
    """Tests wait for packets, timers and other processes for longer than they compute."""
    return min(cores + 1, MOST_PROCESSES)


def unit_of(nodeid: str) -> str:
    """What one process is given in one piece: most often a file, with all that its module's fixtures start."""
    path = nodeid.partition("::")[0]
    if path in PRODUCTS:
        return "whole products"
    return PAGES if path.startswith(PAGES) else path


def turn_of(nodeid: str) -> int:
    """The smaller, the earlier."""
    if nodeid.startswith(PRODUCTS):
        return 1
    if nodeid.startswith(PAGES):
        return 0
    return next((turn for turn, folder in enumerate(LONG, 2) if nodeid.startswith(folder)), 2 + len(LONG))


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Hands the units out in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        # Otherwise units with many tests would go first.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)
