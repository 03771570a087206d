"""What the payload formats share: how long a payload may be, and NAL units cut and put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

MAX_PAYLOAD_BYTES: Final = 1_200
"""With RTP, SRTP, UDP and IP below 1,280 bytes, which every path carries. All but the last packet of a picture have
this length where the format allows it, so that the kernel takes them as one run (UDP GSO)."""


def pieces(data: bytes, size: int, *, start: int = 0) -> Iterator[tuple[bytes, bool, bool]]:
    """`data` from `start` on in pieces of `size` bytes, each with whether it is the first and whether the last."""
    for begin in range(start, len(data), size):
        yield data[begin : begin + size], begin == start, begin + size >= len(data)


def aggregate(header: bytes, units: Sequence[bytes]) -> bytes | None:
    """One aggregation packet of `units`, each after its 16-bit size; None when they do not fit one packet."""
    payload = header + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)
    return payload if len(payload) <= MAX_PAYLOAD_BYTES else None
