"""What is known of a connection that publishes: how much comes, and how far away it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionFigures:
    """`bitrate_bps` over the last seconds, `late` and `damaged` frames since the beginning, `rtt_s` when known."""

    stream_id: str
    protocol: str
    encoder: str
    bitrate_bps: int
    media_bytes: int
    frames: int
    late: int
    damaged: int
    clock_jumps: int
    rtt_s: float | None
