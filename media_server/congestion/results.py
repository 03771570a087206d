"""What became of the packets of one transport: its feedback matched with what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_server.rtp.rtcp import TransportFeedback
from media_server.rtp.send_history import RING, SIZE_BITS, SendHistory
from media_server.rtp.sequence import Unwrapper

TICK_US: Final = 250
"""Feedback counts in quarters of a millisecond."""
_TICKS_PER_REFERENCE: Final = 256
_SIZE: Final = (1 << SIZE_BITS) - 1


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

    def where(self, mask: NDArray[np.bool_]) -> Results:
        """Those packets alone."""
        return Results(
            self.numbers[mask], self.sent_us[mask], self.sizes[mask], self.is_received[mask], self.arrived_us[mask]
        )


class FeedbackReader:
    """Reads the feedback of one transport. Feedback may be lost, repeated and overtaken; each arrival is told once."""

    def __init__(self, history: SendHistory) -> None:
        self._history = history
        self._words = history.words()
        self._reference = Unwrapper(24)
        self._reported: NDArray[np.int64] = np.full(RING, -1, np.int64)

    def read(self, feedback: TransportFeedback) -> Results:
        """What is new in `feedback`: arrivals not told before, and losses of what has not arrived by any of them."""
        arrived_us = self._arrived_us(feedback)
        head = self._history.next_number
        first = head - ((head - feedback.base_sequence) & 0xFFFF)
        # What it names and was not sent, or is forgotten, lies at its ends.
        start, end = max(first, head - RING, 0), min(first + len(arrived_us), head)
        told = slice(start - first, end - first)
        numbers = np.arange(start, max(start, end))
        place = start % RING
        # Nearly always in one piece.
        places = slice(place, place + len(numbers)) if place + len(numbers) <= RING else numbers % RING
        words = self._words[places]
        is_received = feedback.is_received[told]
        is_new = self._reported[places] != numbers
        arrived = numbers[is_received]
        self._reported[arrived % RING] = arrived
        found = Results(numbers, words >> SIZE_BITS, words & _SIZE, is_received, arrived_us[told])
        return found if is_new.all() else found.where(is_new)

    def _arrived_us(self, feedback: TransportFeedback) -> NDArray[np.int64]:
        # The draft's reference time wraps after twelve days.
        wraps = self._reference.unwrap(feedback.reference_time & 0xFFFFFF) - feedback.reference_time
        return (feedback.arrival_ticks + wraps * _TICKS_PER_REFERENCE) * TICK_US
