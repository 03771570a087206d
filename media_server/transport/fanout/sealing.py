"""One packet of one leg, rewritten and sealed: compiled by numba.

libcrypto is called by the addresses that are arguments. Nothing is allocated, and nothing raised.
"""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

from media_server.rtp.leg import HEAD_BYTES
from media_server.rtp.send_history import RING, SIZE_BITS
from media_server.transport.fanout.intrinsics import OPTIONS, call, carray, pointer_to
from media_server.transport.fanout.tables import ADDRESSES, HEAD_AT, HISTORY, MAC_AT, ROLLOVERS_AT, WRITTEN_AT
from media_server.transport.srtp import CM_TAG_BYTES, GCM_TAG_BYTES

HEADER_BYTES: Final = 12
GCM_TAG: Final = GCM_TAG_BYTES
CM_TAG: Final = CM_TAG_BYTES
_INIT, _UPDATE, _FINAL, _CONTROL, _MAC_INIT, _MAC_UPDATE, _MAC_FINAL, _, _, _BUFFER, _SCRATCH = range(len(ADDRESSES))
_GET_TAG: Final = 16
"""EVP_CTRL_GCM_GET_TAG."""
_SHA1_BYTES: Final = 20
_NUMBER_BYTES: Final = 2
_WITH_BLOCK: Final = 0x1000
"""The X bit, in the first two bytes of a header."""

_history_at: Any = pointer_to(HISTORY)
_bytes_at: Any = pointer_to("u1")


def _store_bytes(memory: Any, at: int, value: int, size: int) -> None:
    """The lower `size` bytes of `value` in network byte order."""
    for n in range(size):
        memory[at + n] = np.uint8((value >> (8 * (size - 1 - n))) & 0xFF)


def _note_sent(address: int, time_us: int, size: int) -> int:
    """See `SendHistory.note`."""
    history = carray(_history_at(address), 1)[0]
    number = history.next_number
    history.next_number = number + 1
    history.packets[number % RING] = time_us << SIZE_BITS | size
    return int(number)


def _continue_head(scratch: Any, leg: Any, packet: Any) -> int:
    """See `continued`: writes the rewritten beginning of the payload to `scratch`, and returns its size."""
    size = min(packet.size, HEAD_BYTES)
    payload = carray(_bytes_at(packet.payload), packet.size)
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


_store: Any = numba.njit(**OPTIONS)(_store_bytes)
_note: Any = numba.njit(**OPTIONS)(_note_sent)
_continue: Any = numba.njit(**OPTIONS)(_continue_head)


def _write_header(buffer: Any, at: int, leg: Any, packet: Any, tag_bytes: int, time_us: int) -> int:
    """The RTP header of `packet` as `leg` sends it, with its block, numbered; its size."""
    block_size = packet.block_size
    first = 0x8000 | (_WITH_BLOCK if block_size else 0) | (0x80 if packet.marker else 0)
    _store(buffer, at, first | leg.payload_type, 2)
    _store(buffer, at + 2, packet.index + leg.index_offset, 2)
    _store(buffer, at + 4, packet.timestamp + leg.timestamp_offset, 4)
    _store(buffer, at + 8, np.int64(leg.ssrc), 4)
    if block_size == 0:
        return HEADER_BYTES
    block = carray(_bytes_at(packet.block), block_size)
    for n in range(block_size):
        buffer[at + HEADER_BYTES + n] = block[n]
    if leg.history:
        number = _note(leg.history, time_us, HEADER_BYTES + block_size + packet.size + tag_bytes)
        _store(buffer, at + HEADER_BYTES + block_size - _NUMBER_BYTES, number, _NUMBER_BYTES)
    return int(HEADER_BYTES + block_size)


def _encrypt_payload(addresses: Any, scratch: Any, leg: Any, packet: Any, body: int) -> bool:
    """Encrypt the payload of `packet` as `leg` sends it to the address `body`. False when libcrypto failed."""
    payload, size, sound = packet.payload, packet.size, True
    written = addresses[_SCRATCH] + WRITTEN_AT
    if (packet.picture_id_at and leg.picture_id_offset) or (packet.tl0_at and leg.tl0_offset):
        # Whole blocks of AES, or all there is: what follows is sealed from where it is, as if nothing had come before.
        done = _continue(scratch, leg, packet)
        head = addresses[_SCRATCH] + HEAD_AT
        sound = call(addresses[_UPDATE], (leg.context, body, written, head, done)) == 1
        body, payload, size = body + done, payload + done, size - done
    if size:
        sound &= call(addresses[_UPDATE], (leg.context, body, written, payload, size)) == 1
    return bool(sound)


_head: Any = numba.njit(**OPTIONS)(_write_header)
_encrypt: Any = numba.njit(**OPTIONS)(_encrypt_payload)


def _seal_packet(addresses: Any, buffer: Any, scratch: Any, at: int, leg: Any, packet: Any, time_us: int) -> bool:
    """Write `packet` as `leg` sends it to `buffer` from `at` on. False when libcrypto failed.

    By AES-GCM (RFC 7714 §8), or by AES in counter mode and HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1).
    """
    index, memory, header = packet.index + leg.index_offset, addresses[_SCRATCH], addresses[_BUFFER] + at
    nonce, written = memory, memory + WRITTEN_AT
    is_gcm = leg.mac_context == 0
    header_size = _head(buffer, at, leg, packet, GCM_TAG if is_gcm else CM_TAG, time_us)
    body, size = header + header_size, header_size + packet.size
    # A nonce of AES-GCM has 12 bytes, of which an index is added to the last; one of AES-CM 16, the last two zero.
    _store(scratch, 0, np.int64(leg.nonce_high), 4 if is_gcm else 8)
    _store(scratch, 4 if is_gcm else 8, np.int64(leg.nonce_low) ^ (index if is_gcm else index << 16), 8)
    sound = call(addresses[_INIT], (leg.context, 0, 0, 0, nonce)) == 1
    if is_gcm:
        sound &= call(addresses[_UPDATE], (leg.context, 0, written, header, header_size)) == 1
    sound &= _encrypt(addresses, scratch, leg, packet, body)
    if is_gcm:
        sound &= call(addresses[_FINAL], (leg.context, header + size, written)) == 1
        sound &= call(addresses[_CONTROL], (leg.context, _GET_TAG, GCM_TAG, header + size)) == 1
        return bool(sound)
    _store(scratch, ROLLOVERS_AT, index >> 16, 4)
    sound &= call(addresses[_MAC_INIT], (leg.mac_context, 0, 0, 0)) == 1
    sound &= call(addresses[_MAC_UPDATE], (leg.mac_context, header, size)) == 1
    sound &= call(addresses[_MAC_UPDATE], (leg.mac_context, memory + ROLLOVERS_AT, 4)) == 1
    sound &= call(addresses[_MAC_FINAL], (leg.mac_context, memory + MAC_AT, written, _SHA1_BYTES)) == 1
    for n in range(CM_TAG):
        buffer[at + size + n] = scratch[MAC_AT + n]
    return bool(sound)


seal: Any = numba.njit(**OPTIONS)(_seal_packet)
