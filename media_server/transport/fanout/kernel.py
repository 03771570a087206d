"""The fan-out as one compiled function over all viewers: several times less of the interpreter for each packet."""

from __future__ import annotations

import ctypes
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_server.rtp.extensions import ExtensionMap
from media_server.rtp.leg import HEAD_BYTES, MediaPacket, RtpLeg
from media_server.rtp.leg_list import LegList
from media_server.transport.fanout.blocks import render_blocks
from media_server.transport.fanout.compiled import COMPILED_OF, compile_forward
from media_server.transport.fanout.libcrypto import Contexts, Libcrypto, address_of
from media_server.transport.fanout.plain import OVERHEAD, PlainFanOut, microseconds
from media_server.transport.fanout.runs import MAX_RUN_BYTES, send_ranges
from media_server.transport.fanout.tables import (
    ADDRESSES,
    BUFFER_BYTES,
    MESSAGES,
    OUTCOME,
    PACKET,
    RUN,
    SCRATCH_BYTES,
    new_messages,
)

WORTH_COMPILED: Final = 4
"""Datagrams; fewer, such as the answer to a NACK, are sent sooner than the tables for compiled code are made."""
_COMPILED_OF: Final = np.empty(0, COMPILED_OF)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Packets as compiled code reads them. `kept` holds the memory that `table` names."""

    packets: Sequence[MediaPacket]
    table: NDArray[np.void]
    runs: NDArray[np.void]
    kept: object


class KernelFanOut:
    """Rewrites, seals and sends. Synchronous; never blocks, never raises for a peer that cannot be reached.

    Compiles when it is made, or takes the result from numba's cache. Raises LibcryptoMissing, numba's errors. Fewer
    datagrams than `worth_compiled` at once go by the plain form. `clock` gives seconds.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        use_gso: bool,
        clock: Callable[[], float] = time.monotonic,
        worth_compiled: int = WORTH_COMPILED,
    ) -> None:
        self._socket = sock
        self._clock = clock
        self._worth_compiled = worth_compiled
        self._use_gso = use_gso
        self._plain = PlainFanOut(sock, use_gso=use_gso, clock=clock)
        self.counters = self._plain.counters
        libcrypto = Libcrypto()
        self._contexts = Contexts(libcrypto)
        self._forward = compile_forward()
        self._buffer = np.zeros(BUFFER_BYTES, np.uint8)
        self._scratch = np.zeros(SCRATCH_BYTES, np.uint8)
        self._packets_in = np.zeros(MESSAGES, np.int64)
        self._outcome = np.zeros(1, OUTCOME)
        self._envelopes, self._messages = new_messages()
        places = {
            "encrypt_init": libcrypto.encrypt_init,
            "encrypt_update": libcrypto.encrypt_update,
            "encrypt_final": libcrypto.encrypt_final,
            "control": libcrypto.control,
            "mac_init": libcrypto.mac_init,
            "mac_update": libcrypto.mac_update,
            "mac_final": libcrypto.mac_final,
            "clock_gettime": address_of(ctypes.CDLL(None), "clock_gettime"),
            "sendmmsg": address_of(ctypes.CDLL(None), "sendmmsg"),
            "buffer": self._buffer.ctypes.data,
            "scratch": self._scratch.ctypes.data,
        }
        self._addresses = np.array([places[name] for name in ADDRESSES], np.int64)

    @property
    def context_count(self) -> int:
        """Of how many ciphers contexts of libcrypto are alive."""
        return len(self._contexts)

    def forward(self, legs: Iterable[RtpLeg], packets: Sequence[MediaPacket]) -> None:
        """Send `packets`, in order, to every leg; see `PlainFanOut.forward`."""
        listed = legs if isinstance(legs, LegList) else LegList(legs)
        if not packets or not len(listed):
            return
        if len(listed) * len(packets) < self._worth_compiled:
            self._plain.forward(listed, packets)
            return
        batch = self._prepared(listed.extensions, packets)
        late = self._send(listed, batch)
        if late:
            self._prepare_and_send(late, batch)

    def _prepared(self, agreed: ExtensionMap, packets: Sequence[MediaPacket]) -> _Batch:
        now = self._clock() if agreed else 0.0
        blocks = render_blocks(agreed, packets, now=now) if agreed else [b""] * len(packets)
        sizes = [OVERHEAD + len(block) + len(p.payload) for block, p in zip(blocks, packets, strict=True)]
        if max(sizes) > MAX_RUN_BYTES:
            raise ValueError("a payload does not fit a datagram")
        if any(p.picture_id_at > HEAD_BYTES - 2 or p.tl0_at > HEAD_BYTES - 1 for p in packets):
            raise ValueError("a picture id is not where it can be rewritten")
        # An array of char pointers takes the addresses of bytes objects, and keeps them alive until it goes.
        memory = (ctypes.c_char_p * (2 * len(packets)))(*[packet.payload for packet in packets], *blocks)
        table = np.array(
            [
                (p.index, p.timestamp, 0, len(p.payload), p.marker, 0, len(block), p.picture_id_at, p.tl0_at)
                for p, block in zip(packets, blocks, strict=True)
            ],
            PACKET,
        )
        addresses = np.frombuffer(memoryview(memory), np.int64)
        table["payload"], table["block"] = addresses[: len(packets)], addresses[len(packets) :]
        ends = [0, *accumulate(sizes)]
        runs = np.array(
            [
                (start, end, ends[end] - ends[start], sizes[start] if end - start > 1 else 0)
                for start, end in send_ranges(sizes, use_gso=self._use_gso)
            ],
            RUN,
        )
        return _Batch(packets, table, runs, memory)

    def _prepare_and_send(self, legs: list[RtpLeg], batch: _Batch) -> None:
        """The first packets of new legs, and all packets of those that are reached by TCP."""
        ready = [leg for leg in legs if leg.stream is None]
        for leg in ready:
            leg.context, leg.mac_context = self._contexts.of(leg.cipher)
        if ready:
            self._send(LegList(ready), batch)
        if len(ready) < len(legs):
            self._plain.forward([leg for leg in legs if leg.stream is not None], batch.packets)

    def _send(self, legs: LegList, batch: _Batch) -> list[RtpLeg]:
        """Those legs that have no context."""
        passed_over = np.empty(len(legs), np.int64)
        passed = self._forward(
            self._addresses,
            self._socket.fileno(),
            # Not the enumeration: numba takes fifty microseconds to find out what that is, at each call.
            int(self._socket.family),
            microseconds(self._clock()),
            legs.addresses,
            batch.table,
            batch.runs,
            self._buffer,
            self._scratch,
            self._messages,
            self._envelopes,
            self._packets_in,
            passed_over,
            self._outcome,
            _COMPILED_OF,
        )
        sent, refused, unsealed = self._outcome[0].item()
        self._outcome[0] = 0
        self.counters.packets_sent += sent
        self.counters.packets_refused += refused + unsealed
        return [legs[place] for place in passed_over[:passed]] if passed else []
