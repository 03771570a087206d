"""An encoder's stamps, in milliseconds modulo 2^32, as one clock of 90 kHz."""

from __future__ import annotations

from typing import Final

from media_server.hub.frames import CLOCK_RATE

BEGINS_AT: Final = CLOCK_RATE
"""The stamp of the first message: a track that begins a little before it has none below zero."""
MAX_BACK_S: Final = 1.0
MAX_AHEAD_S: Final = 10.0
MAX_SOUND_DRIFT_S: Final = 0.06

_MAX_BACK: Final = MAX_BACK_S * CLOCK_RATE
_MAX_AHEAD: Final = MAX_AHEAD_S * CLOCK_RATE
_TICKS_A_MS: Final = CLOCK_RATE // 1000
_WRAP: Final = 1 << 32


class EncoderClock:
    """Unwraps the stamps of a connection, which all of its tracks share.

    A stamp more than MAX_BACK_S before the newest one, or more than MAX_AHEAD_S further on than time has passed, is no
    time but another clock (an encoder that began anew): from it on, the clock is moved so that the message belongs to
    when it came. A stall is no jump: its stamps have gone on as time has.
    """

    def __init__(self) -> None:
        self.jumps = 0
        self._last_ms: int | None = None
        self._unwrapped_ms = 0
        self._offset = 0
        self._newest = 0
        self._newest_at = 0.0

    def stamp(self, timestamp_ms: int, *, nanoseconds: int = 0, now: float) -> int:
        """The time of a message in 1/90000 s."""
        if self._last_ms is None:
            self._offset = BEGINS_AT - timestamp_ms * _TICKS_A_MS
            self._unwrapped_ms, self._newest, self._newest_at = timestamp_ms, BEGINS_AT, now
        else:
            self._unwrapped_ms += (timestamp_ms - self._last_ms + _WRAP // 2) % _WRAP - _WRAP // 2
        self._last_ms = timestamp_ms
        newest = self._newest
        told = self._unwrapped_ms * _TICKS_A_MS + nanoseconds * CLOCK_RATE // 1_000_000_000 + self._offset
        if not newest - _MAX_BACK <= told <= newest + _MAX_AHEAD:
            elapsed = max(0.0, now - self._newest_at)
            if not -_MAX_BACK <= told - newest <= elapsed * CLOCK_RATE + _MAX_AHEAD:
                self.jumps += 1
                belongs_at = newest + max(1, int(elapsed * CLOCK_RATE))
                self._offset += belongs_at - told
                told = belongs_at
        if told > newest:
            self._newest, self._newest_at = told, now
        return told


class SampleClock:
    """Stamps of sound by counting its samples.

    Whole milliseconds leave gaps and overlaps of up to one between packets, which players conceal. The count follows
    the encoder's stamps when they are MAX_SOUND_DRIFT_S apart.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._anchor: int | None = None
        self._samples = 0
        self._last = 0

    def stamp(self, told: int, samples: int) -> int:
        """When a packet of `samples` begins that the encoder stamped with `told`; stamps ascend."""
        counted = None if self._anchor is None else self._anchor + self._samples * CLOCK_RATE // self.rate
        if counted is None or abs(told - counted) > MAX_SOUND_DRIFT_S * CLOCK_RATE:
            counted = told if counted is None else max(told, self._last + 1)
            self._anchor, self._samples = counted, 0
        self._samples += samples
        self._last = counted
        return counted
