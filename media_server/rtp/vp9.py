"""VP9 in RTP payloads (RFC 9628)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media_server.rtp.errors import ParseError


@dataclass(frozen=True, slots=True)
class Vp9Descriptor:
    """`size` is the descriptor's length; both layers are 0 where they are not told (`has_layers`).

    A frame is one spatial layer of a picture. At an `is_switch_point` whoever is sent the picture may go on with higher
    temporal layers. `sizes` are the pixels of each spatial layer, where the scalability structure names them.
    """

    size: int
    is_frame_start: bool
    is_predicted: bool
    spatial_layer: int = 0
    temporal_layer: int = 0
    has_layers: bool = False
    is_switch_point: bool = False
    is_frame_end: bool = False
    sizes: tuple[tuple[int, int], ...] = ()


def parse_vp9_descriptor(payload: bytes) -> Vp9Descriptor:
    """Reads the descriptor (§4.2). Raises ParseError."""
    try:
        return _parse(payload)
    except IndexError:
        raise ParseError("VP9 descriptor is truncated") from None


class Vp9Payloads:
    """A `PayloadFormat` whose units are the pieces of a frame. Of spatial layers the lowest is taken."""

    in_fragment = False

    def read(self, payload: bytes) -> list[bytes]:
        """See `PayloadFormat`."""
        descriptor = parse_vp9_descriptor(payload)
        piece = payload[descriptor.size :]
        if not piece:
            raise ParseError("VP9 payload is a descriptor alone")
        return [] if descriptor.spatial_layer else [piece]

    def reset(self) -> None:
        """See `PayloadFormat`: a piece is never split."""

    def begins_key_picture(self, payload: bytes) -> bool:
        """See `PayloadFormat`."""
        try:
            descriptor = parse_vp9_descriptor(payload)
        except ParseError:
            return False
        return descriptor.is_frame_start and not descriptor.is_predicted and not descriptor.spatial_layer

    def is_picture(self, units: Sequence[bytes]) -> bool:
        """See `PayloadFormat`."""
        return True

    def is_key(self, units: Sequence[bytes]) -> bool:
        """See `PayloadFormat`: frame marker 2, no frame shown again, and of type key (VP9 bitstream §6.2)."""
        return units[0][0] & 0xCC == 0x80


def _parse(payload: bytes) -> Vp9Descriptor:
    flags, position = payload[0], 1
    if flags & 0x80:
        position += 2 if payload[position] & 0x80 else 1
    spatial = temporal = 0
    is_switch_point = False
    if flags & 0x20:
        layers = payload[position]
        spatial, temporal, is_switch_point = layers >> 1 & 0x07, layers >> 5, bool(layers & 0x10)
        position += 1 if flags & 0x10 else 2
    if flags & 0x10 and flags & 0x40:
        more = True
        while more:
            more = bool(payload[position] & 0x01)
            position += 1
    sizes: tuple[tuple[int, int], ...] = ()
    if flags & 0x02:
        sizes, position = _read_structure(payload, position)
    if position > len(payload):
        raise ParseError("VP9 descriptor is truncated")
    return Vp9Descriptor(
        position,
        is_frame_start=bool(flags & 0x08),
        is_predicted=bool(flags & 0x40),
        spatial_layer=spatial,
        temporal_layer=temporal,
        has_layers=bool(flags & 0x20),
        is_switch_point=is_switch_point,
        is_frame_end=bool(flags & 0x04),
        sizes=sizes,
    )


def _read_structure(payload: bytes, position: int) -> tuple[tuple[tuple[int, int], ...], int]:
    """§4.2.1: sizes of the spatial layers, and where the structure ends, behind the group of pictures."""
    head = payload[position]
    position += 1
    sizes: list[tuple[int, int]] = []
    if head & 0x10:
        for _ in range((head >> 5) + 1):
            if position + 4 > len(payload):
                raise ParseError("VP9 scalability structure is truncated")
            size = payload[position : position + 4]
            sizes.append((int.from_bytes(size[:2], "big"), int.from_bytes(size[2:], "big")))
            position += 4
    if head & 0x08:
        count = payload[position]
        position += 1
        for _ in range(count):
            position += 1 + (payload[position] >> 2 & 0x03)
    return tuple(sizes), position
