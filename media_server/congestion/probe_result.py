"""What packets that left faster than the stream say of the path (libwebrtc's `ProbeBitrateEstimator`)."""

from __future__ import annotations

import ctypes
from typing import Final

from media_server.congestion.results import NOT_ARRIVED, Results

_MIN_SHARE: Final = 0.8
_MAX_RATIO: Final = 2.0
"""What arrives at more than twice the rate at which it was sent was queued elsewhere: it measures nothing."""
_FULL: Final = 0.9
_FULL_SHARE: Final = 0.95
_MAX_INTERVAL_US: Final = 1_000_000


class Probe(ctypes.Structure):
    """All packets of a transport from number `first` to before `end`, probes and media, that left at a raised rate.

    `end` is 0 while nothing is probed. Of those that arrived so far: how many, how many bytes, when the first and the
    last were sent and came. A rate is bytes between two instants: `outside_sent` are those sent at the last, and
    `outside_arrived` those that came at the first.
    """

    _fields_ = (
        ("first", ctypes.c_int64),
        ("end", ctypes.c_int64),
        ("received", ctypes.c_int64),
        ("octets", ctypes.c_int64),
        ("first_sent_us", ctypes.c_int64),
        ("last_sent_us", ctypes.c_int64),
        ("outside_sent", ctypes.c_int64),
        ("first_arrived_us", ctypes.c_int64),
        ("last_arrived_us", ctypes.c_int64),
        ("outside_arrived", ctypes.c_int64),
    )

    first: int
    end: int
    received: int
    octets: int
    first_sent_us: int
    last_sent_us: int
    outside_sent: int
    first_arrived_us: int
    last_arrived_us: int
    outside_arrived: int

    def expect(self, first: int, end: int) -> None:
        """They have left. Of an older probe that is not answered yet nothing is expected any more."""
        self.first, self.end, self.received = first, end, 0


def probed_bps(probe: Probe, results: Results) -> float:
    """The rate in bit/s once enough of the cluster has arrived; 0 before, and where it measures nothing."""
    before = probe.received
    for place in range(results.count):
        number = results.numbers[place]
        if probe.first <= number < probe.end and results.arrived_us[place] != NOT_ARRIVED:
            _take(probe, results.sent_us[place], results.arrived_us[place], results.sizes[place])
    if probe.received == before or results.numbers[results.count - 1] < probe.end - 1:
        return 0.0
    if probe.received < max(2.0, _MIN_SHARE * (probe.end - probe.first)):
        return 0.0
    sent_bps = _rate(probe.last_sent_us - probe.first_sent_us, probe.octets - probe.outside_sent)
    arrived_bps = _rate(probe.last_arrived_us - probe.first_arrived_us, probe.octets - probe.outside_arrived)
    if sent_bps == 0.0 or arrived_bps > _MAX_RATIO * sent_bps:
        return 0.0
    if arrived_bps < _FULL * sent_bps:
        # The path was full: this is what it carries, and a little less keeps its queue empty.
        return _FULL_SHARE * arrived_bps
    return min(sent_bps, arrived_bps)


def _take(probe: Probe, sent_us: int, arrived_us: int, octets: int) -> None:
    is_first = probe.received == 0
    if is_first or sent_us < probe.first_sent_us:
        probe.first_sent_us = sent_us
    if is_first or sent_us > probe.last_sent_us:
        probe.last_sent_us = sent_us
        probe.outside_sent = 0
    if sent_us == probe.last_sent_us:
        probe.outside_sent += octets
    if is_first or arrived_us < probe.first_arrived_us:
        probe.first_arrived_us = arrived_us
        probe.outside_arrived = octets
    if is_first or arrived_us > probe.last_arrived_us:
        probe.last_arrived_us = arrived_us
    probe.octets = octets if is_first else probe.octets + octets
    probe.received += 1


def _rate(interval_us: int, octets: int) -> float:
    return 8_000_000 * octets / interval_us if 0 < interval_us <= _MAX_INTERVAL_US else 0.0
