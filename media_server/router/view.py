"""What a group of viewers is sent of one layer, numbered once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from media_server.router.producer import PartPacket, Producer
from media_server.router.renumbering import Renumbering
from media_server.rtp.leg import MediaPacket, continued
from media_server.rtp.leg_list import FanOut, LegGroups
from media_server.rtp.parts import WHOLE, Cut

if TYPE_CHECKING:
    from media_server.router.consumer import Consumer


class View:
    """A layer whole: its packets are the producer's own, under the producer's numbers."""

    def __init__(self, producer: Producer, cut: Cut = WHOLE) -> None:
        self.producer = producer
        self.cut = cut
        self.members: set[Consumer] = set()
        self.legs = LegGroups()
        """Of members who follow the present."""
        self.head: MediaPacket | None = None
        """The newest packet that was passed on, as members have it."""
        self.pictured: MediaPacket | None = None
        """The newest that was passed on and names its picture."""
        self._alike_from = 0

    def knows(self, index: int) -> bool:
        """Whether it can tell the numbers of the producer's packets from `index` on."""
        return True

    def number(self, index: int) -> int:
        """The number here of the producer's packet `index`, or of the first after it that is not left out."""
        return index

    def pictures_dropped(self, index: int) -> int:
        """How many pictures were left out before the producer's packet `index`."""
        return 0

    def packet_at(self, index: int) -> MediaPacket | None:
        """The packet that is number `index` here, as members were sent it, while it is cached."""
        return self.producer.packet_at(index)

    def take(self, batch: Sequence[MediaPacket]) -> Sequence[MediaPacket]:
        """What is sent of packets the producer received, in order of arrival."""
        return batch

    def differs_before(self, index: int) -> None:
        """Some member is not sent packets before number `index` as the others are."""
        self._alike_from = max(self._alike_from, index)

    def note(self, packets: Sequence[MediaPacket]) -> None:
        """`packets` of this view are passed on, or there is nobody to pass them on to."""
        for packet in packets:
            if self.head is None or packet.index > self.head.index:
                self.head = packet
                if packet.picture_id_at or packet.tl0_at:
                    self.pictured = packet

    def forward(self, batch: Sequence[MediaPacket], fan_out: FanOut) -> None:
        """Pass on what the producer received."""
        packets = self.take(batch)
        self.note(packets)
        if not self.members:
            return
        late = [packet for packet in packets if packet.index < self._alike_from]
        if late:
            # Rare: what was reordered or repaired, from before some member came or from within what it was replayed.
            packets = [packet for packet in packets if packet.index >= self._alike_from]
            for consumer in self.members:
                overtaken = consumer.overtaken(late)
                if overtaken:
                    fan_out.forward((consumer.leg,), overtaken)
        if packets:
            self.legs.forward(fan_out, packets)


class CutView(View):
    """A layer without its higher parts: nothing is missing in what is left.

    Where nobody knows yet what a lost packet was, its number is left free; should it turn out to be one that is left
    out, it comes as an empty packet, so that nobody goes on asking for it.
    """

    def __init__(self, producer: Producer, cut: Cut, *, start: int, passed_on: int) -> None:
        """`start` is the producer's packet it begins with; those up to `passed_on` were passed on to other views."""
        super().__init__(producer, cut)
        self._numbers = Renumbering(start)
        self._dropped_frame: tuple[int, int] | None = None
        cached = (producer.packet_at(index) for index in range(start, passed_on + 1))
        self.note(self.take([packet for packet in cached if packet is not None]))

    def knows(self, index: int) -> bool:
        """See `View`."""
        return index >= self._numbers.start

    def number(self, index: int) -> int:
        """See `View`."""
        return self._numbers.number(index)

    def pictures_dropped(self, index: int) -> int:
        """See `View`."""
        return self._numbers.pictures_dropped(index)

    def packet_at(self, index: int) -> MediaPacket | None:
        """See `View`."""
        source = self._numbers.source(index)
        packet = self.producer.packet_at(source) if source is not None else None
        return self._as_sent(packet, index) if packet is not None else None

    def take(self, batch: Sequence[MediaPacket]) -> Sequence[MediaPacket]:
        """See `View`."""
        return [sent for packet in batch if (sent := self._taken(packet)) is not None]

    def _taken(self, packet: MediaPacket) -> MediaPacket | None:
        numbers, index = self._numbers, packet.index
        if index < numbers.start:
            return None
        if index >= numbers.next:
            if not self._is_kept(packet):
                self._drop(packet)
                return None
            numbers.keep(index)
        number = numbers.kept(index)
        return self._as_sent(packet, number) if number is not None else None

    def _drop(self, packet: MediaPacket) -> None:
        numbers, part = self._numbers, packet.part if isinstance(packet, PartPacket) else None
        frame = (packet.timestamp, part.spatial) if part is not None else None
        if frame is not None and frame == self._dropped_frame:
            # What was lost between two packets of one frame that is left out is of that frame too.
            for lost in range(numbers.next, packet.index):
                numbers.drop(lost, is_new_picture=False)
        is_new = frame is not None and (self._dropped_frame is None or frame[0] != self._dropped_frame[0])
        numbers.drop(packet.index, is_new_picture=is_new)
        self._dropped_frame = frame or self._dropped_frame

    def _is_kept(self, packet: MediaPacket) -> bool:
        if isinstance(packet, PartPacket) and packet.part is not None:
            return packet.part.is_within(self.cut)
        return bool(packet.payload)

    def _as_sent(self, packet: MediaPacket, number: int) -> MediaPacket:
        if not self._is_kept(packet):
            return MediaPacket(number, packet.timestamp, False, b"")
        marker, part = packet.marker, packet.part if isinstance(packet, PartPacket) else None
        if self.cut.spatial is not None and part is not None and not marker:
            marker = part.ends_picture(self.cut)
        dropped = self._numbers.pictures_dropped(packet.index)
        return MediaPacket(
            number,
            packet.timestamp,
            marker,
            continued(packet, picture_id_offset=-dropped, tl0_offset=0),
            packet.starts_keyframe,
            packet.extensions,
            packet.picture_id_at,
            packet.tl0_at,
        )
