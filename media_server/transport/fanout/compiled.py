"""The loop over viewers and packets as one function compiled by numba, which runs without the GIL.

It calls libcrypto and sendmmsg by their addresses, which are arguments: a function with addresses inside it could
not be cached on disk. It allocates nothing and raises nothing.
"""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import numba
import numpy as np
import structlog
from numba.core import types
from numba.np import numpy_support

from media_server.transport.fanout import intrinsics, sealing
from media_server.transport.fanout.intrinsics import OPTIONS, call, carray, pointer_to
from media_server.transport.fanout.sealing import CM_TAG, GCM_TAG, HEADER_BYTES, seal
from media_server.transport.fanout.tables import (
    ADDRESSES,
    ENVELOPE,
    HISTORY,
    LEG,
    MESSAGE,
    OUTCOME,
    PACKET,
    RUN,
    TIME_AT,
)

_log = structlog.get_logger(__name__)

_SENDMMSG, _BUFFER = ADDRESSES.index("sendmmsg"), ADDRESSES.index("buffer")
_CLOCK, _SCRATCH = ADDRESSES.index("clock_gettime"), ADDRESSES.index("scratch")
_DONT_WAIT: Final = 0x40
_MONOTONIC: Final = int(time.CLOCK_MONOTONIC)
_IPV4: Final = int(socket.AF_INET)
_IPV6: Final = int(socket.AF_INET6)
_SOCKADDR_BYTES: Final = 16
_SOCKADDR6_BYTES: Final = 28

_leg_at: Any = pointer_to(LEG)
_words_at: Any = pointer_to("i8")


def digest_of_sources() -> str:
    """Of what is compiled but not in this file, which is the only one that numba looks at before it takes its cache."""
    hashed = hashlib.sha256(f"{LEG}{HISTORY}".encode())
    for module in (intrinsics, sealing):
        assert module.__file__ is not None
        hashed.update(Path(module.__file__).read_bytes())
    return hashed.hexdigest()


COMPILED_OF = np.dtype([(digest_of_sources(), "u1")])
"""An empty table of this type is an argument: so its name is in the signature under which machine code is cached."""


def _read_clock(addresses: Any) -> int:
    """Monotonic time in µs."""
    at = addresses[_SCRATCH] + TIME_AT
    call(addresses[_CLOCK], (_MONOTONIC, at))
    timespec = carray(_words_at(at), 2)
    return int(timespec[0] * 1_000_000 + timespec[1] // 1000)


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
        taken = call(addresses[_SENDMMSG], (descriptor, first, count - done, _DONT_WAIT))
        for n in range(done, done + max(taken, 0)):
            outcome[0].sent += packets_in[n]
        done += max(taken, 0)
        if taken <= 0:
            outcome[0].refused += packets_in[done]
            done += 1


_now: Any = numba.njit(**OPTIONS)(_read_clock)
_name: Any = numba.njit(**OPTIONS)(_write_name)
_send: Any = numba.njit(**OPTIONS)(_send_messages)


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
    _compiled_of: Any,
) -> int:
    """Send every run to every leg; the number of legs without a context, whose places are in `passed_over`.

    `time_us` is when it begins. Send histories note when a leg's turn came: with a thousand of them that is much later.
    """
    begun_us = _now(addresses)
    octets = 0
    for packet in packets:
        octets += packet.size
    # Typed, since numba compiles all that is called a second time for what begins as a literal.
    passed, count, used = np.int64(0), np.int64(0), np.int64(0)
    for place in range(len(legs)):
        leg = carray(_leg_at(legs[place]), 1)[0]
        if leg.context == 0:
            passed_over[passed] = place
            passed += 1
            continue
        tag_bytes = CM_TAG if leg.mac_context else GCM_TAG
        sent_us = time_us + _now(addresses) - begun_us if leg.history else time_us
        leg.packets_sent += len(packets)
        leg.octets_sent += octets
        for run in runs:
            if count == len(messages) or used + run.bytes > len(buffer):
                _send(addresses, descriptor, messages, packets_in, count, outcome)
                count, used = np.int64(0), np.int64(0)
            at = used
            is_sealed = True
            for n in range(run.start, run.end):
                is_sealed &= seal(addresses, buffer, scratch, at, leg, packets[n], sent_us)
                at += HEADER_BYTES + packets[n].block_size + packets[n].size + tag_bytes
            if not is_sealed:
                # Nothing that libcrypto did not vouch for leaves this machine.
                outcome[0].unsealed += run.end - run.start
                continue
            envelope, message = envelopes[count], messages[count]
            _name(envelope, message, leg, family)
            envelope.base = addresses[_BUFFER] + used
            envelope.bytes = at - used
            envelope.segment = run.segment - (GCM_TAG - tag_bytes) if run.segment else 0
            message.control_bytes = 24 if run.segment else 0
            packets_in[count] = run.end - run.start
            used = at
            count += 1
    _send(addresses, descriptor, messages, packets_in, count, outcome)
    return int(passed)


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
    _array(COMPILED_OF),
)


@cache
def compile_forward() -> Callable[..., int]:
    """`forward` as machine code: from numba's cache on disk, else compiled now, which takes about four seconds."""
    try:
        return cast("Callable[..., int]", numba.njit(_SIGNATURE, cache=True, **OPTIONS)(_forward))
    except (RuntimeError, OSError) as error:
        # numba found no folder to write to, or could not write there.
        _log.info("the compiled fan-out is not cached", reason=str(error))
        return cast("Callable[..., int]", numba.njit(_SIGNATURE, **OPTIONS)(_forward))
