"""What one transport sent under which transport-wide number, for the feedback that names those numbers."""

from __future__ import annotations

import ctypes
from typing import Final

import numpy as np
from numpy.typing import NDArray

RING: Final = 1024
"""Packets remembered: some three seconds of a good picture, of which feedback comes within one round trip."""


class SendHistory(ctypes.Structure):
    """When each of the newest `RING` packets of a transport was sent, and how large it was.

    All legs of the transport share it, those of retransmissions too: the numbers are the transport's
    (draft-holmer-rmcat-transport-wide-cc-extensions-01). It lies in memory as `_fields_` says, so that compiled code
    numbers and notes packets where it is. An older packet is overwritten by the one `RING` numbers after it.
    """

    _fields_ = (
        ("next_number", ctypes.c_int64),
        ("times_us", ctypes.c_int64 * RING),
        ("sizes", ctypes.c_uint32 * RING),
    )
    # Two histories are never the same history, whatever is in them.
    __hash__ = object.__hash__

    next_number: int
    times_us: ctypes.Array[ctypes.c_int64]
    sizes: ctypes.Array[ctypes.c_uint32]

    def note(self, time_us: int, size: int) -> int:
        """Number a packet of `size` bytes, all of the datagram, that is sent now: 16 bits, for its extension."""
        number = self.next_number
        self.next_number = number + 1
        self.times_us[number % RING] = time_us
        self.sizes[number % RING] = size
        return number & 0xFFFF

    def sent(self, number: int) -> tuple[int, int] | None:
        """(time in µs, bytes of the datagram) of the newest packet of that 16-bit number; None when it is forgotten."""
        behind = (self.next_number - number) & 0xFFFF
        if not 1 <= behind <= min(RING, self.next_number):
            return None
        place = (self.next_number - behind) % RING
        return self.times_us[place], self.sizes[place]

    def sent_under(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """`sent` of many 16-bit numbers: times in µs and bytes, both -1 where a packet is forgotten."""
        behind = (self.next_number - numbers) & 0xFFFF
        is_known = (behind >= 1) & (behind <= min(RING, self.next_number))
        places = (self.next_number - behind) % RING
        times = np.ctypeslib.as_array(self.times_us)[places]
        sizes = np.ctypeslib.as_array(self.sizes)[places].astype(np.int64)
        return np.where(is_known, times, -1), np.where(is_known, sizes, -1)
