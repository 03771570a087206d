"""What the chunks and deltas of transport feedback say (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).

Read from its feedback control information (FCI): the number of the first packet, how many packets there are, the
reference time and the feedback's own number; then chunks of 16 bits, and behind the last of them the deltas. These
functions are in such words that numba compiles them as they stand: bytes are added, not shifted, since it takes a byte
that is shifted for an unsigned word.
"""

from __future__ import annotations

from typing import Final

NOT_RECEIVED, SMALL, LARGE = 0, 1, 2
"""The symbols of a packet, and the bytes that its delta takes."""
MAX_RUN: Final = 0x1FFF
"""The longest run; a chunk that is no larger says of so many packets that they did not come."""
FCI_HEAD: Final = 8

CHUNKS_CUT, DELTAS_CUT, RESERVED = -1, -2, -3
WRONG: Final = {
    CHUNKS_CUT: "transport feedback chunks are truncated",
    DELTAS_CUT: "transport feedback deltas are truncated",
    RESERVED: "transport feedback uses a reserved symbol",
}
"""What is malformed, by what `deltas_begin` returns for it."""

_ONE_BIT: Final = 0x8000
_TWO_BITS: Final = 0xC000
_RESERVED_SYMBOL: Final = 3
_VECTOR: Final = 0x3FFF
_LOWER_BITS: Final = 0x1555
"""Of each pair of bits of a vector."""


def word_at(fci: bytes, position: int) -> int:
    """16 bits, in network byte order."""
    return 256 * fci[position] + fci[position + 1]


def places_in(chunk: int) -> int:
    """Of how many packets it speaks."""
    if chunk < _ONE_BIT:
        return chunk & MAX_RUN
    return 14 if chunk < _TWO_BITS else 7


def symbol_in(chunk: int, place: int) -> int:
    """Of its packet number `place`."""
    if chunk < _ONE_BIT:
        return chunk >> 13
    if chunk < _TWO_BITS:
        return chunk >> (13 - place) & 1
    return chunk >> (12 - 2 * place) & 3


def deltas_begin(fci: bytes) -> int:
    """Where the first delta is; below zero where the rest is not sound, a key of WRONG. `fci` has its head."""
    left = word_at(fci, 2)
    position, length = FCI_HEAD, 0
    while left > 0:
        if position + 2 > len(fci):
            return CHUNKS_CUT
        chunk = word_at(fci, position)
        position += 2
        places = min(places_in(chunk), left)
        left -= places
        found = _delta_bytes(chunk, places)
        if found < 0:
            return RESERVED
        length += found
    return position if position + length <= len(fci) else DELTAS_CUT


def _delta_bytes(chunk: int, places: int) -> int:
    """How long the deltas of its first `places` packets are; below zero where one of these has the symbol 3."""
    if chunk < _ONE_BIT:
        symbol = chunk >> 13
        return -1 if places and symbol == _RESERVED_SYMBOL else places * symbol
    if chunk < _TWO_BITS:
        return _ones((chunk & _VECTOR) >> (14 - places))
    symbols = (chunk & _VECTOR) >> (14 - 2 * places)
    small, large = symbols & _LOWER_BITS, symbols >> 1 & _LOWER_BITS
    return -1 if small & large else _ones(small) + 2 * _ones(large)


def _ones(bits: int) -> int:
    """How many of 14 bits are set, by sums of neighbours: a loop over them would be what most of a message costs."""
    bits -= bits >> 1 & _LOWER_BITS
    bits = (bits & 0x3333) + (bits >> 2 & 0x3333)
    bits = (bits + (bits >> 4)) & 0x0F0F
    return (bits + (bits >> 8)) & 0x1F


def delta_at(fci: bytes, position: int, symbol: int) -> int:
    """In 250 µs; negative where the packet came before the one that is named before it."""
    if symbol == SMALL:
        # Added to nothing: numba would else give a byte in one case and a word in the other.
        return 0 + fci[position]
    return (word_at(fci, position) ^ 0x8000) - 0x8000
