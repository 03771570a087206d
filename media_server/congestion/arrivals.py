"""Groups packets by when they were sent, and says how the gaps between groups changed on the way.

After draft-ietf-rmcat-gcc-02 §5.2 ("pre-filtering") and libwebrtc's `InterArrivalDelta`.
"""

from __future__ import annotations

import ctypes
from typing import Final

BURST_US: Final = 5_000
"""Packets sent within it are one group."""
_MAX_BURST_US: Final = 100_000
_MAX_REORDERED: Final = 3
"""So many groups in a row that arrive before the one before: the receiver's clock was set back."""
_MAX_GAP_US: Final = 3_000_000


class Groups(ctypes.Structure):
    """The group that is not over yet, of the one before it what a delta takes, and the delta that was found last."""

    _fields_ = (
        ("has_current", ctypes.c_int64),
        ("first_sent_us", ctypes.c_int64),
        ("last_sent_us", ctypes.c_int64),
        ("first_arrived_us", ctypes.c_int64),
        ("complete_us", ctypes.c_int64),
        ("has_previous", ctypes.c_int64),
        ("previous_sent_us", ctypes.c_int64),
        ("previous_complete_us", ctypes.c_int64),
        ("reordered", ctypes.c_int64),
        ("sent_ms", ctypes.c_double),
        ("arrived_ms", ctypes.c_double),
        ("arrived_at_ms", ctypes.c_double),
    )

    has_current: int
    first_sent_us: int
    last_sent_us: int
    first_arrived_us: int
    complete_us: int
    has_previous: int
    previous_sent_us: int
    previous_complete_us: int
    reordered: int
    sent_ms: float
    """Delta: from one group to the next, between their last sends."""
    arrived_ms: float
    """Delta: between their last arrivals."""
    arrived_at_ms: float


def completes_group(groups: Groups, sent_us: int, first_arrived_us: int, last_arrived_us: int) -> bool:
    """Take the next run: packets handed to the kernel at once, whatever their number. An SFU sends a frame at once.

    Runs come in the order of sending. Whether a group is over by it and has one before it: then `groups` has the delta.
    """
    has_delta = False
    if groups.has_current:
        if sent_us < groups.first_sent_us:
            # Feedback that was overtaken by a later one: its group is over.
            return False
        if _belongs(groups, sent_us, first_arrived_us):
            groups.last_sent_us = max(groups.last_sent_us, sent_us)
            groups.complete_us = max(groups.complete_us, last_arrived_us)
            return False
        has_delta = _close(groups)
    groups.has_current = 1
    groups.first_sent_us = sent_us
    groups.last_sent_us = sent_us
    groups.first_arrived_us = first_arrived_us
    groups.complete_us = last_arrived_us
    return has_delta


def _close(groups: Groups) -> bool:
    """The current group is over: the delta from the one before, unless either is not to be believed."""
    if groups.has_previous:
        sent_us = groups.last_sent_us - groups.previous_sent_us
        arrived_us = groups.complete_us - groups.previous_complete_us
        if arrived_us < 0 and groups.reordered < _MAX_REORDERED:
            # Left out, so that the deltas that are told still add up.
            groups.reordered += 1
            return False
        groups.reordered = 0
        if arrived_us < 0 or arrived_us - sent_us > _MAX_GAP_US:
            groups.has_previous = 0
            return False
        groups.sent_ms = sent_us / 1000
        groups.arrived_ms = arrived_us / 1000
        groups.arrived_at_ms = groups.complete_us / 1000
    has_delta = groups.has_previous != 0
    groups.has_previous = 1
    groups.previous_sent_us = groups.last_sent_us
    groups.previous_complete_us = groups.complete_us
    return has_delta


def _belongs(groups: Groups, sent_us: int, first_arrived_us: int) -> bool:
    if sent_us - groups.first_sent_us <= BURST_US:
        return True
    # §5.2: what was held up together on the way (by a radio link, say) and comes in a burst is one group.
    arrived_us = first_arrived_us - groups.complete_us
    return (
        arrived_us - (sent_us - groups.last_sent_us) < 0
        and arrived_us <= BURST_US
        and first_arrived_us - groups.first_arrived_us < _MAX_BURST_US
    )
