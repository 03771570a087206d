"""From what HLS tells of its segments to the spool."""

from __future__ import annotations

from collections.abc import Callable

from media_server.codecs.names import codec_string
from media_server.egress.hls.events import Part
from media_server.hub.frames import Track
from media_server.recording.entries import Initialized, Opened
from media_server.recording.spool import StreamSpool


class SpoolIntake:
    """A `SegmentListener`. While nobody wants them, segments are not written: each is taken whole or not at all."""

    def __init__(self, spool: StreamSpool, *, is_wanted: Callable[[], bool]) -> None:
        self._spool = spool
        self._is_wanted = is_wanted
        self._initializations: dict[str, tuple[Initialized, bytes]] = {}
        self._written: dict[str, int] = {}
        self._open: dict[str, int] = {}

    def initialization(self, rendition: str, number: int, track: Track, data: bytes) -> None:
        """See `SegmentListener`."""
        track_format = track.format
        entry = Initialized(
            rendition=rendition,
            init=number,
            kind=track.kind,
            codec=codec_string(track_format.codec, track_format.config),
            width=track_format.width,
            height=track_format.height,
            origin=track.origin,
        )
        self._initializations[rendition] = (entry, data)

    def segment_began(
        self, rendition: str, number: int, *, initialization: int, media_s: float, date_time: float, discontinuity: bool
    ) -> None:
        """See `SegmentListener`."""
        self._open.pop(rendition, None)
        if not self._is_wanted():
            return
        if self._written.get(rendition) != initialization:
            self._spool.initialize(*self._initializations[rendition])
            self._written[rendition] = initialization
        self._open[rendition] = number
        self._spool.open(
            Opened(
                rendition=rendition,
                number=number,
                init=initialization,
                media_s=media_s,
                date_time=date_time,
                discontinuity=discontinuity,
            )
        )

    def part(self, rendition: str, number: int, part: Part) -> None:
        """See `SegmentListener`."""
        if self._open.get(rendition) == number:
            self._spool.append(rendition, number, part.data, duration_s=part.duration_s)

    def segment_ended(self, rendition: str, number: int) -> None:
        """See `SegmentListener`."""
        if self._open.get(rendition) == number:
            del self._open[rendition]
            self._spool.complete(rendition, number)
