"""Sending packets again: the RTX stream of a leg, and how much a viewer may ask for."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from media_server.rtp.leg import MediaPacket, RtpLeg

REPEATED_PACKETS: Final = 16
"""So far back a probe looks for packets."""
_KEPT_PACKETS: Final = 4
_RESENDS_PER_S: Final = 300
_RESEND_BURST: Final = 150
_NUMBER_BYTES: Final = 2
"""The original sequence number, before the payload."""
_SAME_PACKET_AFTER_S: Final = 0.02


class RtxLeg:
    """The retransmission stream beside a leg: its own SSRC, payload type and numbering (RFC 4588 §4)."""

    def __init__(self, leg: RtpLeg) -> None:
        self.leg = leg
        self._next_index = secrets.randbelow(0x8000)

    def wrap(self, packet: MediaPacket, *, original_sequence_number: int) -> MediaPacket:
        """`packet` as the next one of this stream, with what its source said; its leg has no index offset."""
        index = self._next_index
        self._next_index += 1
        return replace(
            packet,
            index=index,
            payload=original_sequence_number.to_bytes(_NUMBER_BYTES, "big") + packet.payload,
            picture_id_at=packet.picture_id_at and packet.picture_id_at + _NUMBER_BYTES,
            tl0_at=packet.tl0_at and packet.tl0_at + _NUMBER_BYTES,
        )


class Repeats:
    """Packets that the viewer has, sent once more: what a probe is made of. Receivers drop them."""

    def __init__(self, rtx: RtxLeg) -> None:
        self._rtx = rtx
        self._kept: list[tuple[int, MediaPacket]] = []

    def keep(self, newest: Sequence[tuple[int, MediaPacket]]) -> None:
        """The picture is paused: after a while nothing of what the viewer has is cached any more."""
        self._kept = list(newest[:_KEPT_PACKETS])

    def repeat(
        self,
        newest: Sequence[tuple[int, MediaPacket]],
        octets: int,
        *,
        send: Callable[[RtpLeg, MediaPacket], None],
    ) -> int:
        """Send about `octets` of `newest`, each with the number it was sent under: octets sent, or 0."""
        sent = 0
        for index, packet in newest or self._kept:
            if sent >= octets:
                break
            send(self._rtx.leg, self._rtx.wrap(packet, original_sequence_number=index & 0xFFFF))
            sent += len(packet.payload)
        return sent


class ResendBudget:
    """A token bucket a viewer: a broken or hostile one cannot make the worker send without end."""

    def __init__(self) -> None:
        self._tokens = float(_RESEND_BURST)
        self._refilled_at: float | None = None
        self._last_sent: dict[int, float] = {}

    def is_spent(self, *, now: float) -> bool:
        """Whether nothing is sent again now, whatever it is: no packet need be looked for."""
        if self._refilled_at is not None:
            self._tokens = min(_RESEND_BURST, self._tokens + (now - self._refilled_at) * _RESENDS_PER_S)
        self._refilled_at = now
        return self._tokens < 1

    def allow(self, index: int, *, now: float) -> bool:
        """Whether to send packet `index` again now; not twice within 20 ms, less than any round trip that loses."""
        if self.is_spent(now=now) or now - self._last_sent.get(index, -1.0) < _SAME_PACKET_AFTER_S:
            return False
        self._tokens -= 1
        self._last_sent[index] = now
        if len(self._last_sent) > 2 * _RESEND_BURST:
            for old in list(self._last_sent)[:_RESEND_BURST]:
                del self._last_sent[old]
        return True
