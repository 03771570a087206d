"""What the processes that make sound and pictures have in common: how they begin, hear of their worker, and end."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import BinaryIO, Final

from media_server.transcode.confine import NICENESS, confine

_QUIET_END: Final = 0


class WorkerGone(Exception):
    """Nobody writes to this process any more, or reads what it writes."""


class Pipes:
    """Standard input and output. What a library prints goes elsewhere: it must not come between messages."""

    def __init__(self, heard: BinaryIO, said: BinaryIO) -> None:
        self._heard = heard
        self._said = said

    @classmethod
    def of_this_process(cls) -> Pipes:
        """To be called once."""
        said = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        return cls(sys.stdin.buffer, said)

    def read(self, size: int) -> bytes:
        """So many bytes. Raises WorkerGone: also amid a message, since a worker may be killed in the middle of one."""
        data = self._heard.read(size)
        if len(data) < size:
            raise WorkerGone
        return data

    def write(self, message: bytes) -> None:
        """`message`, now or with the next `flush`. Raises WorkerGone."""
        try:
            self._said.write(message)
        except BrokenPipeError:
            raise WorkerGone from None

    def flush(self) -> None:
        """Everything that was written is on its way. Raises WorkerGone."""
        try:
            self._said.flush()
        except BrokenPipeError:
            raise WorkerGone from None


def run_confined(name: str, serve: Callable[[Pipes], None], *, niceness: int = NICENESS) -> None:
    """Serve the worker whose process id the command line has, and end with it; does not return."""
    parser = argparse.ArgumentParser(prog=f"python -m media_server.transcode.{name}")
    parser.add_argument("--parent", type=int, required=True)
    # Before the libraries that decode are even loaded.
    confine(parent=parser.parse_args().parent, niceness=niceness)
    try:
        serve(Pipes.of_this_process())
    except WorkerGone:
        # At once: that what is still to be written has no reader is nothing to be told on the way out.
        os._exit(_QUIET_END)
