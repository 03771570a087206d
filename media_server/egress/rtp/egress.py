"""Puts a hub's frames into producers, from which viewers are sent them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from media_server.egress.rtp.line import Line
from media_server.egress.rtp.outlet import Outlet
from media_server.hub.frames import CLOCK_RATE, Frame, Track
from media_server.rtp.ntp import ntp_from_unix
from media_server.rtp.sender import PublisherClock

_REPORT_EVERY_S: Final = 0.25

Routes = Mapping[str, Outlet]
"""Which track goes where."""


class RtpEgress:
    """A hub listener. `route` says at each change of tracks where they go; `sent` that packets wait.

    Frames come at the pace of the stream and are not paced again. All tracks have one clock, which is told to the
    producers as sender reports would, so that viewers play picture and sound in step. Of what nobody is sent, pictures
    are held until the next key frame and sound is left out: packets cost more than all else that is made of a stream.
    """

    def __init__(
        self,
        *,
        unix_at_zero: float,
        route: Callable[[Sequence[Track], float], Routes],
        sent: Callable[[], None],
    ) -> None:
        self._unix_at_zero = unix_at_zero
        self._route = route
        self._sent = sent
        self._lines: dict[str, Line] = {}
        self._clock = PublisherClock(unix_at_zero=unix_at_zero)
        self._observed_at = float("-inf")

    @property
    def unreadable(self) -> int:
        """Frames that were not what their codec's are like."""
        return sum(line.unreadable for line in self._lines.values())

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        routes = self._route(tracks, now)
        before, self._lines = self._lines, {}
        for track in tracks:
            outlet = routes.get(track.track_id)
            if outlet is None:
                continue
            line = before.get(track.track_id)
            if line is None or line.outlet is not outlet:
                line = Line.of(track, outlet, self._clock)
            elif not line.go_on_as(track):
                line = None
            if line is not None:
                self._lines[track.track_id] = line

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        if track.origin == "source" and now - self._observed_at >= _REPORT_EVERY_S:
            # What is derived is late by the time it takes to make it, and so says nothing about the source's clock.
            self._observed_at = now
            self._clock.observe(ntp_from_unix(frame.dts / CLOCK_RATE), now=now)
        line = self._lines.get(track.track_id)
        if line is not None and line.take(frame, now=now):
            self._sent()

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`: what follows has another clock."""
        self._clock = PublisherClock(unix_at_zero=self._unix_at_zero)
        self._observed_at = float("-inf")
        for line in self._lines.values():
            line.begin_anew(self._clock)

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        self._lines.clear()
