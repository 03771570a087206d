"""The pictures of one RTP stream, put back into order and together."""

from __future__ import annotations

from typing import Final

from media_server.codecs.errors import CodecError
from media_server.hub.frames import CLOCK_RATE, TrackFormat
from media_server.hub.pictures import PICTURES
from media_server.hub.rtp_clock import RtpClock
from media_server.rtp.assembly import AccessUnit, AccessUnitAssembler
from media_server.rtp.packet import RtpPacket
from media_server.rtp.payloads import PAYLOAD_FORMATS
from media_server.rtp.reorder import InOrder, ReorderBuffer

_ASK_AGAIN_S: Final = 1.0


class VideoFromRtp:
    """Fed packets in arrival order, gives access units that miss nothing, and says when a key frame is needed.

    `format` is what the newest key frame said, None while it said nothing that can be read.
    """

    def __init__(self, codec: str, *, reorder_wait_s: float) -> None:
        self.clock = RtpClock(CLOCK_RATE)
        self.format: TrackFormat | None = None
        self._reader = PICTURES[codec]()
        self._reorder = ReorderBuffer(wait_s=reorder_wait_s)
        self._assembler = AccessUnitAssembler(PAYLOAD_FORMATS[codec]())
        self._heard = False
        self._asked_at: float | None = None

    def receive(self, packet: RtpPacket, *, now: float) -> list[AccessUnit]:
        """The pictures that are whole with this packet."""
        self._heard = True
        return self._assemble(self._reorder.receive(packet, now=now))

    def poll(self, *, now: float) -> list[AccessUnit]:
        """The pictures that nothing is waited for any longer."""
        return self._assemble(self._reorder.poll(now=now))

    def wants_keyframe(self, *, now: float) -> bool:
        """Whether one is to be asked for now; said once a second while nothing can be shown without."""
        if not self._heard or not (self._assembler.needs_keyframe or self.format is None):
            return False
        if self._asked_at is not None and now < self._asked_at + _ASK_AGAIN_S:
            return False
        self._asked_at = now
        return True

    def data(self, unit: AccessUnit) -> bytes | None:
        """A picture as `Frame.data`; None when it cannot be decoded, for want of parameter sets that can be read."""
        try:
            if unit.is_key:
                self.format = self._reader.read_format(unit.units)
            return self._reader.data(unit.units) if self.format is not None else None
        except CodecError:
            # What refers to this picture cannot be decoded either.
            self.format = None
            return None

    def _assemble(self, packets: list[InOrder]) -> list[AccessUnit]:
        return [unit for item in packets for unit in self._assembler.receive(item.packet, lost_before=item.lost_before)]
