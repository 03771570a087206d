"""Header extensions towards one peer: which were agreed on, under which ids, and the block they make (RFC 8285)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from media_server.rtp.packet import EXTENSION_HEADER, ONE_BYTE_PROFILE, fits_one_byte_form, serialize_extensions

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
_TOLD_WHEN_SENT: Final = (ABS_SEND_TIME, TRANSPORT_CC)
NO_EXTENSIONS: Final[Mapping[str, bytes]] = MappingProxyType({})
"""What most packets carry."""

_ONE_BYTE_MAX_ID: Final = 14
_MAX_MID_BYTES: Final = 16
_MAX_ID: Final = 255
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
        ids = [key for _, key in self.ids]
        if not all(1 <= key <= highest for key in ids) or len(self.mid) > _MAX_MID_BYTES:
            raise ValueError("a header extension was agreed on that has no wire form")
        if len(set(ids)) < len(ids):
            raise ValueError("two header extensions were agreed on under one id")

    def __bool__(self) -> bool:
        return bool(self.ids)

    @property
    def is_repeatable(self) -> bool:
        """Whether a packet sent again under its number would be the same to the bit.

        It has to be: AES-GCM gives away its authentication key when one nonce seals two packets (RFC 7714 §10.1), and
        header extensions are sealed too. Packets that tell when they were sent are sent again as RTX alone.
        """
        return not any(uri in _TOLD_WHEN_SENT for uri, _ in self.ids)

    def id_of(self, uri: str) -> int | None:
        """The id of an extension, if it was agreed on."""
        return next((key for known, key in self.ids if known == uri), None)

    def block(self, said: Mapping[str, bytes], *, now: float) -> bytes:
        """The block of a packet of which its source said `said`, profile and length included; empty without elements.

        Where TRANSPORT_CC was agreed on, its number is the last two bytes, which are zero here.
        """
        elements = {
            key: value for uri, key in self.ids if uri != TRANSPORT_CC and (value := self._value(uri, said, now))
        }
        if not self.may_mix:
            elements = {key: value for key, value in elements.items() if fits_one_byte_form(key, value)}
        number_id = self.id_of(TRANSPORT_CC)
        if number_id is not None:
            elements[number_id] = bytes(_NUMBER_BYTES)
        return serialize_extensions(elements) if elements else b""

    def _value(self, uri: str, said: Mapping[str, bytes], now: float) -> bytes | None:
        if uri == MID:
            return self.mid
        if uri == ABS_SEND_TIME:
            return abs_send_time(now)
        return said.get(uri) if uri in PASSED_ON else None


NONE_AGREED: Final = ExtensionMap()


def padded(block: bytes, size: int) -> bytes:
    """`block` made `size` bytes long, a multiple of four, by padding before its elements: what is last stays so."""
    if len(block) == size:
        return block
    block = block or EXTENSION_HEADER.pack(ONE_BYTE_PROFILE, 0)
    extra = size - len(block)
    profile, words = EXTENSION_HEADER.unpack_from(block)
    return EXTENSION_HEADER.pack(profile, words + extra // 4) + bytes(extra) + block[EXTENSION_HEADER.size :]
