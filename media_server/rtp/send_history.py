"""What one transport sent under which transport-wide number, for the feedback that names those numbers."""

from __future__ import annotations

import ctypes
from typing import Final

RING: Final = 1024
"""Packets remembered: some three seconds of a good picture, of which feedback comes within one round trip."""
SIZE_BITS: Final = 16
HEARD: Final = 1 << SIZE_BITS - 1
"""Set in the word of a packet whose arrival feedback has told; no datagram is so large that its size would set it."""
SIZE_MASK: Final = HEARD - 1


class SendHistory(ctypes.Structure):
    """When each of the newest `RING` packets of a transport was sent, and how large it was.

    All legs of the transport share it, those of retransmissions too: the numbers are the transport's
    (draft-holmer-rmcat-transport-wide-cc-extensions-01). It lies in memory as `_fields_` says, so that compiled code
    numbers and notes packets where it is: for each its time in µs, and in the lower SIZE_BITS its size and HEARD, since
    one word is one line of the cache to fetch for each packet and viewer. A packet is overwritten by the one `RING`
    numbers on.
    """

    _fields_ = (
        ("next_number", ctypes.c_int64),
        ("packets", ctypes.c_int64 * RING),
    )
    # Two histories are never the same history, whatever is in them.
    __hash__ = object.__hash__

    next_number: int
    packets: ctypes.Array[ctypes.c_int64]

    def note(self, time_us: int, size: int) -> int:
        """Number a packet of `size` bytes, all of the datagram, that is sent now: 16 bits, for its extension."""
        number = self.next_number
        self.next_number = number + 1
        self.packets[number % RING] = time_us << SIZE_BITS | size
        return number & 0xFFFF

    def sent(self, number: int) -> tuple[int, int] | None:
        """(time in µs, bytes of the datagram) of the newest packet of that 16-bit number; None when it is forgotten."""
        behind = (self.next_number - number) & 0xFFFF
        if not 1 <= behind <= min(RING, self.next_number):
            return None
        packet = self.packets[(self.next_number - behind) % RING]
        return packet >> SIZE_BITS, packet & SIZE_MASK
