"""AV1 to RTP (AV1 RTP payload specification 1.0): OBU elements, each with its length."""

from __future__ import annotations

from typing import Final

from media_server.codecs.av1 import (
    OBU_PADDING,
    OBU_SEQUENCE_HEADER,
    OBU_TEMPORAL_DELIMITER,
    OBU_TILE_LIST,
    Obu,
    split_obus,
    write_leb128,
)
from media_server.egress.rtp.fragments import MAX_PAYLOAD_BYTES
from media_server.hub.frames import Frame

_LEFT_OUT: Final = frozenset({OBU_TEMPORAL_DELIMITER, OBU_TILE_LIST, OBU_PADDING})
"""§5: temporal delimiters and tile lists are not sent; padding tells nothing."""
_STARTS_WITHIN, _ENDS_WITHIN, _BEGINS_SEQUENCE = 0x80, 0x40, 0x08
_LENGTH_BYTES: Final = 2
"""Enough for the length of whatever fits a packet."""


class Av1Packetizer:
    """§4.4: W is zero, so every element has a length. `headers` are put before key frames that lack one."""

    def __init__(self, headers: bytes) -> None:
        """`headers` are the OBUs of the track's av1C record. Raises CodecError."""
        self._headers = split_obus(headers)

    def packetize(self, frame: Frame) -> list[bytes]:
        """The payloads of one temporal unit. Raises CodecError."""
        obus = split_obus(frame.data)
        if frame.is_key and all(obu.kind != OBU_SEQUENCE_HEADER for obu in obus):
            obus = self._headers + obus
        payloads: list[bytes] = []
        flags, body = _BEGINS_SEQUENCE if frame.is_key else 0, bytearray()
        for element in (_element(obu) for obu in obus if obu.kind not in _LEFT_OUT):
            position = 0
            while position < len(element):
                room = MAX_PAYLOAD_BYTES - 1 - len(body) - _LENGTH_BYTES
                if room <= 0:
                    payloads.append(bytes((flags,)) + body)
                    flags, body = 0, bytearray()
                    continue
                piece = element[position : position + room]
                position += len(piece)
                body += write_leb128(len(piece)) + piece
                if position < len(element):
                    payloads.append(bytes((flags | _ENDS_WITHIN,)) + body)
                    flags, body = _STARTS_WITHIN, bytearray()
        if body:
            payloads.append(bytes((flags,)) + body)
        return payloads


def _element(obu: Obu) -> bytes:
    """The OBU without its size: elements have their own."""
    if obu.extension is None:
        return bytes((obu.kind << 3,)) + obu.payload
    return bytes((obu.kind << 3 | 0x04, obu.extension)) + obu.payload
