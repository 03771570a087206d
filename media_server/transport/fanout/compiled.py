"""The loop over viewers and packets as one function compiled by numba, which runs without the GIL.

It calls libcrypto and sendmmsg by their addresses, which are arguments: a function with addresses inside it could
not be cached on disk. It allocates nothing and raises nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import cache
from typing import Any, Final, cast

import numba
import numpy as np
import structlog
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np import numpy_support

from media_server.rtp.leg import RtpLeg
from media_server.transport.fanout.runs import MAX_RUN_BYTES

_log = structlog.get_logger(__name__)

MESSAGES: Final = 64
"""Sends handed over by one sendmmsg."""
BUFFER_BYTES: Final = 4 * MAX_RUN_BYTES
"""A few runs, small enough to be still in the cache when the kernel copies them."""
ADDRESSES: Final = ("encrypt_init", "encrypt_update", "encrypt_final", "control", "sendmmsg", "buffer", "scratch")
"""What `forward` is told the address of, in this order."""
_INIT, _UPDATE, _FINAL, _CONTROL, _SENDMMSG, _BUFFER, _SCRATCH = range(len(ADDRESSES))
_GET_TAG: Final = 16
"""EVP_CTRL_GCM_GET_TAG, and the tag's length (RFC 7714 §13.2)."""
_DONT_WAIT: Final = 0x40
IPV4: Final = int(socket.AF_INET)
IPV6: Final = int(socket.AF_INET6)
_SOCKADDR_BYTES: Final = 16
_SOCKADDR6_BYTES: Final = 28
_LEG: Any = numpy_support.from_dtype(np.dtype(cast(Any, RtpLeg)))

PACKET = np.dtype(
    [("index", "i8"), ("timestamp", "i8"), ("payload", "i8"), ("size", "i8"), ("marker", "i8")], align=True
)
"""A packet as it is for every viewer; `payload` is an address."""
RUN = np.dtype([("start", "i8"), ("end", "i8"), ("bytes", "i8"), ("segment", "i8")], align=True)
"""Packets that go to the kernel in one send; `segment` is the size to cut them to, 0 for a single datagram."""
MESSAGE = np.dtype(
    # struct mmsghdr of 64-bit Linux, and what it points to: sockaddr_in or sockaddr_in6, iovec, cmsghdr with a 16-bit
    # segment size.
    [
        ("name", "i8"),
        ("name_bytes", "i8"),
        ("iov", "i8"),
        ("iov_count", "i8"),
        ("control", "i8"),
        ("control_bytes", "i8"),
        ("flags", "i8"),
        ("sent_bytes", "i8"),
    ]
)
ENVELOPE = np.dtype(
    [
        ("family", "u2"),
        ("port", "u2"),
        ("ipv4", "u1", 4),
        ("ipv6", "u1", 16),
        ("scope", "u8"),
        ("base", "i8"),
        ("bytes", "i8"),
        ("control_bytes", "u8"),
        ("level", "i4"),
        ("type", "i4"),
        ("segment", "u8"),
    ]
)
NONCE_BYTES: Final = 12
OUTCOME = np.dtype([("sent", "i8"), ("refused", "i8"), ("unsealed", "i8")])
"""Packets handed to the kernel, not taken by it, and not sent because libcrypto failed."""


# numba's annotations do not reach these.
_unpacked: Any = cgutils.unpack_tuple
_pointer: Any = types.CPointer


def _call_at(_typing: Any, address: Any, arguments: Any) -> Any:
    """Calls the C function at `address`, which takes integers and pointers (at most six) and returns an int."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        passed = _unpacked(builder, values[1])
        returned = context.get_value_type(types.int32)
        function = ir.FunctionType(returned, [value.type for value in passed])
        return builder.call(builder.inttoptr(values[0], function.as_pointer()), passed)

    return types.int32(types.int64, arguments), generate


def _leg_pointer(_typing: Any, address: Any) -> Any:
    """The numbers of the leg at `address`."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], context.get_value_type(signature.return_type))

    return _pointer(_LEG)(types.uint64), generate


_call: Any = intrinsic(_call_at)
_leg_at: Any = intrinsic(_leg_pointer)
_carray: Any = numba.carray  # type: ignore[attr-defined]


def _store_bytes(memory: Any, at: int, value: int, size: int) -> None:
    """The lower `size` bytes of `value` in network byte order."""
    for n in range(size):
        memory[at + n] = np.uint8((value >> (8 * (size - 1 - n))) & 0xFF)


def _seal_packet(addresses: Any, buffer: Any, scratch: Any, at: int, leg: Any, packet: Any) -> bool:
    """Write `packet` as `leg` sends it to `buffer` from `at` on (RFC 7714 §8). False when libcrypto failed."""
    index = packet.index + leg.index_offset
    _store(buffer, at, 0x8000 | (0x80 if packet.marker else 0) | leg.payload_type, 2)
    _store(buffer, at + 2, index, 2)
    _store(buffer, at + 4, packet.timestamp + leg.timestamp_offset, 4)
    _store(buffer, at + 8, leg.ssrc, 4)
    _store(scratch, 0, leg.nonce_high, 4)
    _store(scratch, 4, np.int64(leg.nonce_low) ^ index, 8)
    nonce, written = addresses[_SCRATCH], addresses[_SCRATCH] + 16
    context, header = leg.context, addresses[_BUFFER] + at
    body, size = header + 12, packet.size
    sound = _call(addresses[_INIT], (context, 0, 0, 0, nonce)) == 1
    sound &= _call(addresses[_UPDATE], (context, 0, written, header, 12)) == 1
    if size:
        sound &= _call(addresses[_UPDATE], (context, body, written, packet.payload, size)) == 1
    sound &= _call(addresses[_FINAL], (context, body + size, written)) == 1
    sound &= _call(addresses[_CONTROL], (context, _GET_TAG, 16, body + size)) == 1
    return bool(sound)


def _write_name(envelope: Any, message: Any, leg: Any, family: int) -> None:
    """Where `leg` is, as a socket of `family` takes it. IPv6 legs keep their form, which an IPv4 socket refuses."""
    envelope.port = np.uint16(((leg.port & 0xFF) << 8) | (leg.port >> 8))
    if family == IPV4 and not leg.is_ipv6:
        envelope.family = np.uint16(IPV4)
        for n in range(4):
            envelope.ipv4[n] = leg.ip[12 + n]
        message.name_bytes = _SOCKADDR_BYTES
        return
    envelope.family = np.uint16(IPV6)
    for n in range(4):
        # Where an IPv4 address would be is the flow label.
        envelope.ipv4[n] = 0
    for n in range(16):
        envelope.ipv6[n] = leg.ip[n]
    message.name_bytes = _SOCKADDR6_BYTES


def _send_messages(addresses: Any, descriptor: int, messages: Any, packets_in: Any, count: int, outcome: Any) -> None:
    """Send the first `count` messages; one that the kernel refuses does not hold up those behind it."""
    done = 0
    while done < count:
        first = messages.ctypes.data + done * messages.itemsize
        taken = _call(addresses[_SENDMMSG], (descriptor, first, count - done, _DONT_WAIT))
        for n in range(done, done + max(taken, 0)):
            outcome[0].sent += packets_in[n]
        done += max(taken, 0)
        if taken <= 0:
            outcome[0].refused += packets_in[done]
            done += 1


_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy"}
_store: Any = numba.njit(**_OPTIONS)(_store_bytes)
_seal: Any = numba.njit(**_OPTIONS)(_seal_packet)
_name: Any = numba.njit(**_OPTIONS)(_write_name)
_send: Any = numba.njit(**_OPTIONS)(_send_messages)


def _forward(
    addresses: Any,
    descriptor: int,
    family: int,
    legs: Any,
    packets: Any,
    runs: Any,
    buffer: Any,
    scratch: Any,
    messages: Any,
    envelopes: Any,
    packets_in: Any,
    passed_over: Any,
    outcome: Any,
) -> int:
    """Send every run to every leg; the number of legs without a context, whose places are in `passed_over`."""
    octets = 0
    for packet in packets:
        octets += packet.size
    passed = count = used = 0
    for place in range(len(legs)):
        leg = _carray(_leg_at(legs[place]), 1)[0]
        if leg.context == 0:
            passed_over[passed] = place
            passed += 1
            continue
        leg.packets_sent += len(packets)
        leg.octets_sent += octets
        for run in runs:
            if count == len(messages) or used + run.bytes > len(buffer):
                _send(addresses, descriptor, messages, packets_in, count, outcome)
                count = used = 0
            at = used
            is_sealed = True
            for n in range(run.start, run.end):
                is_sealed &= _seal(addresses, buffer, scratch, at, leg, packets[n])
                at += packets[n].size + 28
            if not is_sealed:
                # Nothing that libcrypto did not vouch for leaves this machine.
                outcome[0].unsealed += run.end - run.start
                continue
            envelope, message = envelopes[count], messages[count]
            _name(envelope, message, leg, family)
            envelope.base = addresses[_BUFFER] + used
            envelope.bytes = run.bytes
            envelope.segment = run.segment
            message.control_bytes = 24 if run.segment else 0
            packets_in[count] = run.end - run.start
            used = at
            count += 1
    _send(addresses, descriptor, messages, packets_in, count, outcome)
    return passed


def _array(dtype: Any) -> Any:
    return types.Array(numpy_support.from_dtype(np.dtype(dtype)), 1, "C")


_SIGNATURE: Any = types.int64(
    _array("i8"),
    types.int64,
    types.int64,
    _array("u8"),
    _array(PACKET),
    _array(RUN),
    _array("u1"),
    _array("u1"),
    _array(MESSAGE),
    _array(ENVELOPE),
    _array("i8"),
    _array("i8"),
    _array(OUTCOME),
)


@cache
def compile_forward() -> Callable[..., int]:
    """`forward` as machine code: from numba's cache on disk, else compiled now, which takes about two seconds."""
    try:
        return cast("Callable[..., int]", numba.njit(_SIGNATURE, cache=True, **_OPTIONS)(_forward))
    except (RuntimeError, OSError) as error:
        # numba found no folder to write to, or could not write there.
        _log.info("the compiled fan-out is not cached", reason=str(error))
        return cast("Callable[..., int]", numba.njit(_SIGNATURE, **_OPTIONS)(_forward))
