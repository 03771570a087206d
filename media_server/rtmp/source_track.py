"""One track of an encoder: its format, and frames with stamps that ascend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Final

from media_server.codecs.errors import CodecError
from media_server.hub.frames import CLOCK_RATE, Codec, Frame, Kind, TrackFormat
from media_server.rtmp.access_units import AvcUnits, HevcUnits, without_delimiters
from media_server.rtmp.formats import format_of_config, format_of_key_frame, packet_samples
from media_server.rtmp.tags import MediaTag
from media_server.rtmp.timeline import SampleClock

MAX_SHOWN_LATER_S: Final = 10.0
_TICKS_A_MS: Final = CLOCK_RATE // 1000


class SourceTrack(ABC):
    """What pictures and sound have in common. `number` 0 is the first track of its kind."""

    kind: Kind

    def __init__(self, number: int) -> None:
        self.number = number
        self.track_id = f"{self.kind}:{number}" if number else self.kind
        """As the hub names it."""
        self.format: TrackFormat | None = None
        self.told: TrackFormat | None = None
        """The format that the hub was told of."""
        self.was_late = False
        """Whether the newest frame's stamp had to be moved so that it ascends."""
        self._codec: Codec | None = None
        self._last_dts: int | None = None

    @abstractmethod
    def configure(self, codec: Codec, config: bytes) -> bool:
        """A decoder configuration record came; says whether the format is another now. Raises CodecError."""

    @abstractmethod
    def frame(self, tag: MediaTag, stamp: int) -> Frame | None:
        """The frame in `tag`; None while it could not be decoded. `format` may change. Raises CodecError."""

    def _ascending(self, stamp: int) -> int:
        self.was_late = self._last_dts is not None and stamp <= self._last_dts
        if self._last_dts is not None and self.was_late:
            stamp = self._last_dts + 1
        self._last_dts = stamp
        return stamp


class VideoTrack(SourceTrack):
    """Pictures."""

    kind: Kind = "video"

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._units: AvcUnits | HevcUnits | None = None
        self._last_pts: int | None = None
        self._reorders = False

    def configure(self, codec: Codec, config: bytes) -> bool:
        """See `SourceTrack`."""
        if codec in ("h264", "hevc"):
            self._units = AvcUnits(config) if codec == "h264" else HevcUnits(config)
            found: TrackFormat | None = self._units.format
        else:
            self._units = None
            found = format_of_config(codec, config)
        if codec != self._codec:
            self._codec, self._reorders, self.format = codec, False, None
        return found is not None and self._use(found)

    def frame(self, tag: MediaTag, stamp: int) -> Frame | None:
        """See `SourceTrack`."""
        if tag.codec != self._codec:
            self._codec, self._units, self.format, self._reorders = tag.codec, None, None, False
        data = self._unit(tag)
        if self.format is None or not data:
            return None
        dts = self._ascending(stamp)
        shown_later = tag.composition_ms * _TICKS_A_MS
        if abs(shown_later) > MAX_SHOWN_LATER_S * CLOCK_RATE:
            raise CodecError("a picture is to be shown at no time that makes sense")
        pts = dts + shown_later
        if self._last_pts is not None and pts < self._last_pts and not self.was_late and not self._reorders:
            self._reorders = True
            self._use(self.format)
        self._last_pts = pts
        return Frame(dts, pts, tag.is_key, data)

    def _unit(self, tag: MediaTag) -> bytes:
        if tag.codec in ("h264", "hevc"):
            if self._units is None:
                return b""
            before = self._units.format
            data = self._units.take(tag.data)
            if self._units.format is not before:
                self._use(self._units.format)
            return data
        if tag.is_key and (found := format_of_key_frame(tag.codec, tag.data)) is not None:
            self._use(found)
        return without_delimiters(tag.data) if tag.codec == "av1" else tag.data

    def _use(self, found: TrackFormat) -> bool:
        told = replace(found, reorders=found.reorders or self._reorders)
        is_new = told != self.format
        self.format = told
        return is_new


class SoundTrack(SourceTrack):
    """Sound, stamped by counting samples."""

    kind: Kind = "audio"

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._clock: SampleClock | None = None

    def configure(self, codec: Codec, config: bytes) -> bool:
        """See `SourceTrack`."""
        found = format_of_config(codec, config)
        self._codec = codec
        if found is None or found == self.format:
            return False
        self.format = found
        return True

    def frame(self, tag: MediaTag, stamp: int) -> Frame | None:
        """See `SourceTrack`."""
        if tag.codec != self._codec:
            self._codec, self.format = tag.codec, None
        if self.format is None:
            self.format = format_of_key_frame(tag.codec, tag.data)
        if self.format is None:
            return None
        if self._clock is None or self._clock.rate != self.format.sample_rate:
            self._clock = SampleClock(self.format.sample_rate)
        dts = self._ascending(self._clock.stamp(stamp, packet_samples(self.format, tag.data)))
        return Frame(dts, dts, True, tag.data)
