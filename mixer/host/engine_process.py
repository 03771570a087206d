"""`python -m mixer.host.engine_process`: renders for the worker that started it, or waits to take another's place.

Started by EngineProcess, never by hand. It reads tracks and shared memory, and speaks to nobody but its worker.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Final

from mixer.clock.priority import stop_collecting_garbage, take_real_time_priority
from mixer.engine.engine import Engine
from mixer.host.messages import MAX_MESSAGE_BYTES, Begin, Ready, pack, unpack
from mixer.host.serving import Serving
from mixer.host.shared import Shared
from mixer.tracks.store import OpenTracks

_PR_SET_PDEATHSIG: Final = 1


def _end_with(parent: int) -> None:
    """Be killed with the worker, also with one that is killed itself."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the worker is gone")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mixer.host.engine_process", description=__doc__)
    for name in ("memory", "channel", "wake", "capacity", "block", "parent"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--real-time", action="store_true")
    options = parser.parse_args()
    _end_with(options.parent)
    # A terminal's Ctrl-C is for the worker, which ends this process when it is done with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    shared = Shared(options.memory, options.capacity, options.block)
    tracks = OpenTracks(options.tracks)
    engine = Engine(options.capacity, tracks, block=options.block, memory=shared.memory, keeps_logs=False)
    channel = socket.socket(fileno=options.channel)
    serving = Serving(shared, engine, tracks, channel, options.wake)
    engine.prewarm()
    stop_collecting_garbage()
    channel.send(pack(Ready()))
    datagram = channel.recv(MAX_MESSAGE_BYTES)
    if not datagram:
        return
    begin = unpack(datagram)
    assert isinstance(begin, Begin)
    serving.run(begin, has_priority=options.real_time and take_real_time_priority())


if __name__ == "__main__":
    main()
