"""What became of the packets of one transport: its feedback matched with what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from media_server.rtp.rtcp import TransportFeedback
from media_server.rtp.sequence import Unwrapper

TICK_US: Final = 250
"""Feedback counts in quarters of a millisecond."""
_TICKS_PER_REFERENCE: Final = 256
_REPORTED_RING: Final = 1024
"""As many packets as are remembered when they were sent."""


class SentPackets(Protocol):
    """`rtp.send_history.SendHistory`."""

    @property
    def next_number(self) -> int:
        """What the next packet is numbered, not wrapped."""

    def sent_under(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of 16-bit numbers the times in µs and the bytes; both -1 where a packet is forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """Packets in the order in which they were sent. Times of sending and of arrival are on two clocks, in µs.

    `numbers` do not wrap. `arrived_us` means nothing where `is_received` is false: the packet is lost, or late.
    """

    numbers: NDArray[np.int64]
    sent_us: NDArray[np.int64]
    sizes: NDArray[np.int64]
    is_received: NDArray[np.bool_]
    arrived_us: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.numbers)


class FeedbackReader:
    """Reads the feedback of one transport. Feedback may be lost, repeated and overtaken; each arrival is told once."""

    def __init__(self, history: SentPackets) -> None:
        self._history = history
        self._reference = Unwrapper(24)
        self._reported: NDArray[np.int64] = np.full(_REPORTED_RING, -1, np.int64)

    def read(self, feedback: TransportFeedback) -> Results:
        """What is new in `feedback`: arrivals not told before, and losses of what has not arrived by any of them."""
        wire = feedback.base_sequence + np.arange(len(feedback.deltas), dtype=np.int64) & 0xFFFF
        sent_us, sizes = self._history.sent_under(wire)
        head = self._history.next_number
        numbers = head - ((head - wire) & 0xFFFF)
        places = numbers % _REPORTED_RING
        is_new = (sizes >= 0) & (self._reported[places] != numbers)
        is_received = feedback.is_received & is_new
        self._reported[places[is_received]] = numbers[is_received]
        # The draft's reference time wraps after twelve days.
        reference = feedback.reference_time & 0xFFFFFF
        wraps = self._reference.unwrap(reference) - feedback.reference_time
        arrived_us = (feedback.arrival_ticks + wraps * _TICKS_PER_REFERENCE) * TICK_US
        return Results(
            numbers[is_new], sent_us[is_new], sizes[is_new], feedback.is_received[is_new], arrived_us[is_new]
        )
