"""The measurements, the same for every server: joins, memory a viewer, CPU a packet, viewers a core."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol

from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.peer import Peer
from tests.benchmarks.process import CLOCK_TICKS, SERVER_CORE, busy_ticks, usage
from tests.benchmarks.pump import Pump
from tests.benchmarks.sdp import LocalIce, RemotePeer
from tests.benchmarks.source import BITRATE_BPS, FRAMES_PER_S, PACKET_BYTES, PACKETS_PER_S

SIGNALLING_THREADS: Final = 16
JOINS: Final = 100
JOIN_S: Final = 20.0
SETTLE_FRAMES: Final = 2 * FRAMES_PER_S
WINDOW_FRAMES: Final = 4 * FRAMES_PER_S
FULL_CORE: Final = 0.95
# Beyond this a window has lost something; below it is the frame that was under way at an edge of the window.
LOSS: Final = 0.002
# A generator that is busier than this may itself be what loses packets.
GENERATOR_LIMIT: Final = 0.90
STEPS: Final = 12


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


@dataclass(slots=True)
class Result:
    """One server's figures."""

    name: str
    joins_per_s: float = 0.0
    join_cpu_ms: float = 0.0
    joins_core: float = 0.0
    joins_generator: float = 0.0
    kib_per_viewer: float = 0.0
    us_per_packet: float = 0.0
    viewers_per_core: int = 0
    limited_by_generator: bool = False
    is_capped: bool = False
    others_on_core: float = 0.0
    windows: list[Window] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        return asdict(self)


class Benchmark:
    """Measures one server; `say` is given a line for each step."""

    def __init__(self, server: Server, say: Callable[[str], None]) -> None:
        self._server = server
        self._say = say
        self._identity = DtlsIdentity()
        self._pump = Pump()
        self._viewers: list[Peer] = []
        self._pool = ThreadPoolExecutor(SIGNALLING_THREADS)

    def run(self, *, most_viewers: int) -> Result:
        """All measurements, in one life of the server."""
        result = Result(self._server.name)
        try:
            self._server.start_publishing(self._pump, self._identity)
            self._pump.run_frames(SETTLE_FRAMES)
            self._measure_joins(result)
            self._pump.run_frames(SETTLE_FRAMES)
            first = self._window(result)
            result.us_per_packet = first.us_per_packet
            self._fill(result, first, most_viewers)
        finally:
            self._pool.shutdown(cancel_futures=True)
            self._pump.close()
        return result

    def _measure_joins(self, result: Result) -> None:
        # The first viewer warms up what is loaded once, and is not counted.
        self._join(1)
        before, cpu, began = usage(self._server.pid), time.process_time(), time.monotonic()
        self._join(JOINS)
        took = time.monotonic() - began
        generator = (time.process_time() - cpu) / took
        after = usage(self._server.pid)
        result.joins_per_s = JOINS / took
        result.join_cpu_ms = (after.cpu_s - before.cpu_s) / JOINS * 1000
        result.joins_core = (after.cpu_s - before.cpu_s) / took
        result.joins_generator = generator
        result.kib_per_viewer = (after.resident_bytes - before.resident_bytes) / JOINS / 1024
        self._say(
            f"{JOINS} joins in {took:.2f} s, {result.join_cpu_ms:.1f} ms of server CPU each; "
            f"server {result.joins_core:.0%} of its core, generator {generator:.0%}"
        )

    def _fill(self, result: Result, window: Window, most_viewers: int) -> None:
        """Adds viewers, in big steps while there is room and small ones near the end, until a core is full."""
        for _ in range(STEPS):
            if not window.is_clean:
                break
            result.viewers_per_core = window.viewers
            room = int(window.viewers * (FULL_CORE / max(window.core_all, 0.01) - 1))
            step = min(max(room * 2 // 3, window.viewers // 25, 4), most_viewers - window.viewers)
            if step <= 0:
                result.is_capped = True
                break
            try:
                self._join(step)
            except TimeoutError as timeout:
                self._say(f"{len(self._viewers)} viewers and {step} more: {timeout}")
                break
            self._pump.run_frames(SETTLE_FRAMES)
            window = self._window(result)
        if not window.is_clean and window.core_all < FULL_CORE and window.generator > GENERATOR_LIMIT:
            result.limited_by_generator = True
        result.others_on_core = max(0.0, *(window.core_all - window.core for window in result.windows))

    def _join(self, count: int) -> None:
        """Connects `count` viewers and waits until each has media."""
        waiting: list[Future[tuple[LocalIce, RemotePeer]]] = [
            self._pool.submit(self._server.open_viewer, self._identity) for _ in range(count)
        ]
        joining: list[Peer] = []

        def all_have_media() -> bool:
            for future in [future for future in waiting if future.done()]:
                waiting.remove(future)
                peer = Peer(self._identity, *future.result(), now=time.monotonic())
                joining.append(peer)
                self._pump.add(peer)
            return not waiting and all(peer.first_media_at is not None for peer in joining)

        if not self._pump.run_until(all_have_media, timeout_s=JOIN_S):
            arrived = sum(peer.first_media_at is not None for peer in joining)
            raise TimeoutError(f"{arrived} of {count} viewers had media after {JOIN_S} s")
        self._viewers += joining

    def _window(self, result: Result) -> Window:
        camera = self._pump.camera
        assert camera is not None
        published, received = camera.packets, self._received()
        before, busy = usage(self._server.pid), busy_ticks(SERVER_CORE)
        cpu, began = time.process_time(), time.monotonic()
        self._pump.run_frames(WINDOW_FRAMES)
        took = time.monotonic() - began
        generator = (time.process_time() - cpu) / took
        server_cpu = usage(self._server.pid).cpu_s - before.cpu_s
        published, received = camera.packets - published, self._received() - received
        window = Window(
            viewers=len(self._viewers),
            packets=received,
            loss=max(0.0, 1 - received / (published * len(self._viewers))),
            core=server_cpu / took,
            core_all=(busy_ticks(SERVER_CORE) - busy) / CLOCK_TICKS / took,
            generator=generator,
            us_per_packet=server_cpu / max(received, 1) * 1e6,
            authentic=all(peer.decrypts() for peer in self._viewers[:: max(1, len(self._viewers) // 20)]),
        )
        result.windows.append(window)
        self._say(
            f"{window.viewers} viewers: {window.us_per_packet:.2f} µs a packet, {window.core:.0%} of a core, "
            f"loss {window.loss:.2%}, generator {window.generator:.0%}"
        )
        if not window.authentic:
            raise ValueError("a sampled packet did not decrypt")
        return window

    def _received(self) -> int:
        return sum(peer.packets for peer in self._viewers)


def load() -> str:
    """What every viewer is sent, in words."""
    return f"{BITRATE_BPS / 1e6:.2f} Mbps of {PACKET_BYTES}-byte packets, {PACKETS_PER_S} a second"
