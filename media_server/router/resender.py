"""What one viewer was sent, sent again: when it is asked for, and unasked to find out what the path carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from media_server.router.resend import REPEATED_PACKETS, Repeats, ResendBudget, RtxLeg
from media_server.rtp.leg import MediaPacket, RtpLeg

Send = Callable[[RtpLeg, MediaPacket], None]


class Sent(Protocol):
    """What the viewer was sent."""

    def sent_as(self, index: int) -> MediaPacket | None:
        """The packet that was sent as `index`, with every number as it was."""

    def newest_index(self) -> int | None:
        """The highest index that may have been sent."""


class Resender:
    """Of one leg."""

    def __init__(self, leg: RtpLeg, rtx: RtxLeg | None) -> None:
        self._leg = leg
        self._rtx = rtx
        self._budget = ResendBudget()
        self._repeats = Repeats(rtx) if rtx is not None else None

    def resend(self, sent: Sent, sequence_numbers: Sequence[int], *, now: float, send: Send) -> None:
        """Answer a NACK from the shared cache: by RTX where negotiated (RFC 4588), else the packet once more."""
        newest = sent.newest_index()
        if newest is None:
            return
        for number in sequence_numbers:
            if self._budget.is_spent(now=now):
                return
            index = newest - ((newest - number) & 0xFFFF)
            packet = sent.sent_as(index)
            if packet is None or not self._budget.allow(index, now=now):
                continue
            if self._rtx is not None:
                send(self._rtx.leg, self._rtx.wrap(packet, original_sequence_number=number))
            elif self._leg.extensions.is_repeatable:
                send(self._leg, _less(packet, self._leg))

    @property
    def can_repeat(self) -> bool:
        """Whether there is a stream of retransmissions, in which packets may be sent that nobody asked for."""
        return self._repeats is not None

    def repeat(self, sent: Sent, octets: int, *, send: Send) -> int:
        """Send about `octets` of the newest packets once more: octets sent."""
        return self._repeats.repeat(_newest(sent), octets, send=send) if self._repeats is not None else 0

    def keep(self, sent: Sent) -> None:
        """The picture is paused: what may be repeated until it goes on is kept."""
        if self._repeats is not None:
            self._repeats.keep(_newest(sent))


def _newest(sent: Sent) -> list[tuple[int, MediaPacket]]:
    """The last packets that the viewer was sent and that are cached, by number."""
    newest = sent.newest_index()
    if newest is None:
        return []
    found = ((index, sent.sent_as(index)) for index in range(newest, newest - REPEATED_PACKETS, -1))
    return [(index, packet) for index, packet in found if packet is not None]


def _less(packet: MediaPacket, leg: RtpLeg) -> MediaPacket:
    """`packet`, whose numbers are the viewer's, so that `leg` adds to it what is right."""
    return MediaPacket(
        packet.index - leg.index_offset,
        (packet.timestamp - leg.timestamp_offset) & 0xFFFFFFFF,
        packet.marker,
        packet.payload,
        packet.starts_keyframe,
        packet.extensions,
    )
