"""The fan-out as one compiled function over all viewers: several times less of the interpreter for each packet."""

from __future__ import annotations

import ctypes
import socket
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.leg_list import LegList
from media_server.transport.fanout.compiled import (
    ADDRESSES,
    BUFFER_BYTES,
    ENVELOPE,
    MESSAGE,
    MESSAGES,
    NONCE_BYTES,
    OUTCOME,
    PACKET,
    RUN,
    compile_forward,
)
from media_server.transport.fanout.libcrypto import GcmContexts, Libcrypto, address_of
from media_server.transport.fanout.plain import OVERHEAD, PlainFanOut
from media_server.transport.fanout.runs import MAX_RUN_BYTES, UDP_SEGMENT, send_ranges

WORTH_COMPILED: Final = 4
"""Datagrams; fewer, such as the answer to a NACK, are sent sooner than the tables for compiled code are made."""
_SEGMENT_CONTROL_BYTES: Final = 18
"""CMSG_LEN(2) where a size_t has 8 bytes."""


class KernelFanOut:
    """Rewrites, seals and sends. Synchronous; never blocks, never raises for a peer that cannot be reached.

    Compiles when it is made, or takes the result from numba's cache. Raises LibcryptoMissing, numba's errors. Fewer
    datagrams than `worth_compiled` at once go by the plain form.
    """

    def __init__(self, sock: socket.socket, *, use_gso: bool, worth_compiled: int = WORTH_COMPILED) -> None:
        self._socket = sock
        self._worth_compiled = worth_compiled
        self._use_gso = use_gso
        self._plain = PlainFanOut(sock, use_gso=use_gso)
        self.counters = self._plain.counters
        libcrypto = Libcrypto()
        self._contexts = GcmContexts(libcrypto)
        self._forward = compile_forward()
        self._buffer = np.zeros(BUFFER_BYTES, np.uint8)
        # The nonce, then the number of bytes that libcrypto says it has written.
        self._scratch = np.zeros(NONCE_BYTES + 4 + 4, np.uint8)
        self._packets_in = np.zeros(MESSAGES, np.int64)
        self._outcome = np.zeros(1, OUTCOME)
        self._envelopes, self._messages = _messages()
        places = {
            "encrypt_init": libcrypto.encrypt_init,
            "encrypt_update": libcrypto.encrypt_update,
            "encrypt_final": libcrypto.encrypt_final,
            "control": libcrypto.control,
            "sendmmsg": address_of(ctypes.CDLL(None), "sendmmsg"),
            "buffer": self._buffer.ctypes.data,
            "scratch": self._scratch.ctypes.data,
        }
        self._addresses = np.array([places[name] for name in ADDRESSES], np.int64)

    @property
    def context_count(self) -> int:
        """How many libcrypto contexts are alive."""
        return len(self._contexts)

    def forward(self, legs: Iterable[RtpLeg], packets: Sequence[MediaPacket]) -> None:
        """Send `packets`, in order, to every leg. Payloads must be at most 1,400 bytes."""
        listed = legs if isinstance(legs, LegList) else LegList(legs)
        if not packets or not len(listed):
            return
        if len(listed) * len(packets) < self._worth_compiled:
            self._plain.forward(listed, packets)
            return
        sizes = [OVERHEAD + len(packet.payload) for packet in packets]
        if max(sizes) > MAX_RUN_BYTES:
            raise ValueError("a payload does not fit a datagram")
        # An array of char pointers takes the addresses of bytes objects, and keeps them alive until it goes.
        payloads = (ctypes.c_char_p * len(packets))(*[packet.payload for packet in packets])
        table = np.array([(p.index, p.timestamp, 0, len(p.payload), p.marker) for p in packets], PACKET)
        table["payload"] = np.frombuffer(memoryview(payloads), np.int64)
        ends = [0, *accumulate(sizes)]
        runs = np.array(
            [
                (start, end, ends[end] - ends[start], sizes[start] if end - start > 1 else 0)
                for start, end in send_ranges(sizes, use_gso=self._use_gso)
            ],
            RUN,
        )
        late = self._send(listed, table, runs)
        if late:
            self._prepare_and_send(late, packets, table, runs)

    def _prepare_and_send(
        self, legs: list[RtpLeg], packets: Sequence[MediaPacket], table: NDArray[np.void], runs: NDArray[np.void]
    ) -> None:
        """The first packets of new legs, and all packets of those whose peers have no AES-GCM."""
        ready = [leg for leg in legs if leg.cipher is not None]
        for leg in ready:
            assert leg.cipher is not None
            leg.context = self._contexts.of(leg.cipher)
        if ready:
            self._send(LegList(ready), table, runs)
        if len(ready) < len(legs):
            self._plain.forward([leg for leg in legs if leg.cipher is None], packets)

    def _send(self, legs: LegList, table: NDArray[np.void], runs: NDArray[np.void]) -> list[RtpLeg]:
        """Those legs that have no context."""
        passed_over = np.empty(len(legs), np.int64)
        passed = self._forward(
            self._addresses,
            self._socket.fileno(),
            self._socket.family,
            legs.addresses,
            table,
            runs,
            self._buffer,
            self._scratch,
            self._messages,
            self._envelopes,
            self._packets_in,
            passed_over,
            self._outcome,
        )
        sent, refused, unsealed = self._outcome[0].item()
        self._outcome[0] = 0
        self.counters.packets_sent += sent
        self.counters.packets_refused += refused + unsealed
        return [legs[place] for place in passed_over[:passed]] if passed else []


def _messages() -> tuple[NDArray[np.void], NDArray[np.void]]:
    """The structs that sendmmsg reads, filled in but for what changes with each send."""
    envelopes, messages = np.zeros(MESSAGES, ENVELOPE), np.zeros(MESSAGES, MESSAGE)
    envelopes["control_bytes"] = _SEGMENT_CONTROL_BYTES
    envelopes["level"], envelopes["type"] = socket.IPPROTO_UDP, UDP_SEGMENT
    first = envelopes.ctypes.data + np.arange(MESSAGES) * ENVELOPE.itemsize
    for pointer, field in (("name", "family"), ("iov", "base"), ("control", "control_bytes")):
        fields = ENVELOPE.fields
        assert fields is not None
        messages[pointer] = first + fields[field][1]
    messages["iov_count"] = 1
    return envelopes, messages
