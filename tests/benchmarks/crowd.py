"""Viewers of one server: they join together, and what reaches them, and what it costs, is measured over a window."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.peer import Peer
from tests.benchmarks.process import CLOCK_TICKS, SERVER_CORE, busy_ticks, usage
from tests.benchmarks.pump import Pump
from tests.benchmarks.sdp import LocalIce, RemotePeer

SIGNALLING_THREADS: Final = 16
AT_ONCE: Final = 150
JOIN_S: Final = 30.0
FULL_CORE: Final = 0.95
# Beyond this a window has lost something; below it is the frame that was under way at an edge of the window.
LOSS: Final = 0.002
# A generator that is busier than this may itself be what loses packets.
GENERATOR_LIMIT: Final = 0.90
_SAMPLED: Final = 20

OpenViewer = Callable[[DtlsIdentity], tuple[LocalIce, RemotePeer]]
SignedIn = Future[tuple[LocalIce, RemotePeer]]


class Server(Protocol):
    """A server under test."""

    name: str
    pid: int

    def start_publishing(self, pump: Pump, identity: DtlsIdentity) -> None: ...
    def open_viewer(self, identity: DtlsIdentity) -> tuple[LocalIce, RemotePeer]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Window:
    """What a few seconds of steady forwarding cost. `core` is the server's share of its core, `core_all` everyone's
    together, `generator` the load generator's share of its own.
    """

    viewers: int
    packets: int
    loss: float
    core: float
    core_all: float
    generator: float
    us_per_packet: float
    authentic: bool

    @property
    def is_clean(self) -> bool:
        return self.loss <= LOSS and self.core_all < FULL_CORE

    @property
    def limited_by_generator(self) -> bool:
        """Whether packets were lost, or may have been, because the generator did not read them in time."""
        return not self.is_clean and self.core_all < FULL_CORE and self.generator > GENERATOR_LIMIT


class Crowd:
    """Peers on one pump, which its owner has given a source. `pid` is the server's."""

    def __init__(self, pid: int, pump: Pump, identity: DtlsIdentity) -> None:
        self.viewers: list[Peer] = []
        self._pid = pid
        self._pump = pump
        self._identity = identity
        self._pool = ThreadPoolExecutor(SIGNALLING_THREADS)
        self._signing: list[tuple[SignedIn, bool, Callable[[int], None] | None]] = []

    def close(self) -> None:
        """Signals no more."""
        self._pool.shutdown(cancel_futures=True)

    def sign_in(self, open_viewer: OpenViewer) -> SignedIn:
        """Begins to signal one viewer."""
        return self._pool.submit(open_viewer, self._identity)

    def admit(
        self,
        signed_in: SignedIn,
        *,
        reports: bool = False,
        on_late: Callable[[int], None] | None = None,
    ) -> Peer:
        """Connects a viewer who was signalled."""
        peer = Peer(self._identity, *signed_in.result(), now=time.monotonic(), reports=reports, on_late=on_late)
        self._pump.add(peer)
        return peer

    def begin(
        self, open_viewer: OpenViewer, *, reports: bool = False, on_late: Callable[[int], None] | None = None
    ) -> None:
        """Begins to connect one viewer; `finish` waits for all."""
        self._signing.append((self.sign_in(open_viewer), reports, on_late))

    def finish(self) -> None:
        """Waits until each viewer that was begun has media. Raises TimeoutError; who has none by then is dismissed."""
        count = len(self._signing)
        joining: list[Peer] = []

        def all_have_media() -> bool:
            done = [entry for entry in self._signing if entry[0].done()]
            self._signing = [entry for entry in self._signing if not entry[0].done()]
            joining.extend(self.admit(future, reports=reports, on_late=on_late) for future, reports, on_late in done)
            return not self._signing and all(peer.first_media_at is not None for peer in joining)

        is_complete = self._pump.run_until(all_have_media, timeout_s=JOIN_S)
        arrived = [peer for peer in joining if peer.first_media_at is not None]
        self.viewers += arrived
        if not is_complete:
            for peer in joining:
                if peer.first_media_at is None:
                    self._pump.remove(peer)
            self._signing.clear()
            raise TimeoutError(f"{len(arrived)} of {count} viewers had media after {JOIN_S} s")

    def join(self, count: int, open_viewer: OpenViewer, *, reports: bool = False) -> None:
        """Connects `count` viewers and waits until each has media. Raises TimeoutError.

        Some at a time: servers give up those who wait for long while others shake hands.
        """
        for start in range(0, count, AT_ONCE):
            for _ in range(min(AT_ONCE, count - start)):
                self.begin(open_viewer, reports=reports)
            self.finish()

    def watch(self, frames: int) -> Window:
        """Goes on for so many frames of the first source, which all viewers watch."""
        source = self._pump.sources[0]
        published, received = source.packets, self.received()
        before, busy = usage(self._pid), busy_ticks(SERVER_CORE)
        cpu, began = time.process_time(), time.monotonic()
        self._pump.run_frames(frames)
        took = time.monotonic() - began
        generator = (time.process_time() - cpu) / took
        server_cpu = usage(self._pid).cpu_s - before.cpu_s
        published, received = source.packets - published, self.received() - received
        return Window(
            viewers=len(self.viewers),
            packets=received,
            loss=max(0.0, 1 - received / (published * len(self.viewers))),
            core=server_cpu / took,
            core_all=(busy_ticks(SERVER_CORE) - busy) / CLOCK_TICKS / took,
            generator=generator,
            us_per_packet=server_cpu / max(received, 1) * 1e6,
            authentic=all(peer.decrypts() for peer in self.viewers[:: max(1, len(self.viewers) // _SAMPLED)]),
        )

    def received(self) -> int:
        """Media packets at all viewers, so far."""
        return sum(peer.packets for peer in self.viewers)
