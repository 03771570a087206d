"""Header extensions towards one peer: which were agreed on, under which ids, and the block they make (RFC 8285)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct
from types import MappingProxyType
from typing import Final

from media_server.rtp.packet import ONE_BYTE_PROFILE, TWO_BYTE_PROFILE

MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
RTP_STREAM_ID: Final = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RTP_STREAM_ID: Final = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
ABS_SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
ABS_CAPTURE_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
VIDEO_ORIENTATION: Final = "urn:3gpp:video-orientation"
PLAYOUT_DELAY: Final = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
DEPENDENCY_DESCRIPTOR: Final = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"

PASSED_ON: Final = (ABS_CAPTURE_TIME, AUDIO_LEVEL, VIDEO_ORIENTATION, PLAYOUT_DELAY, DEPENDENCY_DESCRIPTOR)
"""What a source says of its packets that is as true for who watches. The others are about one transport."""
NO_EXTENSIONS: Final[Mapping[str, bytes]] = MappingProxyType({})
"""What most packets carry."""

_ONE_BYTE_MAX_ID: Final = 14
_ONE_BYTE_MAX_VALUE: Final = 16
_MAX_ID: Final = 255
_BLOCK_HEADER: Final = Struct("!HH")
_NUMBER_BYTES: Final = 2
_TICKS_PER_S: Final = 1 << 18


def abs_send_time(now: float) -> bytes:
    """`now` in seconds as abs-send-time has it: 24 bits, 6.18 fixed point, which wrap each 64 s."""
    return (int(now * _TICKS_PER_S) & 0xFFFFFF).to_bytes(3, "big")


@dataclass(frozen=True, slots=True)
class ExtensionMap:
    """What one peer agreed to in one section: (URI, id) pairs, and the section's `mid`. Legs with equal maps get equal
    blocks, but for the transport-wide number.

    `may_mix`: it takes one-byte and two-byte blocks in one stream (RFC 8285 §6, a=extmap-allow-mixed). To a peer that
    does not, what has no one-byte form is not sent.
    """

    ids: tuple[tuple[str, int], ...] = ()
    mid: bytes = b""
    may_mix: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for what could not be written into every packet."""
        highest = _MAX_ID if self.may_mix else _ONE_BYTE_MAX_ID
        if not all(1 <= key <= highest for _, key in self.ids) or len(self.mid) > _ONE_BYTE_MAX_VALUE:
            raise ValueError("a header extension was agreed on that has no wire form")

    def __bool__(self) -> bool:
        return bool(self.ids)

    def id_of(self, uri: str) -> int | None:
        """The id of an extension, if it was agreed on."""
        return next((key for known, key in self.ids if known == uri), None)

    def block(self, said: Mapping[str, bytes], *, now: float) -> bytes:
        """The block of a packet of which its source said `said`, profile and length included; empty without elements.

        Where TRANSPORT_CC was agreed on, its number is the last two bytes, which are zero here.
        """
        elements = [
            (key, value) for uri, key in self.ids if uri != TRANSPORT_CC and (value := self._value(uri, said, now))
        ]
        number_id = self.id_of(TRANSPORT_CC)
        if number_id is not None:
            elements.append((number_id, bytes(_NUMBER_BYTES)))
        if not all(_fits_one_byte(key, value) for key, value in elements):
            if self.may_mix:
                return _block(TWO_BYTE_PROFILE, [bytes((key, len(value))) + value for key, value in elements])
            elements = [(key, value) for key, value in elements if _fits_one_byte(key, value)]
        return _block(ONE_BYTE_PROFILE, [bytes((key << 4 | len(value) - 1,)) + value for key, value in elements])

    def _value(self, uri: str, said: Mapping[str, bytes], now: float) -> bytes | None:
        if uri == MID:
            return self.mid
        if uri == ABS_SEND_TIME:
            return abs_send_time(now)
        return said.get(uri) if uri in PASSED_ON else None


NONE_AGREED: Final = ExtensionMap()


def padded(block: bytes, size: int) -> bytes:
    """`block` made `size` bytes long, a multiple of four, by padding before its last element's end.

    Padding may lie between elements (RFC 8285 §4.2, §4.3), so what is last in the block stays so. It comes right
    after the block's header, where no element is cut.
    """
    extra = size - len(block)
    if not extra:
        return block
    profile, words = _BLOCK_HEADER.unpack_from(block)
    return _BLOCK_HEADER.pack(profile, words + extra // 4) + bytes(extra) + block[_BLOCK_HEADER.size :]


def _fits_one_byte(key: int, value: bytes) -> bool:
    return key <= _ONE_BYTE_MAX_ID and len(value) <= _ONE_BYTE_MAX_VALUE


def _block(profile: int, elements: list[bytes]) -> bytes:
    if not elements:
        return b""
    body = b"".join(elements)
    # Padding comes first, so that the transport-wide number is always last.
    padding = -len(body) % 4
    return _BLOCK_HEADER.pack(profile, (len(body) + padding) // 4) + bytes(padding) + body
