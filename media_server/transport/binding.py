"""Binding requests and their answers (RFC 8489), as ICE checks and consent need them.

Thousands of viewers ask several times a minute each, so this is written for them alone: a tenth of what a general
codec takes.
"""

from __future__ import annotations

import hmac
import socket
import zlib
from dataclasses import dataclass
from struct import Struct
from typing import Final

from media_server.rtp.leg import Address

HEADER_BYTES: Final = 20
_REQUEST: Final = 0x0001
_SUCCESS: Final = 0x0101
_COOKIE: Final = 0x2112_A442
_USERNAME: Final = 0x0006
_MESSAGE_INTEGRITY: Final = 0x0008
_XOR_MAPPED_ADDRESS: Final = 0x0020
_USE_CANDIDATE: Final = 0x0025
_FINGERPRINT: Final = 0x8028
_FINGERPRINT_XOR: Final = 0x5354_554E
_IPV4, _IPV6 = 1, 2

_HEADER: Final = Struct("!HHL")
_ATTRIBUTE: Final = Struct("!HH")
_MAPPED: Final = Struct("!HHxBH")
_CHECKSUM: Final = Struct("!HHL")
_SIGNATURE_BYTES: Final = _ATTRIBUTE.size + 20
_FINGERPRINT_BYTES: Final = _CHECKSUM.size


class BindingError(ValueError):
    """Bytes that are no binding request, or one that is damaged or not signed."""


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A check, not yet known to be from whom it says. `is_nomination`: USE-CANDIDATE (RFC 8445 §7.1.2)."""

    transaction_id: bytes
    username: bytes
    is_nomination: bool
    _signed: bytes
    _signature: bytes

    def is_signed_with(self, password: bytes) -> bool:
        """Whether whoever made it knows `password` (RFC 8489 §14.5)."""
        return hmac.compare_digest(hmac.digest(password, self._signed, "sha1"), self._signature)


def parse_binding_request(datagram: bytes) -> BindingRequest:
    """Raises BindingError. What stands behind the signature is not believed, and what we do not know not looked at."""
    end = len(datagram)
    if end < HEADER_BYTES:
        raise BindingError("shorter than a STUN header")
    kind, length, cookie = _HEADER.unpack_from(datagram)
    if kind != _REQUEST or cookie != _COOKIE:
        raise BindingError("not a binding request")
    if length != end - HEADER_BYTES:
        raise BindingError("its length is not that of the datagram")
    username = b""
    is_nomination = False
    position = HEADER_BYTES
    while position + _ATTRIBUTE.size <= end:
        kind, length = _ATTRIBUTE.unpack_from(datagram, position)
        start = position + _ATTRIBUTE.size
        if start + length > end:
            raise BindingError("an attribute is truncated")
        if kind == _MESSAGE_INTEGRITY:
            if length != _SIGNATURE_BYTES - _ATTRIBUTE.size:
                raise BindingError("the signature has another length")
            _check_fingerprint(datagram, start + length)
            # RFC 8489 §14.5: signed is what comes before, with the length it would have if this came last.
            signed_length = start + length - HEADER_BYTES
            signed = datagram[:2] + signed_length.to_bytes(2, "big") + datagram[4:position]
            return BindingRequest(datagram[8:20], username, is_nomination, signed, datagram[start : start + length])
        if kind == _USERNAME:
            username = datagram[start : start + length]
        elif kind == _USE_CANDIDATE:
            is_nomination = True
        position = start + (length + 3 & ~3)
    raise BindingError("not signed")


def _check_fingerprint(datagram: bytes, position: int) -> None:
    """What follows the signature is a fingerprint that is right, or nothing that we look at (RFC 8489 §14.7)."""
    if len(datagram) - position != _FINGERPRINT_BYTES:
        return
    kind, _, checksum = _CHECKSUM.unpack_from(datagram, position)
    if kind == _FINGERPRINT and checksum != _fingerprint(datagram[:position]):
        raise BindingError("the fingerprint is wrong")


def success_response(transaction_id: bytes, source: Address, password: bytes) -> bytes:
    """The answer to a request from `source`, signed, with a fingerprint, without which libnice drops it."""
    packed, family = _packed(source[0])
    mask = _COOKIE.to_bytes(4, "big") + transaction_id
    xored = bytes(a ^ b for a, b in zip(packed, mask, strict=False))
    mapped = _MAPPED.pack(_XOR_MAPPED_ADDRESS, 4 + len(xored), family, source[1] ^ _COOKIE >> 16) + xored
    signed = _HEADER.pack(_SUCCESS, len(mapped) + _SIGNATURE_BYTES, _COOKIE) + transaction_id + mapped
    signature = _ATTRIBUTE.pack(_MESSAGE_INTEGRITY, 20) + hmac.digest(password, signed, "sha1")
    length = (len(mapped) + _SIGNATURE_BYTES + _FINGERPRINT_BYTES).to_bytes(2, "big")
    message = signed[:2] + length + signed[4:] + signature
    return message + _CHECKSUM.pack(_FINGERPRINT, 4, _fingerprint(message))


def _packed(host: str) -> tuple[bytes, int]:
    if ":" in host:
        return socket.inet_pton(socket.AF_INET6, host), _IPV6
    return socket.inet_aton(host), _IPV4


def _fingerprint(message: bytes) -> int:
    """Over all before the attribute, whose length the header counts already (RFC 8489 §14.7)."""
    return zlib.crc32(message) ^ _FINGERPRINT_XOR
