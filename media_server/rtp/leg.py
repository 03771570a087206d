"""One outgoing RTP stream to one viewer: the few numbers that differ from every other viewer's."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final, Protocol

from media_server.rtp.extensions import NO_EXTENSIONS, NONE_AGREED, TRANSPORT_CC, ExtensionMap
from media_server.rtp.send_history import SendHistory
from media_server.rtp.stream_address import StreamAddress

Address = tuple[str, int]

HEAD_BYTES: Final = 16
"""Of a payload; a picture id and a tl0 that are to be rewritten lie within it, and so does one block of AES."""
_MAPPED: Final = b"\0" * 10 + b"\xff\xff"
"""What an IPv4 address begins with where IPv6 ones are expected (RFC 4291 §2.5.5.2)."""


# Never changed all the same: frozen ones take five times as long to make, and each packet that comes is made one.
@dataclass(slots=True, unsafe_hash=True)
class MediaPacket:
    """A packet as its producer numbers it. `index` is the extended sequence number; `timestamp` has 32 bits.

    `extensions` is what the source said of it, by URI. `picture_id_at` and `tl0_at` are where the payload has the VP8
    picture id and TL0PICIDX (RFC 7741 §4.2), 0 where it has none; both lie within its first HEAD_BYTES.
    """

    index: int
    timestamp: int
    marker: bool
    payload: bytes
    starts_keyframe: bool = False
    extensions: Mapping[str, bytes] = field(default_factory=lambda: NO_EXTENSIONS, hash=False)
    picture_id_at: int = 0
    tl0_at: int = 0


class RtpCipher(Protocol):
    """The session keys and salt of one DTLS association: AES-GCM (RFC 7714), or AES-CM and HMAC-SHA1 (RFC 3711)."""

    @property
    def key(self) -> bytes:
        """The encryption key, of 16 or 32 bytes."""

    @property
    def authentication_key(self) -> bytes:
        """That of HMAC-SHA1; empty for AES-GCM, which needs none."""

    @property
    def tag_bytes(self) -> int:
        """How much longer a sealed packet is."""

    def nonce_base(self, ssrc: int) -> int:
        """What an index is added to by XOR for the nonce of a packet of `ssrc`; of AES-CM shifted by 16 bits."""

    def seal_into(self, nonce_base: int, index: int, header: bytes, payload: bytes, out: memoryview) -> None:
        """Fill `out`, `tag_bytes` longer than `payload`, with `payload` encrypted and the tag of it and `header`."""


class RtpLeg(ctypes.Structure):
    """What the fan-out reads and counts for each viewer and packet: this is the innermost loop of the server.

    A packet leaves with sequence number `index + index_offset` and time stamp `timestamp + timestamp_offset`, and a VP8
    one with its picture id and TL0PICIDX moved on by `picture_id_offset` and `tl0_offset`.

    The numbers lie in memory as `_fields_` says, so that compiled code reads them where they are. `context` and
    `mac_context` are for the fan-out alone: the addresses of its native forms of `cipher`, 0 until it has made them; of
    AES-GCM `mac_context` stays 0. `history` is the address of `send_history`, or 0. `ip` is an IPv6 address, or an IPv4
    one mapped into one.
    """

    _fields_ = (
        ("index_offset", ctypes.c_int64),
        ("timestamp_offset", ctypes.c_int64),
        ("packets_sent", ctypes.c_int64),
        ("octets_sent", ctypes.c_int64),
        ("context", ctypes.c_int64),
        ("mac_context", ctypes.c_int64),
        ("history", ctypes.c_int64),
        ("nonce_low", ctypes.c_uint64),
        ("nonce_high", ctypes.c_uint64),
        ("ssrc", ctypes.c_uint32),
        ("picture_id_offset", ctypes.c_int32),
        ("tl0_offset", ctypes.c_int32),
        ("ip", ctypes.c_uint8 * 16),
        ("port", ctypes.c_uint16),
        ("is_ipv6", ctypes.c_uint8),
        ("payload_type", ctypes.c_uint8),
    )
    # Two legs are never the same leg, whatever their numbers.
    __hash__ = object.__hash__

    index_offset: int
    timestamp_offset: int
    packets_sent: int
    octets_sent: int
    context: int
    mac_context: int
    history: int
    ssrc: int
    picture_id_offset: int
    tl0_offset: int
    payload_type: int

    def __init__(
        self,
        *,
        ssrc: int,
        payload_type: int,
        cipher: RtpCipher,
        address: Address,
        extensions: ExtensionMap = NONE_AGREED,
        history: SendHistory | None = None,
    ) -> None:
        """`history` belongs to a leg whose `extensions` have TRANSPORT_CC, and to no other. Raises ValueError."""
        if (history is None) != (extensions.id_of(TRANSPORT_CC) is None):
            raise ValueError("a leg has a send history if, and only if, transport-wide numbers were agreed on")
        # The index never reaches the SSRC's bits, so the per-packet nonce is one XOR away.
        self.nonce_base = cipher.nonce_base(ssrc)
        super().__init__(
            ssrc=ssrc,
            payload_type=payload_type,
            history=0 if history is None else ctypes.addressof(history),
            nonce_high=self.nonce_base >> 64,
            nonce_low=self.nonce_base & 0xFFFF_FFFF_FFFF_FFFF,
        )
        self.cipher = cipher
        self.extensions = extensions
        self.send_history = history
        self.address = address

    @property
    def address(self) -> Address:
        """Where it goes: IPv4 or IPv6 address, and port. An IPv4 one is never written as a mapped one.

        To the address of a connection it goes by `stream`.
        """
        return self._address

    @address.setter
    def address(self, address: Address) -> None:
        ip, port = ip_address(address[0]), address[1]
        self._address = address
        self.stream = address.stream if isinstance(address, StreamAddress) else None
        if self.stream is not None:
            # Compiled code sends to addresses alone, and passes over what has no context.
            self.context = 0
        self.is_ipv6 = ip.version == 6
        self.ip[:] = ip.packed if self.is_ipv6 else _MAPPED + ip.packed
        self.port = port

    @property
    def mapped_address(self) -> Address:
        """`address` as a socket takes it that speaks both families."""
        host, port = self._address
        return (host if self.is_ipv6 else f"::ffff:{host}"), port


def continued(packet: MediaPacket, *, picture_id_offset: int, tl0_offset: int) -> bytes:
    """The payload of `packet` with its VP8 picture id and TL0PICIDX moved on; a picture id keeps its 7 or 15 bits."""
    if not (packet.picture_id_at and picture_id_offset) and not (packet.tl0_at and tl0_offset):
        return packet.payload
    head = bytearray(packet.payload[:HEAD_BYTES])
    at = packet.picture_id_at
    if at and head[at] & 0x80:
        moved = (int.from_bytes(head[at : at + 2], "big") + picture_id_offset) & 0x7FFF
        head[at : at + 2] = (0x8000 | moved).to_bytes(2, "big")
    elif at:
        head[at] = (head[at] + picture_id_offset) & 0x7F
    if packet.tl0_at:
        head[packet.tl0_at] = (head[packet.tl0_at] + tl0_offset) & 0xFF
    return bytes(head) + packet.payload[HEAD_BYTES:]
