"""What compiled code and the kernel read, field by field as it lies in memory on 64-bit Linux."""

from __future__ import annotations

import socket
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from media_server.rtp.leg import RtpLeg
from media_server.rtp.send_history import SendHistory
from media_server.transport.fanout.runs import MAX_RUN_BYTES, UDP_SEGMENT

MESSAGES: Final = 64
"""Sends handed over by one sendmmsg."""
BUFFER_BYTES: Final = 4 * MAX_RUN_BYTES
"""A few runs, small enough to be still in the cache when the kernel copies them."""
ADDRESSES: Final = (
    *("encrypt_init", "encrypt_update", "encrypt_final", "control"),
    *("mac_init", "mac_update", "mac_final", "clock_gettime", "sendmmsg", "buffer", "scratch"),
)
"""What `forward` is told the address of, in this order."""
WRITTEN_AT: Final = 16
"""Where in the scratch memory libcrypto says how many bytes it has written; the nonce is at its beginning."""
ROLLOVERS_AT: Final = 24
"""Where the rollover counter is that HMAC takes in (RFC 3711 §4.2)."""
HEAD_AT: Final = 32
"""Where the rewritten beginning of a payload is."""
MAC_AT: Final = 48
"""Where the output of HMAC-SHA1 comes, of which a packet takes the first half."""
TIME_AT: Final = 72
"""Where the kernel says what time it is: seconds and nanoseconds, of eight bytes each."""
SCRATCH_BYTES: Final = 88

LEG = np.dtype(cast(Any, RtpLeg))
HISTORY = np.dtype(cast(Any, SendHistory))
PACKET = np.dtype(
    [
        ("index", "i8"),
        ("timestamp", "i8"),
        ("payload", "i8"),
        ("size", "i8"),
        ("marker", "i8"),
        ("block", "i8"),
        ("block_size", "i8"),
        ("picture_id_at", "i8"),
        ("tl0_at", "i8"),
    ],
    align=True,
)
"""A packet as it is for every viewer; `payload` and `block` are addresses."""
RUN = np.dtype([("start", "i8"), ("end", "i8"), ("bytes", "i8"), ("segment", "i8")], align=True)
"""Packets that go to the kernel in one send; `segment` is the size to cut them to, 0 for a single datagram."""
MESSAGE = np.dtype(
    # struct mmsghdr, and what it points to: sockaddr_in or sockaddr_in6, iovec, cmsghdr with a 16-bit segment size.
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
OUTCOME = np.dtype([("sent", "i8"), ("refused", "i8"), ("unsealed", "i8")])
"""Packets handed to the kernel, not taken by it, and not sent because libcrypto failed."""
_SEGMENT_CONTROL_BYTES: Final = 18
"""CMSG_LEN(2) where a size_t has 8 bytes."""


def new_messages() -> tuple[NDArray[np.void], NDArray[np.void]]:
    """(envelopes, messages) that sendmmsg reads, filled in but for what changes with each send."""
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
