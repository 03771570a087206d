"""One track on its way to one viewer: where to begin, where to go on, what to resend, what to report."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Protocol

from media_server.router.catch_up import RELAY_SPEED, CatchUp, speed_for
from media_server.router.layer_choice import HIGHEST, LayerChoice
from media_server.router.position import Position, picture_id, tl0_index
from media_server.router.producer import REORDER_WINDOW, Producer
from media_server.router.resend import RtxLeg
from media_server.router.resender import Resender, Send
from media_server.router.segment import Segment, Segments
from media_server.router.squeeze import SqueezedTimeline
from media_server.router.view import View
from media_server.rtp.leg import Address, MediaPacket, RtpLeg
from media_server.rtp.parts import WHOLE
from media_server.rtp.rtcp import SenderReport
from media_server.rtp.sequence import timestamp_delta


class Consumed(Protocol):
    """The track of a consumer, as the consumer sees it."""

    def place(self, consumer: Consumer, *, now: float) -> None:
        """Bring `consumer` on its way to what it wants."""


class Consumer:
    """Feeds one leg from one view of a track at a time.

    Video begins with the cached group of pictures. It is sent faster than it was made, with time stamps that say so and
    begin at the present, until it has come up with time; played at its own pace it would keep the viewer behind by the
    length of the group. When it goes on in another view, numbers go on
    where they were and time goes on as it passed.
    """

    def __init__(
        self, track: Consumed, leg: RtpLeg, *, rtx: RtxLeg | None = None, red_blocks: int | None = None
    ) -> None:
        """`red_blocks`: it is sent redundant sound (RFC 2198), whose blocks have that payload type."""
        self.leg = leg
        self.red_blocks = red_blocks
        self.only: int | None = None
        """The layer that it is sent and no other, whether its source sends it or not: another worker takes each."""
        self.wanted: LayerChoice | None = HIGHEST
        self.sent: LayerChoice | None = None
        """What the viewer is sent at present; None before it began and while it is paused."""
        self.arriving: View | None = None
        """Where it goes on as soon as it can."""
        self.arrives_by = 0.0
        """When a key frame is to be asked for, if nothing else has let it in by then."""
        self.view: View | None = None
        self.is_active = False
        self._track = track
        self._rtx = rtx
        self._segments = Segments()
        self._segment: Segment | None = None
        self._last: Position | None = None
        self._true_offset = 0
        self._again = Resender(leg, rtx)
        self._behind: CatchUp | None = None
        """Set while there is more of the past to send before live packets may follow."""

    def want(self, choice: LayerChoice | None, *, now: float) -> None:
        """Go on with `choice`, at the key frame it takes, which is asked for; None stops it at once."""
        if choice != self.wanted:
            if choice is None:
                self._again.keep(self)
            self.wanted = choice
            self._track.place(self, now=now)

    @property
    def producer(self) -> Producer | None:
        """The layer it is sent, or was sent last; None before it began."""
        return self._segment.view.producer if self._segment is not None else None

    @property
    def is_behind(self) -> bool:
        """Whether it is sent what comes by `catch_up`, since what is live may not follow yet."""
        return self._behind is not None

    @property
    def is_catching_up(self) -> bool:
        """Whether `catch_up` has more to send of what is there."""
        return self._behind is not None and self._behind.has_more

    @property
    def waits_for_keyframe(self) -> bool:
        """Whether it has nothing to be sent, and begins with the next key frame."""
        return self.view is None and self.arriving is not None

    def begin_from_cache(self, view: View, *, now: float) -> bool:
        """Begin with what `view` has cached: a group of pictures, or sound at its next packet.

        False where it has none, or one that would step back in time for who was sent something before.
        """
        producer, head = view.producer, view.head
        if not producer.needs_keyframe_to_start:
            self._enter(view, producer.next_index if head is None else head.index + 1, None, now=now)
            self._follow()
            return True
        start = producer.gop_start(now=now)
        if start is None or head is None or not view.knows(start.index):
            return False
        if view.number(start.index) > head.index:
            # The key frame waits to be passed on itself.
            return False
        is_viewer = self.only is None
        speed = speed_for(producer.meter.bitrate_bps(WHOLE, now=now)) if is_viewer else RELAY_SPEED
        squeezed = SqueezedTimeline(start.timestamp, head.timestamp, speed=speed)
        opens_at = squeezed.at(start.timestamp)
        if self._last is not None:
            begins = (opens_at + self._offset_into(producer, now=now)) & 0xFFFFFFFF
            if timestamp_delta(begins, self._last.timestamp) <= 0:
                return False
        segment = self._enter(view, start.index, opens_at, now=now)
        segment.squeezed = squeezed
        view.differs_before(head.index + 1)
        self._behind = CatchUp(segment, now=now)
        return True

    def begin_with(self, view: View, packet: MediaPacket, *, now: float) -> None:
        """Go on in `view` with `packet` of its producer, which lets it in; what came after it is caught up with."""
        segment = self._enter(view, packet.index, packet.timestamp, now=now)
        if view.head is not None and view.head.index > segment.first:
            self._behind = CatchUp(segment, now=now)
        else:
            self._follow()

    def leave(self) -> None:
        """Be sent nothing more of the view it is in."""
        if self._segment is None or self.view is None:
            return
        self._last = self._position(self._segment)
        self.view.members.discard(self)
        self.view.legs.discard(self.leg)
        self.view = self.sent = None
        self.is_active = False
        self._behind = None

    def catch_up(self, *, now: float) -> list[MediaPacket]:
        """The next packets of the cached group; when the present is reached the consumer becomes active."""
        assert self._behind is not None
        assert self.view is not None
        batch = self._behind.step(now=now)
        self.view.differs_before(self._behind.cursor)
        if self._behind.is_done:
            self._follow()
        return batch

    def overtaken(self, late: Sequence[MediaPacket]) -> list[MediaPacket]:
        """Those of `late`, packets of its view, that are to be sent now and cannot be caught up with.

        Their time stamps are squeezed like those of their group: one index is one packet, whoever asks for it again.
        """
        segment = self._segment
        if segment is None:
            return []
        end = self._behind.cursor if self._behind is not None else None
        return [
            segment.timed(packet)
            for packet in late
            # Parameter sets overtaken by the picture they belong to come before the first packet and are needed; after
            # a change the number they would have is another packet's.
            if (end is None or packet.index < end)
            and (packet.index >= segment.first or packet.timestamp == segment.opens_with)
        ]

    def move_to(self, address: Address) -> None:
        """Send to `address` from now on."""
        self.leg.address = address
        if self._rtx is not None:
            self._rtx.leg.address = address

    def request_keyframe(self, *, now: float) -> None:
        """The viewer lost the picture."""
        for view in (self.view, self.arriving):
            if view is not None:
                view.producer.keyframes.request(now=now)

    def sender_report(self, *, now: float) -> SenderReport | None:
        """This leg's sender report (RFC 3550 §6.4.1); None while nothing says what time the source's packets are of."""
        producer = self.producer
        clock = producer.report_clock if producer is not None and self.leg.packets_sent else None
        instant = clock.pair(now=now) if clock is not None else None
        if instant is None or producer is None:
            return None
        ntp_timestamp, source_timestamp = instant
        timestamp = (source_timestamp + producer.timestamp_base + self.leg.timestamp_offset) & 0xFFFFFFFF
        return SenderReport(self.leg.ssrc, ntp_timestamp, timestamp, self.leg.packets_sent, self.leg.octets_sent)

    def resend(self, sequence_numbers: Sequence[int], *, now: float, send: Send) -> None:
        """Answer a NACK."""
        self._again.resend(self, sequence_numbers, now=now, send=send)

    @property
    def can_repeat(self) -> bool:
        """See `Resender`."""
        return self._again.can_repeat

    def repeat(self, octets: int, *, send: Send) -> int:
        """Send about `octets` of the newest packets once more, to find out what the path carries: octets sent."""
        return self._again.repeat(self, octets, send=send)

    def sent_as(self, index: int) -> MediaPacket | None:
        """See `Sent`."""
        segment = self._segments.find(index)
        packet = segment.view.packet_at(index - segment.index_offset) if segment is not None else None
        return segment.as_sent(packet) if segment is not None and packet is not None else None

    def newest_index(self) -> int | None:
        """See `Sent`."""
        segment = self._segment
        if segment is None:
            return None
        if self.view is None:
            return self._last.index if self._last is not None else None
        head = segment.view.head.index if segment.view.head is not None else segment.first
        newest = head if self._behind is None else self._behind.cursor - 1
        return max(newest, segment.first - 1) + segment.index_offset

    def _enter(self, view: View, index: int, opens_at: int | None, *, now: float) -> Segment:
        """From the producer's packet `index` on, which it is sent with time stamp `opens_at`, it is sent `view`."""
        before, leg, producer = self._segment, self.leg, view.producer
        number = view.number(index)
        opening = view.packet_at(number)
        goes_on_within = before is not None and self.view is not None and self.view.producer is producer
        self.leave()
        last = self._last
        index_offset = 0
        if goes_on_within and before is not None:
            # What was lost before the opening packet keeps its numbers, in case it still comes.
            index_offset = before.view.number(index) + before.index_offset - number
            leg.picture_id_offset += view.pictures_dropped(index) - before.view.pictures_dropped(index)
        if last is None:
            # Below 2¹⁵ the rollover counter starts at 0 (RFC 3711 §3.3.1); above the producer's reorder window, a late
            # packet from before the start still has an index above zero.
            index_offset = secrets.randbelow(0x8000 - REORDER_WINDOW) + REORDER_WINDOW - number
            self._true_offset = leg.timestamp_offset = secrets.randbits(32)
        elif not goes_on_within:
            index_offset = last.index + 1 - number
            offset = self._offset_into(producer, now=now)
            if opens_at is not None:
                leg.timestamp_offset, self._true_offset = last.time_offset(
                    opens_at, true_offset=offset, clock_rate=producer.clock_rate, now=now
                )
            else:
                leg.timestamp_offset = self._true_offset = offset
            leg.picture_id_offset, leg.tl0_offset = last.picture_offset(opening), last.tl0_offset(opening)
        leg.index_offset = index_offset
        self._segment = Segment(
            view,
            number,
            index_offset,
            leg.timestamp_offset,
            leg.picture_id_offset,
            leg.tl0_offset,
            opens_with=opening.timestamp if last is None and opening is not None else None,
        )
        self._segments.add(self._segment)
        self.view = view
        view.members.add(self)
        view.differs_before(number)
        return self._segment

    def _follow(self) -> None:
        """From now on it is sent what comes."""
        assert self.view is not None
        if self._behind is not None and self._segment is not None:
            # From here on its time stamps are true, however often they wrap.
            self._segment.squeezed_end = self._behind.cursor - 1
        self._behind = None
        self.is_active = True
        self.view.legs.add(self.leg)

    def _offset_into(self, producer: Producer, *, now: float) -> int:
        """What to add to time stamps of `producer` to go on as time passes."""
        before = self.producer
        if before is None or before is producer:
            return self._true_offset
        return (self._true_offset + before.time_to(producer, now=now)) & 0xFFFFFFFF

    def _position(self, segment: Segment) -> Position | None:
        """Where it is in `segment`; as before when nothing of it was sent."""
        view, leg = segment.view, self.leg
        newest = self._behind.newest if self._behind is not None else view.head
        index = self.newest_index()
        if newest is None or newest.index < segment.first or index is None:
            return self._last
        named = newest if newest.picture_id_at or newest.tl0_at else view.pictured
        picture = picture_id(named) if named is not None else None
        tl0 = tl0_index(named) if named is not None else None
        return Position(
            index,
            (segment.timed(newest).timestamp + segment.timestamp_offset) & 0xFFFFFFFF,
            view.producer.heard_at,
            None if picture is None else picture + leg.picture_id_offset,
            None if tl0 is None else tl0 + leg.tl0_offset,
        )
