"""Forwarding by a loop in C that does nothing else, built on the spot: `python -m tests.benchmarks.raw_loop`."""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.arrivals import Arrivals
from tests.benchmarks.peer import RECEIVE_BUFFER, UDP_GRO
from tests.benchmarks.process import GENERATOR_CORE, SERVER_CORE, start_pinned
from tests.benchmarks.source import FRAMES_PER_S, PACKET_BYTES, PACKETS_PER_FRAME

COMPILER: Final = shutil.which("cc")
VIEWERS: Final = 300
FRAMES: Final = 5 * FRAMES_PER_S
_SOURCE: Final = Path(__file__).with_name("raw_loop.c")
_TURN_S: Final = 0.025


class RawLoopError(Exception):
    """It was not built, or did not run."""


@dataclass(frozen=True, slots=True)
class RawLoop:
    """What one packet costs, and which share of the packets did not arrive."""

    viewers: int
    us_per_packet: float
    loss: float


def measure_raw_loop(viewers: int = VIEWERS, frames: int = FRAMES) -> RawLoop:
    """The load of the other servers, to as many sockets, which are read by this process. Raises RawLoopError."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        program = _build(Path(folder))
        epoll = stack.enter_context(select.epoll())
        arrivals = Arrivals(epoll.fileno())
        sockets = [stack.enter_context(_receiver()) for _ in range(viewers)]
        for sock in sockets:
            epoll.register(sock.fileno(), select.EPOLLIN)
            arrivals.count(sock.fileno())
        numbers = (PACKETS_PER_FRAME, PACKET_BYTES, frames, FRAMES_PER_S)
        ports = [sock.getsockname()[1] for sock in sockets]
        log = Path(folder) / "log"
        process = start_pinned([str(program), *map(str, (*numbers, *ports))], SERVER_CORE, log, os.environ)
        try:
            while process.poll() is None:
                arrivals.turn(_TURN_S)
            while arrivals.turn(0.0).is_busy:
                pass
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            raise RawLoopError(log.read_text())
        cpu_s, sent, _ = (float(word) for word in log.read_text().split())
        arrived = int(sum(arrivals.packets[sock.fileno()] for sock in sockets))
        return RawLoop(viewers, cpu_s / sent * 1e6, 1 - arrived / (viewers * frames * PACKETS_PER_FRAME))


def _build(folder: Path) -> Path:
    if COMPILER is None:
        raise RawLoopError("there is no C compiler")
    program = folder / "raw_loop"
    built = subprocess.run(
        [COMPILER, "-O2", "-Wall", "-Wextra", "-o", str(program), str(_SOURCE), "-ldl"],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        raise RawLoopError(built.stderr)
    return program


def _receiver() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
    sock.bind(("127.0.0.1", 0))
    return sock


if __name__ == "__main__":
    os.sched_setaffinity(0, {GENERATOR_CORE})
    print(measure_raw_loop())
