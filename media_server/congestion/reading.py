"""The seam between the two forms of reading feedback. They do the same, bit for bit, since one source is both."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from media_server.congestion.path import Path, hear
from media_server.congestion.results import Results
from media_server.rtp.send_history import SendHistory

ReadFeedback = Callable[[bytes], int]
"""Reads one message's FCI into the path that it was made for; see `hear`."""
MakeReader = Callable[[SendHistory, Path], ReadFeedback]
"""A reader for one transport, which keeps its history and path alive."""


def plain_readers() -> MakeReader:
    """In plain Python, which runs anywhere."""
    # All readers work in the same memory, one after the other.
    results = Results()
    return lambda history, path: partial(hear, history, path, results)
