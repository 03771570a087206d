"""The measurements that are the same for every server: joins, memory a viewer, CPU a packet, viewers a core."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from tests.benchmarks.crowd import FULL_CORE, Crowd, Server, Window
from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.process import usage
from tests.benchmarks.pump import Pump
from tests.benchmarks.source import BITRATE_BPS, FRAMES_PER_S, PACKET_BYTES, PACKETS_PER_S

JOINS: Final = 100
SETTLE_FRAMES: Final = 2 * FRAMES_PER_S
WINDOW_FRAMES: Final = 4 * FRAMES_PER_S
STEPS: Final = 12


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

    @property
    def least_us_per_packet(self) -> float:
        """With the most viewers that it had without loss."""
        clean = [window for window in self.windows if window.is_clean]
        return clean[-1].us_per_packet if clean else self.us_per_packet

    def document(self) -> dict[str, Any]:
        return asdict(self)


class Benchmark:
    """Measures one server; `say` is given a line for each step."""

    def __init__(self, server: Server, say: Callable[[str], None]) -> None:
        self._server = server
        self._say = say
        self._identity = DtlsIdentity()
        self._pump = Pump()
        self._crowd = Crowd(server.pid, self._pump, self._identity)

    def run(self, *, most_viewers: int) -> Result:
        """All measurements, in one life of the server."""
        result = Result(self._server.name)
        try:
            self._server.start_publishing(self._pump, self._identity)
            self._pump.run_frames(SETTLE_FRAMES)
            self._measure_joins(result, min(JOINS, most_viewers - 1))
            self._pump.run_frames(SETTLE_FRAMES)
            self._fill(result, self._window(result), most_viewers)
        finally:
            self._crowd.close()
            self._pump.close()
        return result

    def _measure_joins(self, result: Result, joins: int) -> None:
        # The first viewer warms up what is loaded once, and is not counted.
        self._join(1)
        before, cpu, began = usage(self._server.pid), time.process_time(), time.monotonic()
        self._join(joins)
        took = time.monotonic() - began
        generator = (time.process_time() - cpu) / took
        after = usage(self._server.pid)
        result.joins_per_s = joins / took
        result.join_cpu_ms = (after.cpu_s - before.cpu_s) / joins * 1000
        result.joins_core = (after.cpu_s - before.cpu_s) / took
        result.joins_generator = generator
        result.kib_per_viewer = (after.resident_bytes - before.resident_bytes) / joins / 1024
        self._say(
            f"{joins} joins in {took:.2f} s, {result.join_cpu_ms:.1f} ms of server CPU each; "
            f"server {result.joins_core:.0%} of its core, generator {generator:.0%}"
        )

    def _fill(self, result: Result, window: Window, most_viewers: int) -> None:
        """Adds viewers, in big steps while there is room and small ones near the end, until a core is full."""
        result.us_per_packet = window.us_per_packet
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
                self._say(f"{len(self._crowd.viewers)} viewers and {step} more: {timeout}")
                break
            self._pump.run_frames(SETTLE_FRAMES)
            window = self._window(result)
        result.limited_by_generator = window.limited_by_generator
        result.others_on_core = max(0.0, *(window.core_all - window.core for window in result.windows))

    def _join(self, count: int) -> None:
        self._crowd.join(count, self._server.open_viewer)

    def _window(self, result: Result) -> Window:
        window = self._crowd.watch(WINDOW_FRAMES)
        result.windows.append(window)
        self._say(
            f"{window.viewers} viewers: {window.us_per_packet:.2f} µs a packet, {window.core:.0%} of a core, "
            f"loss {window.loss:.2%}, generator {window.generator:.0%}"
        )
        if not window.authentic:
            raise ValueError("a sampled packet did not decrypt")
        return window


def load() -> str:
    """What every viewer is sent, in words."""
    return f"{BITRATE_BPS / 1e6:.2f} Mbps of {PACKET_BYTES}-byte packets, {PACKETS_PER_S} a second"
