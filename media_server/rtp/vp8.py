"""VP8 in RTP payloads (RFC 7741 §4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media_server.rtp.errors import ParseError


@dataclass(frozen=True, slots=True)
class Vp8Descriptor:
    """`size` is the descriptor's length; `picture_id` has 15 bits when `is_long_picture_id`, else 7.

    `picture_id_at` and `tl0_at` are where in the payload the picture id and TL0PICIDX are, 0 where they are not.
    """

    size: int
    is_partition_start: bool
    partition: int
    is_non_reference: bool
    picture_id: int | None = None
    is_long_picture_id: bool = False
    tl0_picture_index: int | None = None
    temporal_layer: int | None = None
    is_layer_sync: bool = False
    key_index: int | None = None
    picture_id_at: int = 0
    tl0_at: int = 0

    @property
    def is_frame_start(self) -> bool:
        """Whether the packet begins a frame: the start of partition 0."""
        return self.is_partition_start and self.partition == 0


def parse_descriptor(payload: bytes) -> Vp8Descriptor:
    """Raises ParseError."""
    try:
        return _parse(payload)
    except IndexError:
        raise ParseError("VP8 descriptor is truncated") from None


def read_head(payload: bytes) -> tuple[int, bool, int, int, int | None]:
    """What forwarding asks of a descriptor: its length, whether it begins a frame, where its picture id and TL0PICIDX
    are (0: nowhere), and the byte with TID and Y where there is a temporal layer. Raises ParseError."""
    try:
        first = payload[0]
        begins_frame = first & 0x17 == 0x10
        if not first & 0x80:
            return 1, begins_frame, 0, 0, None
        flags, position = payload[1], 2
        picture_id_at = tl0_at = 0
        layer: int | None = None
        if flags & 0x80:
            picture_id_at = position
            position += 2 if payload[position] & 0x80 else 1
        if flags & 0x40:
            tl0_at = position
            position += 1
        if flags & 0x30:
            if flags & 0x20:
                layer = payload[position]
            position += 1
        if position > len(payload):
            raise ParseError("VP8 descriptor is truncated")
    except IndexError:
        raise ParseError("VP8 descriptor is truncated") from None
    return position, begins_frame, picture_id_at, tl0_at, layer


def _parse(payload: bytes) -> Vp8Descriptor:
    first = payload[0]
    is_start, partition, is_non_reference = bool(first & 0x10), first & 0x07, bool(first & 0x20)
    if not first & 0x80:
        return Vp8Descriptor(1, is_start, partition, is_non_reference)
    flags, position = payload[1], 2
    picture_id = tl0 = layer = key_index = None
    is_long = is_sync = False
    picture_id_at = tl0_at = 0
    if flags & 0x80:
        picture_id_at = position
        is_long = bool(payload[position] & 0x80)
        picture_id = payload[position] & 0x7F
        position += 1
        if is_long:
            picture_id = picture_id << 8 | payload[position]
            position += 1
    if flags & 0x40:
        tl0, tl0_at = payload[position], position
        position += 1
    if flags & 0x30:
        word = payload[position]
        position += 1
        if flags & 0x20:
            layer, is_sync = word >> 6, bool(word & 0x20)
        if flags & 0x10:
            key_index = word & 0x1F
    return Vp8Descriptor(
        position,
        is_start,
        partition,
        is_non_reference,
        picture_id,
        is_long,
        tl0,
        layer,
        is_sync,
        key_index,
        picture_id_at,
        tl0_at,
    )


class Vp8Payloads:
    """A `PayloadFormat` whose units are the pieces of a frame."""

    in_fragment = False

    def read(self, payload: bytes) -> list[bytes]:
        """See `PayloadFormat`."""
        piece = payload[parse_descriptor(payload).size :]
        if not piece:
            raise ParseError("VP8 payload is a descriptor alone")
        return [piece]

    def reset(self) -> None:
        """See `PayloadFormat`: a piece is never split."""

    def begins_key_picture(self, payload: bytes) -> bool:
        """See `PayloadFormat`."""
        try:
            descriptor = parse_descriptor(payload)
        except ParseError:
            return False
        return descriptor.is_frame_start and len(payload) > descriptor.size and payload[descriptor.size] & 0x01 == 0

    def is_picture(self, units: Sequence[bytes]) -> bool:
        """See `PayloadFormat`."""
        return True

    def is_key(self, units: Sequence[bytes]) -> bool:
        """See `PayloadFormat`."""
        return units[0][0] & 0x01 == 0
