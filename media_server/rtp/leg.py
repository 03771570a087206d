"""One outgoing RTP stream to one viewer: the few numbers that differ from every other viewer's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
    def salt(self) -> int:
        """The 96-bit session salt."""

    @property
    def encrypt_into(self) -> Callable[[bytes, bytes, bytes, memoryview], int]:
        """(nonce, plaintext, associated data, output) → bytes written; the output takes 16 bytes more for the tag."""


class RtpLeg:
    """What the fan-out reads for each viewer and packet. Plain slots: this is the innermost loop of the server.

    A packet leaves with sequence number `index + index_offset` and time stamp `timestamp + timestamp_offset`. With
    `cipher` set it is sealed in the fan-out's own buffer; otherwise `seal` turns one RTP packet into SRTP.
    """

    __slots__ = (
        "address",
        "cipher",
        "index_offset",
        "nonce_base",
        "octets_sent",
        "packets_sent",
        "payload_type",
        "seal",
        "ssrc",
        "timestamp_offset",
    )

    def __init__(
        self,
        *,
        ssrc: int,
        payload_type: int,
        cipher: RtpCipher | None,
        seal: Callable[[bytes], bytes],
        address: Address,
    ) -> None:
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.cipher = cipher
        self.seal = seal
        self.address = address
        self.index_offset = 0
        self.timestamp_offset = 0
        # The index never reaches the SSRC's bits, so the per-packet nonce is one XOR away (RFC 7714 §8.1).
        self.nonce_base = (ssrc << 48) ^ (cipher.salt if cipher is not None else 0)
        self.packets_sent = 0
        self.octets_sent = 0
