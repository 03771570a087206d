"""What a viewer says of its path, and the estimate that follows from it."""

from __future__ import annotations

import struct
from contextlib import suppress
from itertools import pairwise
from typing import Final

from media_server.congestion.estimator import BandwidthEstimator
from media_server.congestion.path import Path
from media_server.congestion.rate_control import MIN_BPS
from media_server.congestion.reading import plain_readers
from media_server.congestion.remb import MAX_BPS
from media_server.rtp.errors import ParseError
from media_server.rtp.rtcp import ReceiverReport, Remb, TransportFeedback, parse_compound, serialize_compound
from media_server.rtp.rtcp.statuses import FCI_HEAD, WRONG
from media_server.rtp.send_history import RING, SendHistory
from tests.fuzz.target import Target, joined, pieces

_PACKET_US: Final = 4_000
_PACKETS_A_PIECE: Final = 12
_STEP_S: Final = _PACKETS_A_PIECE * _PACKET_US / 1e6


def estimate(data: bytes) -> None:
    """Compound packets, 48 ms after each other, about 2.4 Mbit/s: whatever they say, a bitrate comes of it."""
    history, sent = SendHistory(), 0
    estimator = BandwidthEstimator(history)
    for number, piece in enumerate(pieces(data)):
        for _ in range(_PACKETS_A_PIECE):
            history.note(sent * _PACKET_US, 1_200)
            sent += 1
        now = number * _STEP_S
        with suppress(ParseError):
            for part in parse_compound(piece):
                if isinstance(part, TransportFeedback):
                    estimator.on_feedback(part, now=now)
                elif isinstance(part, Remb):
                    estimator.on_remb(part.bitrate_bps, now=now)
                elif isinstance(part, ReceiverReport):
                    for block in part.reports:
                        estimator.on_loss(block.fraction_lost / 256, 100, now=now)
        assert MIN_BPS <= estimator.bitrate_bps(now=now) <= MAX_BPS


def arrivals(data: bytes) -> None:
    """Feedback control information, 12 packets after each other, every third of a probe.

    Compiled code is the same source, and does not notice when it looks outside of a table: here that is an IndexError.
    """
    history, path = SendHistory(), Path()
    read = plain_readers()(history, path)
    for piece in pieces(data):
        first = history.next_number
        for number in range(first, first + _PACKETS_A_PIECE):
            history.note(number * _PACKET_US, 1_200)
        path.probe.expect(first, first + _PACKETS_A_PIECE // 3)
        if len(piece) < FCI_HEAD:
            continue
        before = bytes(history)
        wrong = read(piece)
        assert 0 <= path.lost <= path.told <= min(RING, history.next_number)
        assert path.acknowledged_bps >= 0.0 <= path.probed_bps
        if wrong:
            assert (wrong in WRONG, path.told, bytes(history)) == (True, 0, before)


def _conversations() -> list[bytes]:
    """One without congestion, one of a queue that grows, and one by REMB."""
    told: list[list[bytes]] = []
    for growth in (16, 22):
        feedback = []
        for first, after in pairwise(range(0, 20 * _PACKETS_A_PIECE, _PACKETS_A_PIECE)):
            deltas = [growth] * (after - first)
            reference = first * growth // 256
            feedback.append(TransportFeedback.of(1, 2, first, reference, first // _PACKETS_A_PIECE & 0xFF, deltas))
        told.append([serialize_compound([each]) for each in feedback])
    told.append([serialize_compound([Remb(1, 3_000_000 // (1 + number), (2,))]) for number in range(6)])
    told.append([struct.pack("!BBHLLLLLLL", 0x81, 201, 7, 1, 2, lost << 24, 3, 4, 5, 6) for lost in (0, 80, 255)])
    return [joined(*each) for each in told]


def _told() -> list[bytes]:
    """What came in order, late, in part and not at all; numbers before the first and beyond the last."""
    said = (
        TransportFeedback.of(1, 2, 0, 0, 0, [20] * 12),
        TransportFeedback.of(1, 2, 12, 1, 1, [20, None, 300] * 4),
        TransportFeedback.of(1, 2, 20, 2, 2, [-40] * 4),
        TransportFeedback.of(1, 2, 24, 3, 3, [None] * 30),
        TransportFeedback.of(1, 2, 36, 4, 4, [9] * 20),
        TransportFeedback.of(1, 2, 65_530, 5, 5, [1] * 9),
    )
    return [joined(*(feedback.fci for feedback in said))]


ARRIVALS: Final = Target("arrivals", arrivals, (), _told)
TARGETS: Final = (Target("congestion", estimate, (), _conversations), ARRIVALS)
