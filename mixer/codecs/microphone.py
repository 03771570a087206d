"""Speech as it comes over the network, on an unbroken count of frames: order, loss, jitter and drift are worked off."""

from __future__ import annotations

import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mixer.codecs.concealment import HISTORY, Continuation, Pcm
from mixer.codecs.opus import OpusDecoder, UndecodableOpus
from mixer.dsp.units import SAMPLE_RATE

DEPTH: Final = SAMPLE_RATE * 40 // 1000
"""Frames (40 ms) that a packet waits for its turn, on average; a packet that is later than that is not heard."""
MAX_PACKETS: Final = 64
"""Packets that wait; the oldest goes first."""
MAX_PAYLOAD_BYTES: Final = 1500
_WRAP: Final = 1 << 32
# Packets of another place than this, one after the other, mean that the sender's count jumped or the network changed.
_FITTING: Final = range(-DEPTH, DEPTH + SAMPLE_RATE // 5)
_MISFITS: Final = 10
_GAP: Final = SAMPLE_RATE // 100
# A distance from the depth is worked off with a time constant of four seconds, by half a per cent at most.
_SMOOTHING: Final = 1.0 / 64.0
_PULL: Final = 1.0 / (4.0 * SAMPLE_RATE)
_MAX_BEND: Final = 0.005

_TAPS: Final = 16
_PHASES: Final = 4096


def _sinc_table() -> NDArray[np.float32]:
    """Interpolating filters for a fraction of a frame, shape (_PHASES + 1, _TAPS), each with a gain of one at 0 Hz."""
    fraction = np.arange(_PHASES + 1)[:, None] / _PHASES
    time = np.arange(_TAPS)[None, :] - (_TAPS // 2 - 1) - fraction
    window = np.i0(7.0 * np.sqrt(np.clip(1.0 - (time / (_TAPS // 2)) ** 2, 0.0, 1.0)))
    table = np.sinc(time) * window
    table /= table.sum(axis=1, keepdims=True)
    return table.astype(np.float32)


_SINC = _sinc_table()


class MicrophoneReceiver:
    """RTP in, in the order of arrival; samples out, at the pace of the engine. It is the Voice of a MixerHost.

    `receive` and `take` may be called from different threads. Counts: `lost` gaps that were concealed, `late` packets
    that came after their turn, `undecodable` ones.
    """

    delay_frames: Final = DEPTH + _TAPS // 2
    """By how much a sample leaves `take` later than its packet came, on average."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._decoder = OpusDecoder()
        self._packets: dict[int, bytes] = {}
        self._newest: int | None = None
        self._misfits = 0
        self._error = 0.0
        # Decoded, `_start` being the time stamp of its first frame, and where the next frame is read.
        self._pcm: Pcm = np.zeros((_TAPS + DEPTH, 2), np.float32)
        self._start = 0
        self._read = float(_TAPS)
        self._gap: Continuation | None = None
        self.lost = self.late = self.undecodable = 0

    def receive(self, sequence: int, timestamp: int, payload: bytes, now: float) -> None:
        """Take a packet as a feed gives it. One that cannot be of use is counted or ignored.

        Order is by `timestamp`; `sequence` and `now` say nothing more, since time is counted in frames that are taken.
        """
        if not 0 < len(payload) <= MAX_PAYLOAD_BYTES:
            return
        with self._lock:
            at = self._extended(timestamp)
            early = at - int(self._read)
            if early in _FITTING:
                self._misfits = 0
                self._error += _SMOOTHING * (early - DEPTH - self._error)
            else:
                self._misfits += 1
                if self._misfits >= _MISFITS:
                    self._move_to(at - DEPTH)
            if at < self._end:
                self.late += 1
                return
            self._packets[at] = payload
            if len(self._packets) > MAX_PACKETS:
                del self._packets[min(self._packets)]

    def take(self, frames: int) -> Pcm:
        """The next frames, float32 of shape (frames, 2); silence before the first packet."""
        with self._lock:
            if self._newest is None:
                return np.zeros((frames, 2), np.float32)
            step = 1.0 + min(max(self._error * _PULL, -_MAX_BEND), _MAX_BEND)
            at = self._read + step * np.arange(frames)
            self._read += step * frames
            while self._end < int(at[-1]) + _TAPS:
                self._append_next()
            whole = np.floor(at).astype(np.int64)
            first = whole - self._start - (_TAPS // 2 - 1)
            window = self._pcm[first[:, None] + np.arange(_TAPS)]
            filters = _SINC[np.round((at - whole) * _PHASES).astype(np.int64)]
            out: Pcm = np.einsum("nt,ntc->nc", filters, window)
            self._forget_played()
            return out

    @property
    def _end(self) -> int:
        """The time stamp after the last decoded frame."""
        return self._start + len(self._pcm)

    def _extended(self, timestamp: int) -> int:
        """The 32-bit RTP time stamp on a count that does not wrap."""
        if self._newest is None:
            self._newest = timestamp
            self._move_to(timestamp - DEPTH)
            return timestamp
        ahead = (timestamp - self._newest + _WRAP // 2) % _WRAP - _WRAP // 2
        at = self._newest + ahead
        self._newest = max(self._newest, at)
        return at

    def _move_to(self, timestamp: int) -> None:
        """Go on at another place of the sender's count; what is decoded already is heard before it."""
        self._start += timestamp - int(self._read)
        self._read += timestamp - int(self._read)
        self._newest = timestamp + DEPTH
        self._packets = {at: payload for at, payload in self._packets.items() if at >= self._end}
        self._error, self._misfits = 0.0, 0

    def _append_next(self) -> None:
        """Decode the packet that is next, or make up for what is missing before it."""
        while (payload := self._packets.pop(self._end, None)) is not None:
            try:
                pcm = self._decoder.decode(payload)
            except UndecodableOpus:
                self.undecodable += 1
                continue
            if len(pcm):
                self._append(pcm if self._gap is None else self._gap.join(pcm))
                self._gap = None
                return
        for at in [at for at in self._packets if at < self._end]:
            self.late += 1
            del self._packets[at]
        if self._gap is None:
            self._gap = Continuation(self._pcm[-HISTORY:])
            self.lost += 1
        missing = min(self._packets) - self._end if self._packets else _GAP
        self._append(self._gap.take(min(missing, _GAP)))

    def _append(self, pcm: Pcm) -> None:
        self._pcm = np.concatenate((self._pcm, pcm))

    def _forget_played(self) -> None:
        """Keep what a Continuation needs, and the filter."""
        surplus = min(int(self._read) - _TAPS - self._start, len(self._pcm) - HISTORY)
        if surplus > SAMPLE_RATE // 10:
            self._pcm = self._pcm[surplus:]
            self._start += surplus
