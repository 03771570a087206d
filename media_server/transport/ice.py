"""The lite side of ICE (RFC 8445 §2.5) for one session: answers connectivity checks, knows whom to trust."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from media_server.rtp.leg import Address
from media_server.rtp.stream_address import StreamAddress
from media_server.transport.binding import BindingError, BindingRequest, parse_binding_request, success_response

MAX_VALIDATED_ADDRESSES: Final = 8
"""A peer roams or pairs several interfaces; beyond this the address longest unused is forgotten."""

_MIN_MESSAGE: Final = 20
_USERNAME: Final = 0x0006
_MESSAGE_INTEGRITY: Final = 0x0008


@dataclass(frozen=True, slots=True)
class IceCredentials:
    """A user fragment and its password (RFC 8839 §5.4): 4 to 256 and 22 to 256 ice-chars."""

    ufrag: str
    password: str

    @classmethod
    def generate(cls) -> IceCredentials:
        """96 random bits of ufrag, 192 of password: neither can be guessed by someone who cannot read the SDP."""
        return cls(secrets.token_hex(12), secrets.token_hex(24))


def is_stun(datagram: bytes | memoryview) -> bool:
    """Whether the first byte says STUN (RFC 7983 §7)."""
    return datagram[0] < 4


def local_ufrag_of(datagram: bytes) -> str | None:
    """The receiver's user fragment named in USERNAME, or None when this is no binding request that names one.

    Reads the attributes just far enough, before any cryptography, so that a flood for unknown sessions costs little.
    """
    if len(datagram) < _MIN_MESSAGE or datagram[:2] != b"\x00\x01":
        return None
    position = _MIN_MESSAGE
    while position + 4 <= len(datagram):
        kind = int.from_bytes(datagram[position : position + 2], "big")
        length = int.from_bytes(datagram[position + 2 : position + 4], "big")
        if kind == _USERNAME:
            username = datagram[position + 4 : position + 4 + length]
            try:
                return username.split(b":", 1)[0].decode("ascii")
            except UnicodeDecodeError:
                return None
        if kind == _MESSAGE_INTEGRITY:
            return None
        position += 4 + length + (-length % 4)
    return None


class IceAgent:
    """Answers binding requests made with this session's credentials and keeps the addresses they came from.

    `selected` is where to send: the address last nominated; until one is, the last to prove itself, rather by UDP.
    """

    def __init__(self, credentials: IceCredentials) -> None:
        self.credentials = credentials
        self.selected: Address | None = None
        self._nominated = False
        self._validated: OrderedDict[Address, None] = OrderedDict()
        self._previous: IceCredentials | None = None

    @property
    def validated(self) -> tuple[Address, ...]:
        """Addresses that proved knowledge of our password, the longest unused first."""
        return tuple(self._validated)

    @property
    def ufrags(self) -> tuple[str, ...]:
        """The user fragments checks may name: the current one and the one before an ICE restart."""
        previous = (self._previous.ufrag,) if self._previous is not None else ()
        return (self.credentials.ufrag, *previous)

    def restart(self) -> IceCredentials:
        """New credentials (RFC 8445 §9). Checks with the old ones are still answered, so media does not pause."""
        self._previous = self.credentials
        self.credentials = IceCredentials.generate()
        self._nominated = False
        return self.credentials

    def receive_check(self, datagram: bytes, source: Address) -> tuple[bytes, Address | None] | None:
        """The response to a binding request, and the address that fell out of `validated` for it, if one did.

        None when the message is damaged, unsigned or signed with another password: nothing is reflected to
        strangers, not even an error (RFC 8489 §9.1.3 would have us answer 400 or 401, which serves only scanners).
        """
        try:
            request = parse_binding_request(datagram)
        except BindingError:
            return None
        credentials = self._credentials_for(request)
        if credentials is None:
            return None
        password = credentials.password.encode()
        if not request.is_signed_with(password):
            return None
        dropped = self._validate(source)
        if request.is_nomination or (not self._nominated and self._is_better(source)):
            # FFmpeg's WHIP muxer never nominates; wherever its checks come from serves until something is nominated.
            self.selected = source
        self._nominated = self._nominated or request.is_nomination
        return success_response(request.transaction_id, source, password), dropped

    def forget(self, address: Address) -> None:
        """`address` is no more. Where it was selected, another is until the peer nominates one."""
        self._validated.pop(address, None)
        if address == self.selected:
            self.selected = next(reversed(self._validated), None)
            self._nominated = False

    def _is_better(self, source: Address) -> bool:
        """TCP is for peers that UDP does not reach: what is late by it holds up what follows."""
        by_stream = isinstance(source, StreamAddress)
        return not by_stream or self.selected is None or isinstance(self.selected, StreamAddress)

    def _credentials_for(self, request: BindingRequest) -> IceCredentials | None:
        ufrag = request.username.partition(b":")[0]
        if ufrag == self.credentials.ufrag.encode():
            return self.credentials
        if self._previous is not None and ufrag == self._previous.ufrag.encode():
            return self._previous
        return None

    def _validate(self, source: Address) -> Address | None:
        self._validated[source] = None
        self._validated.move_to_end(source)
        if len(self._validated) <= MAX_VALIDATED_ADDRESSES:
            return None
        oldest = next(address for address in self._validated if address != self.selected)
        del self._validated[oldest]
        return oldest
