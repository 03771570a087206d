"""Sending packets again: the RTX stream of a leg, and how much a viewer may ask for."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Final

from media_server.rtp.leg import MediaPacket, RtpLeg

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


class ResendBudget:
    """A token bucket a viewer: a broken or hostile one cannot make the worker send without end."""

    def __init__(self) -> None:
        self._tokens = float(_RESEND_BURST)
        self._refilled_at: float | None = None
        self._last_sent: dict[int, float] = {}

    def allow(self, index: int, *, now: float) -> bool:
        """Whether to send packet `index` again now; not twice within 20 ms, less than any round trip that loses."""
        if self._refilled_at is not None:
            self._tokens = min(_RESEND_BURST, self._tokens + (now - self._refilled_at) * _RESENDS_PER_S)
        self._refilled_at = now
        if self._tokens < 1 or now - self._last_sent.get(index, -1.0) < _SAME_PACKET_AFTER_S:
            return False
        self._tokens -= 1
        self._last_sent[index] = now
        if len(self._last_sent) > 2 * _RESEND_BURST:
            for old in list(self._last_sent)[:_RESEND_BURST]:
                del self._last_sent[old]
        return True
