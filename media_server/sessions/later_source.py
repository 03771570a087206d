"""An RtpSource whose work is done after that which viewers over WebRTC wait for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final

from media_server.hub.frames import Kind
from media_server.hub.from_rtp import RtpSource
from media_server.rtp.packet import RtpPacket

MOST: Final = 4_096
"""So many calls wait at most; then they are all made at once, whoever waits for what."""


class LaterRtpSource:
    """Takes the calls of `RtpSource`, and makes them in their order when it is told to `work`.

    Frames, HLS and recordings are made of what a publisher sends, which costs several times as much as to forward it.
    """

    def __init__(self, source: RtpSource) -> None:
        self._source = source
        self._calls: deque[Callable[[], None]] = deque()

    @property
    def layers(self) -> list[int]:
        """See `RtpSource`."""
        return self._source.layers

    def set_tracks(self, *, video_codec: str | None, audio_codec: str | None, now: float) -> None:
        """See `RtpSource`. Done at once, behind what waited."""
        self.work()
        self._source.set_tracks(video_codec=video_codec, audio_codec=audio_codec, now=now)

    def interrupt(self, *, now: float) -> None:
        """See `RtpSource`. Done at once, behind what waited."""
        self.work()
        self._source.interrupt(now=now)

    def poll(self, *, now: float) -> None:
        """See `RtpSource`."""
        if self._calls:
            self._add(partial(self._source.poll, now=now))
        else:
            self._source.poll(now=now)

    def receive(self, kind: Kind, packet: RtpPacket, *, now: float) -> None:
        """See `RtpSource`."""
        self._add(partial(self._source.receive, kind, packet, now=now))

    def receive_layer(self, place: int, packet: RtpPacket, *, now: float) -> None:
        """See `RtpSource`."""
        self._add(partial(self._source.receive_layer, place, packet, now=now))

    def layer_report(self, place: int, *, ntp_s: float, rtp_timestamp: int) -> None:
        """See `RtpSource`."""
        self._add(partial(self._source.layer_report, place, ntp_s=ntp_s, rtp_timestamp=rtp_timestamp))

    def drop_layer(self, place: int, *, now: float) -> None:
        """See `RtpSource`."""
        self._add(partial(self._source.drop_layer, place, now=now))

    def sender_report(self, kind: Kind, *, ntp_s: float, rtp_timestamp: int) -> None:
        """See `RtpSource`."""
        self._add(partial(self._source.sender_report, kind, ntp_s=ntp_s, rtp_timestamp=rtp_timestamp))

    def work(self, *, until: float = float("inf")) -> bool:
        """Make the calls that wait, until `until` (time.monotonic), but one at least. Whether none is left."""
        calls = self._calls
        while calls:
            calls.popleft()()
            if monotonic() >= until:
                break
        return not calls

    def _add(self, call: Callable[[], None]) -> None:
        self._calls.append(call)
        if len(self._calls) >= MOST:
            self.work()
