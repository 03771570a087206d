"""The receiving side of transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01)."""

from __future__ import annotations

from media_server.rtp.rtcp.transport_feedback import DELTA_TICK_S, REFERENCE_TICK_S, TransportFeedback
from media_server.rtp.sequence import Unwrapper, sequence_unwrapper

INTERVAL_S = 0.05
# Arrivals kept after they were reported, so that a late packet can be reported between its neighbours.
BACK_WINDOW_S = 0.5
MAX_ARRIVALS = 8_192
# So many fit one datagram of 1,200 bytes when each delta takes two bytes.
MAX_STATUSES_PER_PACKET = 400
MAX_JUMP = 4_096
# What one feedback looks back on; the numbers of a source that keeps leaping would else be gone through by the million.
MAX_SPAN = 8_192

_TICKS_PER_REFERENCE = round(REFERENCE_TICK_S / DELTA_TICK_S)


class TransportFeedbackRecorder:
    """Notes when each packet of a transport arrived, and reports it so that the sender can estimate its bandwidth.

    Holds at most MAX_ARRIVALS packets; older ones are forgotten and, if not yet reported, never will be.
    """

    def __init__(self, *, sender_ssrc: int, media_ssrc: int) -> None:
        self._sender_ssrc = sender_ssrc
        self._media_ssrc = media_ssrc
        self._unwrapper: Unwrapper = sequence_unwrapper()
        self._arrivals: dict[int, int] = {}
        self._begin: int | None = None
        self._highest = 0
        self._due_at: float | None = None
        self._count = 0

    def receive(self, transport_sequence: int, *, now: float) -> None:
        """A packet arrived whose extension carries this 16-bit number."""
        sequence = self._unwrapper.unwrap(transport_sequence)
        if self._begin is None or abs(sequence - self._highest) > MAX_JUMP:
            self._arrivals.clear()
            self._begin = self._highest = sequence
        if sequence in self._arrivals:
            return
        self._arrivals[sequence] = round(now / DELTA_TICK_S)
        self._begin = min(self._begin, sequence)
        self._highest = max(self._highest, sequence)
        self._begin = max(self._begin, self._highest - MAX_SPAN)
        if len(self._arrivals) > MAX_ARRIVALS:
            del self._arrivals[next(iter(self._arrivals))]
        if self._due_at is None:
            self._due_at = now + INTERVAL_S

    def next_deadline(self) -> float | None:
        """When the next feedback is due; None while nothing arrived since the last."""
        return self._due_at

    def due(self, *, now: float) -> list[TransportFeedback]:
        """The feedback for all packets since the last, lost ones included; nothing before the deadline."""
        if self._due_at is None or now < self._due_at or self._begin is None:
            return []
        self._due_at = None
        feedback: list[TransportFeedback] = []
        position = self._begin
        while position <= self._highest:
            packet, position = self._packet(position)
            if packet is not None:
                feedback.append(packet)
        self._begin = self._highest + 1
        self._forget(now)
        return feedback

    def _packet(self, begin: int) -> tuple[TransportFeedback | None, int]:
        """Feedback from `begin` on and where the next one begins: a delta must fit 16 bits."""
        deltas: list[int | None] = []
        reference: int | None = None
        last, position = 0, begin
        while position <= self._highest and len(deltas) < MAX_STATUSES_PER_PACKET:
            arrival = self._arrivals.get(position)
            if arrival is None:
                deltas.append(None)
            else:
                if reference is None:
                    reference = arrival // _TICKS_PER_REFERENCE
                    last = reference * _TICKS_PER_REFERENCE
                if not -0x8000 <= arrival - last <= 0x7FFF:
                    break
                deltas.append(arrival - last)
                last = arrival
            position += 1
        if reference is None:
            return None, position
        packet = TransportFeedback.of(
            self._sender_ssrc,
            self._media_ssrc,
            begin & 0xFFFF,
            ((reference + 0x800000) & 0xFFFFFF) - 0x800000,
            self._count,
            deltas,
        )
        self._count = (self._count + 1) & 0xFF
        return packet, position

    def _forget(self, now: float) -> None:
        oldest = round((now - BACK_WINDOW_S) / DELTA_TICK_S)
        for sequence in [key for key, arrival in self._arrivals.items() if arrival < oldest]:
            del self._arrivals[sequence]
