"""What one target is sent of a room's hub, by the connection of the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from media_server.egress.restream.backlog import Backlog
from media_server.egress.restream.connection import TargetConnection
from media_server.hub.frames import Codec, Frame, Track
from media_server.rtmp.choice import choose
from media_server.rtmp.muxer import FlvMuxer

CODECS: Final[frozenset[Codec]] = frozenset({"h264", "aac"})
"""What every platform takes."""


class Sending:
    """A `HubListener`. Without a connection it only knows the tracks; with one, it begins at the next key frame."""

    def __init__(self) -> None:
        self.backlog = Backlog()
        self.is_over = asyncio.Event()
        self.has_source = asyncio.Event()
        """Set while there is something to send, and when the stream is over."""
        self._chosen: tuple[Track | None, Track | None] = (None, None)
        self._connection: TargetConnection | None = None
        self._muxer = FlvMuxer(stream_id=0, is_publishing=True)

    def attach(self, connection: TargetConnection) -> None:
        """`connection` is sent what there is from now on, on a clock from zero."""
        self._connection = connection
        self._muxer = FlvMuxer(stream_id=connection.session.stream_id, is_publishing=True)
        self.backlog.clear()
        self._select()

    def detach(self) -> None:
        """The connection is over."""
        self._connection = None
        self.backlog.clear()

    def go_on(self) -> None:
        """The connection takes something again."""
        connection = self._connection
        while connection is not None and connection.is_writable and self.backlog:
            if self.backlog.is_broken:
                self.backlog.is_broken = False
                self._muxer.skip_to_key()
            for message in self._muxer.frame(*self.backlog.take()):
                connection.send(message)

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        self._chosen = choose(tracks, CODECS)
        if self._chosen == (None, None):
            self.has_source.clear()
        else:
            self.has_source.set()
        self._select()

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        if self._connection is not None and track in self._chosen:
            self.backlog.put(track, frame)
            self.go_on()

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`."""
        self.backlog.clear()
        self._muxer.interrupt()

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        self.end()

    def end(self) -> None:
        """Nothing follows."""
        self.is_over.set()
        self.has_source.set()

    def _select(self) -> None:
        self.backlog.has_video = self._chosen[0] is not None
        if self._connection is None:
            return
        told = self._muxer.select(*self._chosen)
        if told:
            # What waits is of tracks that are no more.
            self.backlog.clear()
        for message in told:
            self._connection.send(message)
