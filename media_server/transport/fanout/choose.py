"""Which form of the fan-out a worker uses: decided once, when it starts, by trying."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final, Literal

import structlog

from media_server.rtp.extensions import MID, TRANSPORT_CC, ExtensionMap
from media_server.rtp.leg import Address, MediaPacket, RtpLeg
from media_server.rtp.send_history import SendHistory
from media_server.transport.fanout.plain import PlainFanOut
from media_server.transport.srtp import PROFILES, SrtpKeys, SrtpProfile, SrtpSession

if TYPE_CHECKING:
    from media_server.transport.fanout.kernel import KernelFanOut

Form = Literal["auto", "kernel", "plain"]

_TRIAL_S: Final = 0.5

_log = structlog.get_logger(__name__)


class FanOutUnavailable(Exception):
    """The compiled fan-out was asked for and does not work here."""


def choose_fan_out(sock: socket.socket, *, use_gso: bool, form: Form) -> PlainFanOut | KernelFanOut:
    """The fan-out for `sock`; `auto` is the compiled one where it works. Raises FanOutUnavailable.

    Takes half a second, and four more the first time on a machine: numba is imported and compiles.
    """
    if form != "plain":
        try:
            fan_out = _compiled(sock, use_gso=use_gso)
        except FanOutUnavailable as error:
            if form == "kernel":
                raise
            _log.warning("fan-out chosen", form="plain", reason=str(error))
        else:
            _log.info("fan-out chosen", form="kernel", reason="it compiles, and its packets are right")
            return fan_out
    else:
        _log.info("fan-out chosen", form="plain", reason="as configured")
    return PlainFanOut(sock, use_gso=use_gso)


def _compiled(sock: socket.socket, *, use_gso: bool) -> KernelFanOut:
    try:
        # Imported here: numba takes half a second and 130 MB, which a worker that does without it is spared.
        from media_server.transport.fanout.kernel import KernelFanOut

        _check(KernelFanOut, sock.family)
        return KernelFanOut(sock, use_gso=use_gso)
    except FanOutUnavailable:
        raise
    except Exception as error:
        # numba fails in many ways on a machine it does not know, none of which may keep a worker from starting.
        raise FanOutUnavailable(f"{type(error).__name__}: {error}") from error


def _check(kernel: type[KernelFanOut], family: int) -> None:
    """Send packets to ourselves and compare: libcrypto and the structs of this system are called by address."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(family, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(_TRIAL_S)
        if family == socket.AF_INET6:
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        both = [[_trial_leg(profile, receiver.getsockname()) for profile in PROFILES] for _ in range(2)]
        packets = [
            MediaPacket(0x1_2345_6789, 0x89AB_CDEF, True, bytes(range(size)), picture_id_at=at)
            for size, at in ((200, 2), (0, 0))
        ]
        kernel(sender, use_gso=False, worth_compiled=0).forward(both[0], packets)
        PlainFanOut(sender, use_gso=False).forward(both[1], packets)
        count = len(PROFILES) * len(packets)
        try:
            compiled, plain = ([receiver.recv(2048) for _ in range(count)] for _ in range(2))
        except OSError as error:
            raise FanOutUnavailable(f"a trial packet did not arrive: {error}") from error
        if compiled != plain:
            raise FanOutUnavailable("a trial packet was not sealed as it should be")


def _trial_leg(profile: SrtpProfile, address: Address) -> RtpLeg:
    """A leg of which everything is to be rewritten that can be, but for what tells the time."""
    material = bytes(range(2 * (profile.key_bytes + profile.salt_bytes)))
    leg = RtpLeg(
        ssrc=0xFEDCBA98,
        payload_type=96,
        cipher=SrtpSession(SrtpKeys.from_exported(profile, material, is_client=True)).rtp_cipher,
        address=address,
        extensions=ExtensionMap(((MID, 1), (TRANSPORT_CC, 2)), mid=b"0"),
        history=SendHistory(),
    )
    leg.picture_id_offset = 5
    return leg
