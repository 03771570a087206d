"""One outgoing RTP stream to one viewer: the few numbers that differ from every other viewer's."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Protocol

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class MediaPacket:
    """A packet as its producer numbers it. `index` is the extended sequence number; `timestamp` has 32 bits."""

    index: int
    timestamp: int
    marker: bool
    payload: bytes
    starts_keyframe: bool = False


class RtpCipher(Protocol):
    """The AES-GCM session key and salt of one DTLS association (RFC 7714)."""

    @property
    def key(self) -> bytes:
        """The session key, of 16 or 32 bytes."""

    @property
    def salt(self) -> int:
        """The 96-bit session salt."""

    @property
    def encrypt_into(self) -> Callable[[bytes, bytes, bytes, memoryview], int]:
        """(nonce, plaintext, associated data, output) → bytes written; the output takes 16 bytes more for the tag."""


class RtpLeg(ctypes.Structure):
    """What the fan-out reads and counts for each viewer and packet: this is the innermost loop of the server.

    A packet leaves with sequence number `index + index_offset` and time stamp `timestamp + timestamp_offset`. With
    `cipher` set it is sealed in the fan-out's own buffer; otherwise `seal` turns one RTP packet into SRTP.

    The numbers lie in memory as `_fields_` says, so that compiled code reads them where they are. `context` is for the
    fan-out alone: the address of its native form of `cipher`, 0 until it has made one.
    """

    _fields_ = (
        ("index_offset", ctypes.c_int64),
        ("timestamp_offset", ctypes.c_int64),
        ("packets_sent", ctypes.c_int64),
        ("octets_sent", ctypes.c_int64),
        ("context", ctypes.c_int64),
        ("nonce_low", ctypes.c_uint64),
        ("nonce_high", ctypes.c_uint32),
        ("ssrc", ctypes.c_uint32),
        ("ipv4", ctypes.c_uint32),
        ("port", ctypes.c_uint16),
        ("payload_type", ctypes.c_uint8),
    )
    # Two legs are never the same leg, whatever their numbers.
    __hash__ = object.__hash__

    index_offset: int
    timestamp_offset: int
    packets_sent: int
    octets_sent: int
    context: int
    ssrc: int
    payload_type: int

    def __init__(
        self,
        *,
        ssrc: int,
        payload_type: int,
        cipher: RtpCipher | None,
        seal: Callable[[bytes], bytes],
        address: Address,
    ) -> None:
        # The index never reaches the SSRC's bits, so the per-packet nonce is one XOR away (RFC 7714 §8.1).
        self.nonce_base = (ssrc << 48) ^ (cipher.salt if cipher is not None else 0)
        super().__init__(
            ssrc=ssrc,
            payload_type=payload_type,
            nonce_high=self.nonce_base >> 64,
            nonce_low=self.nonce_base & 0xFFFF_FFFF_FFFF_FFFF,
        )
        self.cipher = cipher
        self.seal = seal
        self.address = address

    @property
    def address(self) -> Address:
        """Where it goes: IPv4 address and port."""
        return self._address

    @address.setter
    def address(self, address: Address) -> None:
        self._address = address
        self.ipv4, self.port = int(IPv4Address(address[0])), address[1]
