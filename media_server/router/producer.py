"""One layer of a track as viewers see it: a gapless timeline over whatever source feeds it at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from media_server.congestion.pacer import RUN_PACKETS
from media_server.router.keyframe_requests import KeyframeRequests
from media_server.router.layer_meter import LayerMeter
from media_server.router.picture_size import Size, picture_size
from media_server.rtp.cache import PacketCache
from media_server.rtp.extensions import NO_EXTENSIONS
from media_server.rtp.keyframe import starts_keyframe
from media_server.rtp.leg import MediaPacket
from media_server.rtp.packet import RtpPacket
from media_server.rtp.parts import PART_READERS, Part, read_vp8
from media_server.rtp.sender import SenderReportClock
from media_server.rtp.sequence import sequence_unwrapper, timestamp_delta

Kind = Literal["audio", "video"]

MAX_GOP_S: Final = 6.0
"""A group of pictures older than this is not replayed to late joiners; a new key frame is asked for instead."""
MAX_GOP_UNASKED_S: Final = 12.0
"""Of sources that cannot be asked for one: OBS sends a key frame each 8.3 s when nobody told it otherwise."""
_CACHED_LONGER_S: Final = 1.0
"""What somebody has begun to be sent of the oldest group is still there when its turn comes."""
_CACHED_BYTES_PER_S: Final = (8 << 20) / MAX_GOP_S
REORDER_WINDOW: Final = 4096
"""Packets that arrive further behind the newest than this are forgotten; also where a timeline's numbering begins."""
_MAX_PAUSE_S: Final = 3600


@dataclass(slots=True, unsafe_hash=True)
class PartPacket(MediaPacket):
    """A packet of a stream that has parts."""

    part: Part | None = None


class Producer:
    """Numbers, caches and batches the packets of one layer.

    A source is one run of a publisher: when it is replaced, sequence numbers go on without a gap and time stamps
    advance by the time that passed, so viewers' receivers see one stream that paused (RFC 7667 §3.6).
    """

    def __init__(self, kind: Kind, codec: str, clock_rate: int, *, max_gop_s: float = MAX_GOP_S) -> None:
        self.kind = kind
        self.codec = codec
        self.clock_rate = clock_rate
        self._max_gop_s = max_gop_s
        self.report_clock: SenderReportClock | None = None
        self._cache: PacketCache[MediaPacket] = PacketCache(
            max_age_s=max_gop_s + _CACHED_LONGER_S, max_bytes=round(max_gop_s * _CACHED_BYTES_PER_S)
        )
        self.keyframes = KeyframeRequests()
        self.meter = LayerMeter()
        self.heard_at = float("-inf")
        """When the newest packet came."""
        self._size: Size | None = None
        self._reader = PART_READERS[codec]() if codec in PART_READERS else None
        self.pending: list[MediaPacket] = []
        self.head: MediaPacket | None = None
        self.timestamp_base = 0
        self._unwrapper = sequence_unwrapper()
        self._index_base: int | None = None
        self._keeps_timestamps = False
        self._head_at = 0.0
        self._gop_start: MediaPacket | None = None
        self._gop_at = 0.0

    def packet_at(self, index: int) -> MediaPacket | None:
        """The cached packet of that extended sequence number."""
        packet = self._cache.get(index & 0xFFFF)
        return packet if packet is not None and packet.index == index else None

    @property
    def next_index(self) -> int:
        """The index the next packet in order will have."""
        return self.head.index + 1 if self.head is not None else REORDER_WINDOW

    @property
    def needs_keyframe_to_start(self) -> bool:
        """Whether a viewer can begin only at a key frame."""
        return self.kind == "video"

    def source_replaced(self, report_clock: SenderReportClock) -> None:
        """The next packet comes from a new source, whose numbers mean nothing yet. `report_clock` is on its clock."""
        self.report_clock = report_clock
        self._unwrapper = sequence_unwrapper()
        self._index_base = None
        self._keeps_timestamps = False
        self._gop_start = None
        self._reader = PART_READERS[self.codec]() if self.codec in PART_READERS else None
        self.keyframes.source_replaced()

    def source_resumed(self) -> None:
        """The source goes on after an interruption: its sequence numbers begin anew, its time stamps do not."""
        self._unwrapper = sequence_unwrapper()
        self._index_base = None
        self._keeps_timestamps = True

    def size(self, spatial: int | None = None) -> Size | None:
        """(width, height) in pixels, of a spatial layer or of the picture; None where nothing tells."""
        sizes = self._reader.sizes() if self._reader is not None else ()
        if spatial is None:
            return sizes[-1] if sizes else self._size
        return sizes[spatial] if spatial < len(sizes) else None

    @property
    def has_idle_parts(self) -> bool:
        """Whether some of its packets are of no use to who is sent the highest parts of it."""
        return self._reader is not None and self._reader.has_idle_parts

    def receive(
        self, packet: RtpPacket, *, now: float, extensions: Mapping[str, bytes] = NO_EXTENSIONS
    ) -> MediaPacket | None:
        """Take one packet of the source: cache it and queue it for the next fan-out. None if it is a duplicate or late.

        `extensions` is what the source says of the packet, by URI.
        Bandwidth probes made of padding alone are forwarded as empty packets: renumbering around them would break
        retransmission, and receivers know them.
        """
        number = self._unwrapper.unwrap(packet.sequence_number)
        if self._index_base is None:
            self._join_timeline(number, packet.timestamp, now)
        assert self._index_base is not None
        index = number + self._index_base
        if self.packet_at(index) is not None or (self.head is not None and index <= self.head.index - REORDER_WINDOW):
            return None
        if self.report_clock is not None:
            self.report_clock.receive(packet.timestamp, now=now)
        media = self._media(index, packet, extensions)
        self._cache.put(index, media, now=now)
        self.heard_at = now
        self.meter.count(len(media.payload), media.part if isinstance(media, PartPacket) else None, now=now)
        if self.head is None or index > self.head.index:
            self.head, self._head_at = media, now
        if media.starts_keyframe:
            self._note_keyframe(media, now)
        self.pending.append(media)
        return media

    def _media(self, index: int, packet: RtpPacket, extensions: Mapping[str, bytes]) -> MediaPacket:
        timestamp = (packet.timestamp + self.timestamp_base) & 0xFFFFFFFF
        payload, part, picture_id_at, tl0_at = packet.payload, None, 0, 0
        if self._reader is not None:
            starts = starts_keyframe(self.codec, payload)
            part = self._reader.read(payload, extensions)
        elif self.codec == "VP8":
            starts, picture_id_at, tl0_at, part = read_vp8(payload)
        else:
            starts = False
        if part is None:
            return MediaPacket(index, timestamp, packet.marker, payload, starts, extensions, picture_id_at, tl0_at)
        return PartPacket(index, timestamp, packet.marker, payload, starts, extensions, picture_id_at, tl0_at, part)

    def time_to(self, other: Producer, *, now: float) -> int:
        """What to add to a time stamp of `other` to have that of the same instant here, modulo 2³².

        By sender reports where both layers have had some; else by the least time that packets took to arrive.
        """
        by_reports = self._is_timed and other._is_timed
        return (self._instant(now, by_reports) - other._instant(now, by_reports)) & 0xFFFFFFFF

    @property
    def is_within_frame(self) -> bool:
        """Whether more of the frame that came last is to be expected, and what is pending is no run by itself."""
        if not self.pending or self.kind == "audio" or len(self.pending) >= RUN_PACKETS:
            return False
        newest = self.pending[-1]
        # What was repaired, and bandwidth probes, are of no frame that goes on.
        return newest is self.head and not newest.marker and bool(newest.payload)

    def take_pending(self) -> list[MediaPacket]:
        """The packets received since the last call, in order of arrival."""
        batch, self.pending = self.pending, []
        return batch

    def gop_start(self, *, now: float) -> MediaPacket | None:
        """The first packet of the newest key frame, when everything since is there and young enough to be replayed."""
        start = self._gop_start
        # One that was repaired late is still there when what came after it in number has gone.
        if start is None or now - self._gop_at > self._max_gop_s or start.index <= self._cache.gone_up_to:
            return None
        return start

    @property
    def _is_timed(self) -> bool:
        return self.report_clock is not None and self.report_clock.is_told

    def _instant(self, now: float, by_reports: bool) -> int:
        """The time stamp of `now` on this timeline."""
        timestamp: int | None = None
        if self.report_clock is not None and by_reports:
            pair = self.report_clock.pair(now=now)
            timestamp = pair[1] if pair is not None else None
        elif self.report_clock is not None:
            timestamp = self.report_clock.arriving(now=now)
        if timestamp is not None:
            return timestamp + self.timestamp_base
        if self.head is None:
            return 0
        return self.head.timestamp + round((now - self._head_at) * self.clock_rate)

    def _join_timeline(self, number: int, timestamp: int, now: float) -> None:
        if self.head is None:
            self._index_base = REORDER_WINDOW - number
            return
        elapsed_s = min(max(now - self._head_at, 0.001), _MAX_PAUSE_S)
        self._index_base = self.next_index - number
        if self._keeps_timestamps:
            return
        wanted = (self.head.timestamp + round(elapsed_s * self.clock_rate)) & 0xFFFFFFFF
        self.timestamp_base = (wanted - timestamp) & 0xFFFFFFFF

    def _note_keyframe(self, media: MediaPacket, now: float) -> None:
        start = self._gop_start
        if start is not None and timestamp_delta(media.timestamp, start.timestamp) <= 0:
            # Parameter sets and slices of one key frame each look like a start; the first of them is it.
            if media.timestamp == start.timestamp and media.index < start.index:
                self._gop_start = media
            return
        self._gop_start, self._gop_at = media, now
        self._size = picture_size(self.codec, media.payload) or self._size
        self.keyframes.keyframe_seen(now=now)
