"""The video rendition: RTP in, key frames asked for, parts out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from media_server.codecs.h264 import NAL_DELIMITER, NAL_PPS, NAL_SPS
from media_server.egress.hls.clock import RtpClock
from media_server.egress.hls.cmaf import Sample, VideoFormat
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.segmenter import Segmenter
from media_server.egress.hls.settings import HlsSettings
from media_server.hub.frames import CLOCK_RATE
from media_server.rtp.assembly import AccessUnit, AccessUnitAssembler
from media_server.rtp.errors import ParseError
from media_server.rtp.h264 import NalUnitReader
from media_server.rtp.h264_parameters import avc_decoder_configuration, parse_sequence_parameters
from media_server.rtp.packet import RtpPacket
from media_server.rtp.reorder import InOrder, ReorderBuffer

_ASK_AGAIN_S: Final = 1.0
_MAX_SEGMENT_S: Final = 30.0
_EARLY_KEYFRAME_SHARE: Final = 0.75
"""Key frames that viewers' joins brought do not cut segments shorter than this share of what is wanted."""
_USUAL_DURATION: Final = CLOCK_RATE // 30
_FILLER: Final = 12
# avc1 has its parameter sets out of band (ISO/IEC 14496-15 §5.3.1); delimiters and filler only cost bytes.
_LEFT_OUT: Final = frozenset({NAL_SPS, NAL_PPS, NAL_DELIMITER, _FILLER})


@dataclass(frozen=True, slots=True)
class _Pending:
    """A picture whose duration the next one will tell."""

    data: bytes
    decode_time: int
    composition_offset: int
    is_key: bool


class VideoTrack:
    """H.264 of one publisher as a playlist of parts that start, segment by segment, with a key frame."""

    def __init__(self, playlist: MediaPlaylist, *, settings: HlsSettings, request_keyframe: Callable[[], None]) -> None:
        self.playlist = playlist
        self.clock = RtpClock(CLOCK_RATE)
        self.format: VideoFormat | None = None
        self._settings = settings
        self._request_keyframe = request_keyframe
        self._segmenter: Segmenter | None = None
        self._sets: dict[int, bytes] = {}
        self._pending: _Pending | None = None
        self._last_duration = _USUAL_DURATION
        self.reset()

    def reset(self) -> None:
        """The media that follows comes from another clock, or after an interruption."""
        self.finish_segment()
        self.clock = RtpClock(CLOCK_RATE)
        self._reorder = ReorderBuffer(wait_s=self._settings.reorder_wait_s)
        self._assembler = AccessUnitAssembler(NalUnitReader())
        self._heard = False
        self._asked_at: float | None = None
        self._wanted_s = self._settings.first_segment_s

    @property
    def segment_duration_s(self) -> float:
        """How long the open segment is by now."""
        return self._segmenter.segment_duration_s if self._segmenter is not None else 0.0

    @property
    def is_endless(self) -> bool:
        """Whether the source has sent no key frame for longer, or more, than is kept of a segment."""
        segment = self.playlist.open_segment
        return self.segment_duration_s > _MAX_SEGMENT_S or (
            segment is not None and segment.size > self._settings.max_bytes // 4
        )

    def finish_segment(self) -> None:
        """Ends the open segment with the picture at hand, given the length of the one before it."""
        if (pending := self._pending) is not None and self._segmenter is not None:
            self._segmenter.push(self._sample(pending, self._last_duration))
        self._pending = None
        if self._segmenter is not None:
            self._segmenter.end_segment()

    def receive(self, packet: RtpPacket, *, now: float) -> list[AccessUnit]:
        """The pictures that are whole with this packet."""
        self._heard = True
        return self._assemble(self._reorder.receive(packet, now=now))

    def poll(self, *, now: float) -> list[AccessUnit]:
        """The pictures that nothing is waited for any longer. Asks for a key frame where one is needed."""
        units = self._assemble(self._reorder.poll(now=now))
        overdue = self.segment_duration_s >= self._wanted_s
        if (overdue or (self._heard and self._assembler.needs_keyframe)) and self._may_ask(now):
            self._asked_at = now
            self._request_keyframe()
        return units

    def push(
        self,
        unit: AccessUnit,
        *,
        media_time: int,
        discontinuity_sequence: int,
        date_time: Callable[[float], float],
    ) -> bool:
        """Adds a picture, shown at `media_time` (1/90000 s). Says whether a segment starts with it."""
        changed = unit.is_key and self._update_format(unit)
        if self.format is None:
            return False
        if self._segmenter is None:
            self._segmenter = Segmenter(self.playlist, self.format)
        segmenter = self._segmenter
        decode_time = media_time
        if (pending := self._pending) is not None:
            # B-frames come after the picture they precede: times of decoding still ascend, offsets are negative.
            decode_time = max(media_time, pending.decode_time + 1)
            self._last_duration = decode_time - pending.decode_time
            segmenter.push(self._sample(pending, self._last_duration))
        length = segmenter.segment_duration_s
        starts = unit.is_key and (
            changed or not segmenter.has_open_segment or length >= _EARLY_KEYFRAME_SHARE * self._wanted_s
        )
        if starts:
            if segmenter.has_open_segment:
                self._wanted_s = self._settings.segment_s
            segmenter.set_format(self.format)
            segmenter.start_segment(
                discontinuity_sequence=discontinuity_sequence, program_date_time=date_time(media_time / CLOCK_RATE)
            )
            self._asked_at = None
        data = b"".join(len(nal).to_bytes(4, "big") + nal for nal in unit.units if nal[0] & 0x1F not in _LEFT_OUT)
        self._pending = _Pending(data, decode_time, media_time - decode_time, unit.is_key)
        return starts

    def _assemble(self, packets: list[InOrder]) -> list[AccessUnit]:
        return [unit for item in packets for unit in self._assembler.receive(item.packet, lost_before=item.lost_before)]

    def _may_ask(self, now: float) -> bool:
        return self._asked_at is None or now >= self._asked_at + _ASK_AGAIN_S

    def _update_format(self, unit: AccessUnit) -> bool:
        """Takes the parameter sets of a key frame. Says whether players need another initialization segment."""
        for nal in unit.units:
            if (kind := nal[0] & 0x1F) in (NAL_SPS, NAL_PPS):
                self._sets[kind] = nal
        if NAL_SPS not in self._sets or NAL_PPS not in self._sets:
            return False
        try:
            configuration = avc_decoder_configuration(self._sets[NAL_SPS], self._sets[NAL_PPS])
            parameters = parse_sequence_parameters(self._sets[NAL_SPS])
        except ParseError:
            # Without them this picture, and those that refer to it, cannot be decoded.
            self._sets.clear()
            self.format = None
            return False
        previous, self.format = self.format, VideoFormat(configuration, parameters.width, parameters.height)
        return self.format != previous

    @staticmethod
    def _sample(pending: _Pending, duration: int) -> Sample:
        return Sample(pending.data, pending.decode_time, duration, pending.composition_offset, pending.is_key)
