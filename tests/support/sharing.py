"""How a parallel run shares its tests out among its processes."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Folders whose tests drive one running product and one browser: a process keeps both for all files of the folder,
# but for those that start a product of their own.
SHARE_A_PRODUCT = ("tests/e2e/dj/", "tests/e2e/")
HAVE_THEIR_OWN = ("tests/e2e/test_outage.py", "tests/e2e/test_two_workers.py")
# What takes long goes first. For the end are left thousands of tests that take a blink each, so that no process
# waits for another's last file.
LONG = (*SHARE_A_PRODUCT, "tests/media_server/", "tests/mixer/", "tests/scenarios/", "tests/deploy/")
MOST_PROCESSES = 8


def processes_for(cores: int) -> int:
    """Tests wait for packets, timers and other processes for longer than they compute."""
    return min(2 * cores, MOST_PROCESSES)


def unit_of(nodeid: str) -> str:
    """What one process is given in one piece: a file, with all that its module's fixtures start, or a folder."""
    path = nodeid.partition("::")[0]
    folder = path[: path.rfind("/") + 1]
    return folder if folder in SHARE_A_PRODUCT and path not in HAVE_THEIR_OWN else path


def turn_of(nodeid: str) -> int:
    """The smaller, the earlier: the place of its folder in `LONG`."""
    if nodeid.startswith(HAVE_THEIR_OWN):
        return len(LONG) - 1
    return next((turn for turn, folder in enumerate(LONG) if nodeid.startswith(folder)), len(LONG))


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Hands the units out in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        # Otherwise units with many tests would go first.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)
