"""What became of the packets of one transport: its feedback matched with what was sent.

In words that numba compiles as they stand, as all that `reading.hear` calls.
"""

from __future__ import annotations

import ctypes
from typing import Final

from media_server.rtp.rtcp.statuses import (
    FCI_HEAD,
    MAX_RUN,
    NOT_RECEIVED,
    delta_at,
    deltas_begin,
    places_in,
    symbol_in,
    word_at,
)
from media_server.rtp.send_history import HEARD, RING, SIZE_BITS, SIZE_MASK, SendHistory

TICK_US: Final = 250
"""Feedback counts in quarters of a millisecond."""
TICKS_PER_REFERENCE: Final = 256
NOT_ARRIVED: Final = -(1 << 62)
_REFERENCE_MASK: Final = (1 << 24) - 1
_HALF_REFERENCE: Final = 1 << 23


class Results(ctypes.Structure):
    """The first `count` packets, in the order in which they were sent. Times are in µs, on two clocks.

    `numbers` do not wrap. `arrived_us` is NOT_ARRIVED of a packet that is lost, or late.
    """

    _fields_ = (
        ("count", ctypes.c_int64),
        ("numbers", ctypes.c_int64 * RING),
        ("sent_us", ctypes.c_int64 * RING),
        ("sizes", ctypes.c_int64 * RING),
        ("arrived_us", ctypes.c_int64 * RING),
    )

    count: int
    numbers: ctypes.Array[ctypes.c_int64]
    sent_us: ctypes.Array[ctypes.c_int64]
    sizes: ctypes.Array[ctypes.c_int64]
    arrived_us: ctypes.Array[ctypes.c_int64]


class Reference(ctypes.Structure):
    """The receiver's clock as feedback tells it: in 64 ms, going on where 24 bits wrap, after twelve days."""

    _fields_ = (("is_known", ctypes.c_int64), ("time", ctypes.c_int64))

    is_known: int
    time: int


def match(fci: bytes, history: SendHistory, reference: Reference, results: Results) -> int:
    """Fill `results` with what is new in `fci`: arrivals not told before, and losses of what has not arrived by any.

    Feedback may be lost, repeated and overtaken; each arrival is told once. Returns 0, or a key of WRONG where `fci` is
    malformed: nothing is told then. What it names and was not sent, or is forgotten, costs no more than its bytes.
    """
    results.count = 0
    at = deltas_begin(fci)
    if at < 0:
        return at
    ticks = _unwrapped(reference, 256 * word_at(fci, 4) + fci[6]) * TICKS_PER_REFERENCE
    head = history.next_number
    oldest = max(head - RING, 0)
    number = head - ((head - word_at(fci, 0)) & 0xFFFF)
    words, count = history.packets, 0
    numbers, sent_us, sizes, arrivals_us = results.numbers, results.sent_us, results.sizes, results.arrived_us
    left, position = word_at(fci, 2), FCI_HEAD
    while left > 0 and number < head:
        chunk = word_at(fci, position)
        position += 2
        places = min(places_in(chunk), left)
        left -= places
        end = number + places
        # Of a run of what was lost, of thousands perhaps, no more is gone through than was sent.
        first = max(number, oldest) if chunk <= MAX_RUN else number
        for named in range(first, min(end, head)):
            symbol = symbol_in(chunk, named - number)
            if symbol != NOT_RECEIVED:
                ticks += delta_at(fci, at, symbol)
                at += symbol
            word = words[named % RING] if named >= oldest else HEARD
            if word & HEARD:
                continue
            if symbol != NOT_RECEIVED:
                words[named % RING] = word | HEARD
            numbers[count] = named
            sent_us[count] = word >> SIZE_BITS
            sizes[count] = word & SIZE_MASK
            arrivals_us[count] = ticks * TICK_US if symbol != NOT_RECEIVED else NOT_ARRIVED
            count += 1
        number = end
    results.count = count
    return 0


def _unwrapped(reference: Reference, time: int) -> int:
    """The time nearest to the one before of which the lower 24 bits are `time`."""
    if reference.is_known:
        step = ((time - reference.time + _HALF_REFERENCE) & _REFERENCE_MASK) - _HALF_REFERENCE
        reference.time += step
    else:
        reference.is_known = 1
        reference.time = time
    return reference.time
