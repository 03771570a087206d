"""What is measured of a stream's frames: rates, distances of key frames, gaps, how sound and picture keep together."""

from __future__ import annotations

import itertools
from collections import deque
from operator import sub
from statistics import median
from typing import Final

from media_server.hub.frames import CLOCK_RATE, Frame

WINDOW_S: Final = 10.0
_MAX_FRAMES: Final = 4096
_KEYS_KEPT: Final = 6
_GAP: Final = 1.8
"""A step of the stamps that is this many times the usual one has frames missing."""
_LAG_KEPT_S: Final = 60.0


class TrackMeasure:
    """One track over the last WINDOW_S. Told of each frame, asked about each second."""

    def __init__(self) -> None:
        self.last_at: float | None = None
        self.last_dts = 0
        self._seen: deque[tuple[float, int, int]] = deque()
        """Of each frame when it came, its stamp, and its bytes."""
        self._seen_bytes = 0
        self._keys: deque[int] = deque(maxlen=_KEYS_KEPT)
        self._lags: deque[tuple[float, float]] = deque()
        self._looked: tuple[float, float] | None = None

    def frame(self, frame: Frame, *, now: float) -> None:
        """A frame came."""
        if frame.is_key:
            self._keys.append(frame.dts)
        size = len(frame.data)
        self._seen.append((now, frame.dts, size))
        self._seen_bytes += size
        if len(self._seen) > _MAX_FRAMES:
            self._forget_oldest()
        self.last_at, self.last_dts = now, frame.dts
        self._looked = None

    def look(self, *, now: float) -> None:
        """Forget what is too long ago, and see how far behind its stamps the track arrives."""
        while self._seen and now - self._seen[0][0] > WINDOW_S:
            self._forget_oldest()
            self._looked = None
        if self.last_at is not None:
            self._lags.append((now, self.last_at - self.last_dts / CLOCK_RATE))
        while self._lags and now - self._lags[0][0] > _LAG_KEPT_S:
            self._lags.popleft()

    @property
    def span_s(self) -> float:
        """Over how long there are measurements, by the frames' own stamps."""
        return max(0, self._seen[-1][1] - self._seen[0][1]) / CLOCK_RATE if self._seen else 0.0

    def bitrate_bps(self, *, now: float) -> int:
        """As it arrives; 0 before a second has passed."""
        if not self._seen or (elapsed := now - self._seen[0][0]) < 1.0:
            return 0
        return int(self._seen_bytes * 8 / elapsed)

    @property
    def frame_rate(self) -> float:
        """Frames a second of the stream's own time; 0 before there is a second of it."""
        return (len(self._seen) - 1) / self.span_s if self.span_s >= 1.0 else 0.0

    @property
    def usual_step(self) -> float:
        """The median step between stamps, in 1/90000 s; 0 when there are too few."""
        return self._regularity()[0]

    @property
    def missing(self) -> float:
        """Which part of the frames that the stamps have room for did not come, 0 to 1."""
        return self._regularity()[1]

    def key_intervals_s(self) -> list[float]:
        """Between the newest key frames, oldest first; the last one is still growing when it is the longest."""
        keys = list(self._keys)
        found = [(after - before) / CLOCK_RATE for before, after in itertools.pairwise(keys)]
        growing = (self.last_dts - keys[-1]) / CLOCK_RATE if keys else 0.0
        return [*found, growing] if growing > max(found, default=0.0) else found

    @property
    def behind_s(self) -> float:
        """How much later than at its best in the last minute the track arrives."""
        return self._lags[-1][1] - min(lag for _, lag in self._lags) if self._lags else 0.0

    def _forget_oldest(self) -> None:
        self._seen_bytes -= self._seen.popleft()[2]

    def _regularity(self) -> tuple[float, float]:
        """(the usual step, what is missing), worked out once for all who ask between two frames."""
        if self._looked is None:
            stamps = [dts for _, dts, _ in self._seen]
            steps = list(map(sub, stamps[1:], stamps))
            usual = float(median(steps)) if len(steps) >= 10 else 0.0
            has_gaps = usual and max(steps) > _GAP * usual
            gaps = sum([round(step / usual) - 1 for step in steps if step > _GAP * usual]) if has_gaps else 0
            self._looked = usual, gaps / (gaps + len(steps)) if usual else 0.0
        return self._looked
