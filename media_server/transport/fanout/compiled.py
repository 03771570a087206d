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

from media_server.rtp.leg import HEAD_BYTES
from media_server.rtp.send_history import RING, SIZE_BITS
from media_server.transport.fanout.tables import (
    ADDRESSES,
    ENVELOPE,
    HEAD_AT,
    HISTORY,
    LEG,
    MAC_AT,
    MESSAGE,
    OUTCOME,
    PACKET,
    ROLLOVERS_AT,
    RUN,
    WRITTEN_AT,
)
from media_server.transport.srtp import CM_TAG_BYTES, GCM_TAG_BYTES

_log = structlog.get_logger(__name__)

(_INIT, _UPDATE, _FINAL, _CONTROL, _MAC_INIT, _MAC_UPDATE, _MAC_FINAL, _SENDMMSG, _BUFFER, _SCRATCH) = range(
    len(ADDRESSES)
)
_GET_TAG: Final = 16
"""EVP_CTRL_GCM_GET_TAG."""
_GCM_TAG: Final = GCM_TAG_BYTES
_CM_TAG: Final = CM_TAG_BYTES
_SHA1_BYTES: Final = 20
_DONT_WAIT: Final = 0x40
_IPV4: Final = int(socket.AF_INET)
_IPV6: Final = int(socket.AF_INET6)
_SOCKADDR_BYTES: Final = 16
_SOCKADDR6_BYTES: Final = 28
_HEADER_BYTES: Final = 12
_NUMBER_BYTES: Final = 2
_WITH_BLOCK: Final = 0x1000
"""The X bit, in the first two bytes of a header."""


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


def _pointer_to(dtype: Any) -> Any:
    """What makes an address a pointer to `dtype`."""
    pointed = _pointer(numpy_support.from_dtype(np.dtype(dtype)))

    def pointer_at(_typing: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.inttoptr(values[0], context.get_value_type(signature.return_type))

        return pointed(types.int64), generate

    return intrinsic(pointer_at)


_call: Any = intrinsic(_call_at)
_leg_at: Any = _pointer_to(LEG)
_history_at: Any = _pointer_to(HISTORY)
_bytes_at: Any = _pointer_to("u1")
_carray: Any = numba.carray  # type: ignore[attr-defined]
_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy"}


def _store_bytes(memory: Any, at: int, value: int, size: int) -> None:
    """The lower `size` bytes of `value` in network byte order."""
    for n in range(size):
        memory[at + n] = np.uint8((value >> (8 * (size - 1 - n))) & 0xFF)


def _note_sent(address: int, time_us: int, size: int) -> int:
    """See `SendHistory.note`."""
    history = _carray(_history_at(address), 1)[0]
    number = history.next_number
    history.next_number = number + 1
    history.packets[number % RING] = time_us << SIZE_BITS | size
    return int(number)


def _continue_head(scratch: Any, leg: Any, packet: Any) -> int:
    """See `continued`: writes the rewritten beginning of the payload to `scratch`, and returns its size."""
    size = min(packet.size, HEAD_BYTES)
    payload = _carray(_bytes_at(packet.payload), packet.size)
    for n in range(size):
        scratch[HEAD_AT + n] = payload[n]
    at = HEAD_AT + packet.picture_id_at
    if packet.picture_id_at and scratch[at] & 0x80:
        moved = ((scratch[at] << 8 | scratch[at + 1]) + leg.picture_id_offset) & 0x7FFF
        _store(scratch, at, 0x8000 | moved, 2)
    elif packet.picture_id_at:
        _store(scratch, at, (scratch[at] + leg.picture_id_offset) & 0x7F, 1)
    if packet.tl0_at:
        at = HEAD_AT + packet.tl0_at
        _store(scratch, at, scratch[at] + leg.tl0_offset, 1)
    return int(size)


_store: Any = numba.njit(**_OPTIONS)(_store_bytes)
_note: Any = numba.njit(**_OPTIONS)(_note_sent)
_continue: Any = numba.njit(**_OPTIONS)(_continue_head)


def _write_header(buffer: Any, at: int, leg: Any, packet: Any, tag_bytes: int, time_us: int) -> int:
    """The RTP header of `packet` as `leg` sends it, with its block, numbered; its size."""
    block_size = packet.block_size
    first = 0x8000 | (_WITH_BLOCK if block_size else 0) | (0x80 if packet.marker else 0)
    _store(buffer, at, first | leg.payload_type, 2)
    _store(buffer, at + 2, packet.index + leg.index_offset, 2)
    _store(buffer, at + 4, packet.timestamp + leg.timestamp_offset, 4)
    _store(buffer, at + 8, leg.ssrc, 4)
    if block_size == 0:
        return _HEADER_BYTES
    block = _carray(_bytes_at(packet.block), block_size)
    for n in range(block_size):
        buffer[at + _HEADER_BYTES + n] = block[n]
    if leg.history:
        number = _note(leg.history, time_us, _HEADER_BYTES + block_size + packet.size + tag_bytes)
        _store(buffer, at + _HEADER_BYTES + block_size - _NUMBER_BYTES, number, _NUMBER_BYTES)
    return int(_HEADER_BYTES + block_size)


def _encrypt_payload(addresses: Any, scratch: Any, leg: Any, packet: Any, body: int) -> bool:
    """Encrypt the payload of `packet` as `leg` sends it to the address `body`. False when libcrypto failed."""
    payload, size, sound = packet.payload, packet.size, True
    written = addresses[_SCRATCH] + WRITTEN_AT
    if (packet.picture_id_at and leg.picture_id_offset) or (packet.tl0_at and leg.tl0_offset):
        # Whole blocks of AES, or all there is: what follows is sealed from where it is, as if nothing had come before.
        done = _continue(scratch, leg, packet)
        head = addresses[_SCRATCH] + HEAD_AT
        sound = _call(addresses[_UPDATE], (leg.context, body, written, head, done)) == 1
        body, payload, size = body + done, payload + done, size - done
    if size:
        sound &= _call(addresses[_UPDATE], (leg.context, body, written, payload, size)) == 1
    return bool(sound)


_head: Any = numba.njit(**_OPTIONS)(_write_header)
_encrypt: Any = numba.njit(**_OPTIONS)(_encrypt_payload)


def _seal_by_gcm(addresses: Any, buffer: Any, scratch: Any, at: int, leg: Any, packet: Any, time_us: int) -> bool:
    """Write `packet` as `leg` sends it to `buffer` from `at` on (RFC 7714 §8). False when libcrypto failed."""
    header_size = _head(buffer, at, leg, packet, _GCM_TAG, time_us)
    _store(scratch, 0, np.int64(leg.nonce_high), 4)
    _store(scratch, 4, np.int64(leg.nonce_low) ^ (packet.index + leg.index_offset), 8)
    nonce, written = addresses[_SCRATCH], addresses[_SCRATCH] + WRITTEN_AT
    context, header = leg.context, addresses[_BUFFER] + at
    body = header + header_size
    end = body + packet.size
    sound = _call(addresses[_INIT], (context, 0, 0, 0, nonce)) == 1
    sound &= _call(addresses[_UPDATE], (context, 0, written, header, header_size)) == 1
    sound &= _encrypt(addresses, scratch, leg, packet, body)
    sound &= _call(addresses[_FINAL], (context, end, written)) == 1
    sound &= _call(addresses[_CONTROL], (context, _GET_TAG, _GCM_TAG, end)) == 1
    return bool(sound)


def _seal_by_cm(addresses: Any, buffer: Any, scratch: Any, at: int, leg: Any, packet: Any, time_us: int) -> bool:
    """The same by AES in counter mode and HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1)."""
    header_size = _head(buffer, at, leg, packet, _CM_TAG, time_us)
    index = packet.index + leg.index_offset
    _store(scratch, 0, np.int64(leg.nonce_high), 8)
    _store(scratch, 8, np.int64(leg.nonce_low) ^ (index << 16), 8)
    _store(scratch, ROLLOVERS_AT, index >> 16, 4)
    memory, mac_context, header = addresses[_SCRATCH], leg.mac_context, addresses[_BUFFER] + at
    size = header_size + packet.size
    sound = _call(addresses[_INIT], (leg.context, 0, 0, 0, memory)) == 1
    sound &= _encrypt(addresses, scratch, leg, packet, header + header_size)
    sound &= _call(addresses[_MAC_INIT], (mac_context, 0, 0, 0)) == 1
    sound &= _call(addresses[_MAC_UPDATE], (mac_context, header, size)) == 1
    sound &= _call(addresses[_MAC_UPDATE], (mac_context, memory + ROLLOVERS_AT, 4)) == 1
    sound &= _call(addresses[_MAC_FINAL], (mac_context, memory + MAC_AT, memory + WRITTEN_AT, _SHA1_BYTES)) == 1
    for n in range(_CM_TAG):
        buffer[at + size + n] = scratch[MAC_AT + n]
    return bool(sound)


def _write_name(envelope: Any, message: Any, leg: Any, family: int) -> None:
    """Where `leg` is, as a socket of `family` takes it. IPv6 legs keep their form, which an IPv4 socket refuses."""
    envelope.port = np.uint16(((leg.port & 0xFF) << 8) | (leg.port >> 8))
    if family == _IPV4 and not leg.is_ipv6:
        envelope.family = np.uint16(_IPV4)
        for n in range(4):
            envelope.ipv4[n] = leg.ip[12 + n]
        message.name_bytes = _SOCKADDR_BYTES
        return
    envelope.family = np.uint16(_IPV6)
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


_gcm: Any = numba.njit(**_OPTIONS)(_seal_by_gcm)
_cm: Any = numba.njit(**_OPTIONS)(_seal_by_cm)
_name: Any = numba.njit(**_OPTIONS)(_write_name)
_send: Any = numba.njit(**_OPTIONS)(_send_messages)


def _forward(
    addresses: Any,
    descriptor: int,
    family: int,
    time_us: int,
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
    _leg_layout: Any,
    _history_layout: Any,
) -> int:
    """Send every run to every leg; the number of legs without a context, whose places are in `passed_over`.

    The layouts are empty tables: named in the signature, they keep machine code that another layout was compiled for
    from being taken out of numba's cache.
    """
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
        seals_by_cm = leg.mac_context != 0
        tag_bytes = _CM_TAG if seals_by_cm else _GCM_TAG
        leg.packets_sent += len(packets)
        leg.octets_sent += octets
        for run in runs:
            if count == len(messages) or used + run.bytes > len(buffer):
                _send(addresses, descriptor, messages, packets_in, count, outcome)
                count = used = 0
            at = used
            is_sealed = True
            for n in range(run.start, run.end):
                if seals_by_cm:
                    is_sealed &= _cm(addresses, buffer, scratch, at, leg, packets[n], time_us)
                else:
                    is_sealed &= _gcm(addresses, buffer, scratch, at, leg, packets[n], time_us)
                at += _HEADER_BYTES + packets[n].block_size + packets[n].size + tag_bytes
            if not is_sealed:
                # Nothing that libcrypto did not vouch for leaves this machine.
                outcome[0].unsealed += run.end - run.start
                continue
            envelope, message = envelopes[count], messages[count]
            _name(envelope, message, leg, family)
            envelope.base = addresses[_BUFFER] + used
            envelope.bytes = at - used
            envelope.segment = run.segment - (_GCM_TAG - tag_bytes) if run.segment else 0
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
    _array(LEG),
    _array(HISTORY),
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
