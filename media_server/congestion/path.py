"""All that transport-wide feedback has told of one path so far, and what follows from one message more."""

from __future__ import annotations

import ctypes

from media_server.congestion.arrivals import Groups, completes_group
from media_server.congestion.probe_result import Probe, probed_bps
from media_server.congestion.results import NOT_ARRIVED, Reference, Results, match
from media_server.congestion.throughput import Acknowledged, acknowledge
from media_server.congestion.trend import OVER, Trend, detect_overuse
from media_server.rtp.send_history import SendHistory


class Path(ctypes.Structure):
    """Lies in memory as `_fields_` say, so that compiled code reads and writes it where it is.

    What the last message told: of how many packets (`told`), how many of them are `lost`, when the last that arrived
    was sent (`newest_sent_us`, 0 where none did), the worst `usage` since the one before, the rate that a probe found
    (`probed_bps`, 0 for none), and what arrives in all (`acknowledged_bps`, 0 until it is known).
    """

    _fields_ = (
        ("told", ctypes.c_int64),
        ("lost", ctypes.c_int64),
        ("newest_sent_us", ctypes.c_int64),
        ("usage", ctypes.c_int64),
        ("probed_bps", ctypes.c_double),
        ("acknowledged_bps", ctypes.c_double),
        ("reference", Reference),
        ("groups", Groups),
        ("trend", Trend),
        ("acknowledged", Acknowledged),
        ("probe", Probe),
    )

    told: int
    lost: int
    newest_sent_us: int
    usage: int
    probed_bps: float
    acknowledged_bps: float
    reference: Reference
    groups: Groups
    trend: Trend
    acknowledged: Acknowledged
    probe: Probe

    def __init__(self) -> None:
        super().__init__()
        self.trend.begin()
        self.acknowledged.begin()


def hear(history: SendHistory, path: Path, results: Results, fci: bytes) -> int:
    """Read one message into `path`; 0, or a key of WRONG where it is malformed and nothing changes.

    `results` is memory to work with.
    """
    path.told = 0
    path.lost = 0
    path.newest_sent_us = 0
    path.probed_bps = 0.0
    path.usage = path.trend.usage
    wrong = match(fci, history, path.reference, results)
    if wrong or not results.count:
        return wrong
    path.told = results.count
    if path.probe.end:
        path.probed_bps = probed_bps(path.probe, results)
        if path.probed_bps:
            path.probe.end = 0
    sent_us, first_us, last_us, octets = 0, 0, 0, 0
    for place in range(results.count):
        arrived_us = results.arrived_us[place]
        if arrived_us == NOT_ARRIVED:
            path.lost += 1
            continue
        if octets and results.sent_us[place] == sent_us:
            first_us = min(first_us, arrived_us)
            last_us = max(last_us, arrived_us)
            octets += results.sizes[place]
            continue
        if octets:
            _hear_run(path, sent_us, first_us, last_us, octets)
        sent_us, first_us, last_us, octets = results.sent_us[place], arrived_us, arrived_us, results.sizes[place]
    if octets:
        _hear_run(path, sent_us, first_us, last_us, octets)
        path.newest_sent_us = sent_us
    if path.acknowledged.is_known:
        path.acknowledged_bps = path.acknowledged.estimate_kbps * 1000
    return 0


def _hear_run(path: Path, sent_us: int, first_us: int, last_us: int, octets: int) -> None:
    """Packets of one send time are taken together."""
    if completes_group(path.groups, sent_us, first_us, last_us):
        detect_overuse(path.trend, path.groups)
        # One group that says so is enough: a message may cover the beginning of a queue and its end.
        if path.usage != OVER:
            path.usage = path.trend.usage
    acknowledge(path.acknowledged, last_us, octets)
