"""Puts one RTP stream back into order, waiting a bounded time for packets that are on their way again."""

from __future__ import annotations

from typing import Final, NamedTuple

from media_server.rtp.packet import RtpPacket
from media_server.rtp.sequence import sequence_delta

DEFAULT_WAIT_S: Final = 0.15
"""A retransmission needs a round trip; what has not come after this is taken for lost."""
DEFAULT_CAPACITY: Final = 512
"""Packets held behind a gap (about 0.4 s of a 12 Mbps stream). When full, the oldest gap is given up at once."""
RESTART_DISTANCE: Final = 3000
"""A jump beyond this is a source that started anew, not loss (RFC 3550 appendix A.1, MAX_DROPOUT)."""


class InOrder(NamedTuple):
    """A packet whose turn has come; `lost_before` packets between the one before and this never came.

    After a restart of the source the number is not known and `lost_before` is 1.
    """

    packet: RtpPacket
    lost_before: int


class ReorderBuffer:
    """Fed in arrival order, gives each packet once and in sequence order."""

    def __init__(self, *, wait_s: float = DEFAULT_WAIT_S, capacity: int = DEFAULT_CAPACITY) -> None:
        self._wait_s = wait_s
        self._capacity = capacity
        # In order of arrival: the gap in front has been waited for since its first entry came.
        self._held: dict[int, tuple[RtpPacket, float]] = {}
        self._next: int | None = None
        self.lost = 0
        self.late = 0

    def receive(self, packet: RtpPacket, *, now: float) -> list[InOrder]:
        """Everything whose turn has come with `packet`. Duplicates, and packets given up on, vanish and are counted."""
        number = packet.sequence_number
        if self._next is None:
            self._next = number
        distance = sequence_delta(number, self._next)
        if distance == 0 and not self._held:
            self._next = (number + 1) & 0xFFFF
            return [InOrder(packet, 0)]
        if abs(distance) > RESTART_DISTANCE:
            return self._restart(packet)
        if distance < 0 or number in self._held:
            self.late += 1
            return []
        self._held[number] = (packet, now)
        released = self._release_run(0) if distance == 0 else []
        while len(self._held) > self._capacity:
            released += self._give_up()
        return released

    def poll(self, *, now: float) -> list[InOrder]:
        """What has waited long enough: the gap before it is given up."""
        released: list[InOrder] = []
        while (deadline := self.next_deadline()) is not None and now >= deadline:
            released += self._give_up()
        return released

    def next_deadline(self) -> float | None:
        """When `poll` will have something to give up; None while nothing is missing."""
        return next(iter(self._held.values()))[1] + self._wait_s if self._held else None

    def _give_up(self) -> list[InOrder]:
        assert self._next is not None
        expected = self._next
        lost = min(sequence_delta(number, expected) for number in self._held)
        self._next = (expected + lost) & 0xFFFF
        self.lost += lost
        return self._release_run(lost)

    def _release_run(self, lost_before: int) -> list[InOrder]:
        assert self._next is not None
        released: list[InOrder] = []
        while (held := self._held.pop(self._next, None)) is not None:
            released.append(InOrder(held[0], lost_before))
            lost_before = 0
            self._next = (self._next + 1) & 0xFFFF
        return released

    def _restart(self, packet: RtpPacket) -> list[InOrder]:
        expected = self._next
        assert expected is not None
        held = sorted(self._held, key=lambda number: sequence_delta(number, expected))
        released = [InOrder(self._held[number][0], 1) for number in held]
        self._held.clear()
        released.append(InOrder(packet, 1))
        self._next = (packet.sequence_number + 1) & 0xFFFF
        return released
