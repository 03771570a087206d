"""Groups packets by when they were sent, and says how the gaps between groups changed on the way.

After draft-ietf-rmcat-gcc-02 §5.2 ("pre-filtering") and libwebrtc's `InterArrivalDelta`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from media_server.congestion.results import Results

BURST_US: Final = 5_000
"""Packets sent within it are one group."""
_MAX_BURST_US: Final = 100_000
_MAX_REORDERED: Final = 3
"""So many groups in a row that arrive before the one before: the receiver's clock was set back."""
_MAX_GAP_US: Final = 3_000_000


class Run(NamedTuple):
    """Packets handed to the kernel at once: one send, whatever their number."""

    sent_us: int
    first_arrived_us: int
    last_arrived_us: int
    bytes: int


class GroupDelta(NamedTuple):
    """From one group to the next, in ms: between their last sends, and between their last arrivals."""

    sent_ms: float
    arrived_ms: float
    arrived_at_ms: float


def runs(results: Results) -> list[Run]:
    """What arrived of `results`, packets of one send time taken together. An SFU sends a frame at once."""
    found: list[Run] = []
    sent = first = last = octets = 0
    # A message is of some twenty packets, of which arrays would cost more than this loop.
    for sent_us, arrived_us, size, came in zip(
        results.sent_us.tolist(),
        results.arrived_us.tolist(),
        results.sizes.tolist(),
        results.is_received.tolist(),
        strict=True,
    ):
        if not came:
            continue
        if octets and sent_us == sent:
            first, last, octets = min(first, arrived_us), max(last, arrived_us), octets + size
            continue
        if octets:
            found.append(Run(sent, first, last, octets))
        sent, first, last, octets = sent_us, arrived_us, arrived_us, size
    if octets:
        found.append(Run(sent, first, last, octets))
    return found


@dataclass(slots=True)
class _Group:
    first_sent_us: int
    last_sent_us: int
    first_arrived_us: int
    complete_us: int


class GroupArrivals:
    """Fed runs in the order of sending; yields a delta when a group is over and there is one before it."""

    def __init__(self) -> None:
        self._previous: _Group | None = None
        self._current: _Group | None = None
        self._reordered = 0

    def deltas(self, sent: list[Run]) -> Iterator[GroupDelta]:
        """The deltas that `sent` completes."""
        for run in sent:
            current = self._current
            if current is None:
                self._current = _group(run)
            elif run.sent_us < current.first_sent_us:
                # Feedback that was overtaken by a later one: its group is over.
                continue
            elif _belongs(run, current):
                current.last_sent_us = max(current.last_sent_us, run.sent_us)
                current.complete_us = max(current.complete_us, run.last_arrived_us)
            else:
                delta = self._close(current)
                if delta is not None:
                    yield delta
                self._current = _group(run)

    def _close(self, group: _Group) -> GroupDelta | None:
        """`group` is over: the delta from the one before, unless either is not to be believed."""
        previous = self._previous
        if previous is None:
            self._previous = group
            return None
        sent_us = group.last_sent_us - previous.last_sent_us
        arrived_us = group.complete_us - previous.complete_us
        if arrived_us < 0 and self._reordered < _MAX_REORDERED:
            # Left out, so that the deltas that are told still add up.
            self._reordered += 1
            return None
        self._reordered = 0
        if arrived_us < 0 or arrived_us - sent_us > _MAX_GAP_US:
            self._previous = None
            return None
        self._previous = group
        return GroupDelta(sent_us / 1000, arrived_us / 1000, group.complete_us / 1000)


def _group(run: Run) -> _Group:
    return _Group(run.sent_us, run.sent_us, run.first_arrived_us, run.last_arrived_us)


def _belongs(run: Run, group: _Group) -> bool:
    if run.sent_us - group.first_sent_us <= BURST_US:
        return True
    # §5.2: what was held up together on the way (by a radio link, say) and comes in a burst is one group.
    arrived_us = run.first_arrived_us - group.complete_us
    return (
        arrived_us - (run.sent_us - group.last_sent_us) < 0
        and arrived_us <= BURST_US
        and run.first_arrived_us - group.first_arrived_us < _MAX_BURST_US
    )
