"""The RTMP handshake (Adobe RTMP 1.0 §5.2), plain, and with digests for clients that want to see one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from media_server.rtmp.errors import RtmpError

VERSION: Final = 3
PACKET_BYTES: Final = 1536
_RANDOM_BYTES: Final = PACKET_BYTES - 8
_DIGEST_BYTES: Final = 32
_DIGEST_AREAS: Final = (8, 772)
"""Where four bytes begin whose sum says where the digest is: two schemes are about."""
_SERVER_VERSION: Final = bytes((4, 5, 0, 1))

# What Flash Player and Flash Media Server sign with; every server that answers digests has these.
_CLIENT_NAME: Final = b"Genuine Adobe Flash Player 001"
_SERVER_NAME: Final = b"Genuine Adobe Flash Media Server 001"
_SUFFIX: Final = bytes.fromhex("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae")


class ServerHandshake:
    """C0, C1, C2 in; S0, S1, S2 out. Feed it until `is_done`."""

    def __init__(self) -> None:
        self.is_done = False
        self._buffer = bytearray()
        self._answered = False

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """What to send, and what came after the handshake. Raises RtmpError."""
        self._buffer += data
        answer = b""
        if self._buffer and self._buffer[0] != VERSION and not self._answered:
            raise RtmpError("this is no RTMP, or an encrypted form of it")
        if not self._answered and len(self._buffer) > PACKET_BYTES:
            answer = _answer(bytes(self._buffer[1 : 1 + PACKET_BYTES]))
            del self._buffer[: 1 + PACKET_BYTES]
            self._answered = True
        if self._answered and len(self._buffer) >= PACKET_BYTES:
            # C2 repeats S1. Many clients send something else there, and nothing depends on it.
            rest = bytes(self._buffer[PACKET_BYTES:])
            self._buffer.clear()
            self.is_done = True
            return answer, rest
        return answer, b""


class ClientHandshake:
    """The plain form: C0 and C1 first, C2 once S1 is here."""

    def __init__(self) -> None:
        self.is_done = False
        self._buffer = bytearray()
        self._echoed = False

    def begin(self) -> bytes:
        """C0 and C1."""
        return bytes((VERSION,)) + bytes(8) + secrets.token_bytes(_RANDOM_BYTES)

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """What to send, and what came after the handshake. Raises RtmpError."""
        self._buffer += data
        answer = b""
        if self._buffer and self._buffer[0] != VERSION:
            raise RtmpError("the server does not speak RTMP")
        if not self._echoed and len(self._buffer) > PACKET_BYTES:
            answer = bytes(self._buffer[1 : 1 + PACKET_BYTES])
            self._echoed = True
        whole = 1 + 2 * PACKET_BYTES
        if len(self._buffer) >= whole:
            rest = bytes(self._buffer[whole:])
            self._buffer.clear()
            self.is_done = True
            return answer, rest
        return answer, b""


def _answer(c1: bytes) -> bytes:
    found = find_digest(c1, _CLIENT_NAME)
    if found is None:
        return bytes((VERSION,)) + bytes(8) + secrets.token_bytes(_RANDOM_BYTES) + c1
    area, digest = found
    s1 = bytes(4) + _SERVER_VERSION + secrets.token_bytes(_RANDOM_BYTES)
    s1 = with_digest(s1, _SERVER_NAME, area=area)
    key = hmac.digest(_SERVER_NAME + _SUFFIX, digest, hashlib.sha256)
    s2 = secrets.token_bytes(PACKET_BYTES - _DIGEST_BYTES)
    return bytes((VERSION,)) + s1 + s2 + hmac.digest(key, s2, hashlib.sha256)


def find_digest(packet: bytes, name: bytes = _SERVER_NAME) -> tuple[int, bytes] | None:
    """Where the area of a good digest of C1 or S1 begins, and the digest; None when there is none."""
    if len(packet) != PACKET_BYTES:
        return None
    for area in _DIGEST_AREAS:
        at = _digest_offset(packet, area)
        digest = packet[at : at + _DIGEST_BYTES]
        if hmac.compare_digest(digest, _digest_around(packet, at, name)):
            return area, digest
    return None


def with_digest(packet: bytes, name: bytes = _CLIENT_NAME, *, area: int = _DIGEST_AREAS[0]) -> bytes:
    """C1 or S1 with its digest put in."""
    at = _digest_offset(packet, area)
    return packet[:at] + _digest_around(packet, at, name) + packet[at + _DIGEST_BYTES :]


def _digest_offset(packet: bytes, area: int) -> int:
    return sum(packet[area : area + 4]) % 728 + area + 4


def _digest_around(packet: bytes, at: int, name: bytes) -> bytes:
    return hmac.digest(name, packet[:at] + packet[at + _DIGEST_BYTES :], hashlib.sha256)
