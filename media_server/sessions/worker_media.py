"""What the sessions of a worker share, and what the worker takes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from media_server.congestion.reading import MakeReader
from media_server.egress.hls.egress import HlsEgress
from media_server.feed.endpoint import FeedEndpoint
from media_server.rtp.leg_list import FanOut
from media_server.sessions.booth_line import MixLines
from media_server.sessions.outputs import MakeOutputs
from media_server.transcode.sounds import Sounds
from media_server.transport.dtls import Certificate
from media_server.transport.endpoint import UdpEndpoint


class MonotonicClock:
    """The clock of a worker: monotonic seconds, tied once to Unix time so that it never steps."""

    def __init__(self) -> None:
        self.unix_at_zero = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class WorkerMedia:
    """What all sessions of a worker share."""

    endpoint: UdpEndpoint
    feeds: FeedEndpoint
    fan_out: FanOut
    make_reader: MakeReader
    """The form in which viewers' transport-wide feedback is read."""
    certificate: Certificate
    candidates: tuple[tuple[str, int], ...]
    make_hls: Callable[[Callable[[], None]], HlsEgress]
    sounds: Sounds
    make_outputs: MakeOutputs
    mix_lines: MixLines
    clock: MonotonicClock
    tcp_candidates: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """What one worker takes on, and how it treats publishers."""

    max_sessions: int
    grace_s: float
    opus_bitrate_bps: int
    video_bitrate_bps: int
