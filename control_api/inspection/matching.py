"""Whether two Chromaprint fingerprints are of the same recording, in whole or in part.

It finds a recording again after re-encoding, a change of volume, and cutting at either end, and a piece of it in
something longer. It does not after a change of pitch or tempo of more than about a per cent, under talk, or in a mix
of two tracks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SECONDS_PER_NUMBER = 4096 / 3 / 11025
_VOTING_BITS = 14
_MOST_REPEATS = 40
"""What comes more often is silence or a held tone, and says nothing about where one lies in the other."""
_OFFSETS_TRIED = 8
_WINDOW = 64
_MOST_WRONG_BITS = 8.0
"""Of 32, on average over _WINDOW numbers. Unrelated recordings differ in about 16, re-encoded ones in 1 to 6."""
_LEAST_VARIETY = 0.2

Fingerprint = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Match:
    """`seconds` without a break are the same; they begin at `first_at_s` in the one, and at `second_at_s` in the
    other."""

    seconds: float
    first_at_s: float
    second_at_s: float


def as_fingerprint(numbers: Sequence[int]) -> Fingerprint:
    """From the signed integers of PostgreSQL."""
    return np.asarray(numbers, np.int32).view(np.uint32)


def longest_match(first: Fingerprint, second: Fingerprint) -> Match | None:
    """The longest stretch that is the same in both; None when there is none of _WINDOW numbers, or 8 seconds."""
    best: tuple[int, int, int] | None = None
    for offset in _likely_offsets(first, second):
        start = max(0, offset)
        length = min(len(first) - start, len(second) - (start - offset))
        if length < _WINDOW:
            continue
        here, there = first[start : start + length], second[start - offset : start - offset + length]
        run = _longest_run(here, there)
        if run is not None and (best is None or run[1] > best[1]):
            best = (start + run[0], run[1], start - offset + run[0])
    if best is None:
        return None
    return Match(best[1] * SECONDS_PER_NUMBER, best[0] * SECONDS_PER_NUMBER, best[2] * SECONDS_PER_NUMBER)


def _likely_offsets(first: Fingerprint, second: Fingerprint) -> list[int]:
    """How much later things come in the first than in the second; what most numbers that are alike say."""
    if not len(first) or not len(second):
        return []
    here, there = _places(first), _places(second)
    votes = np.zeros(len(first) + len(second) + 1)
    for value in here.keys() & there.keys():
        differences = np.subtract.outer(here[value], there[value]).ravel()
        np.add.at(votes, differences + len(second), 1.0)
    # The frames of two encodings need not fall together.
    votes = np.convolve(votes, (0.5, 1.0, 0.5), mode="same")
    most = np.argsort(votes)[::-1][:_OFFSETS_TRIED]
    return [int(index) - len(second) for index in most if votes[index] > 0]


def _places(fingerprint: Fingerprint) -> dict[int, NDArray[np.int64]]:
    """Where each value is, by its upper bits."""
    upper = fingerprint >> np.uint32(32 - _VOTING_BITS)
    order = np.argsort(upper, kind="stable")
    values, starts = np.unique(upper[order], return_index=True)
    groups = np.split(order, starts[1:])
    return {int(value): group for value, group in zip(values, groups, strict=True) if len(group) <= _MOST_REPEATS}


def _longest_run(here: Fingerprint, there: Fingerprint) -> tuple[int, int] | None:
    """Start and length of the longest stretch whose windows all agree, and which is not one held sound."""
    wrong = np.bitwise_count(here ^ there).astype(np.float64)
    total = np.concatenate([[0.0], np.cumsum(wrong)])
    agrees = (total[_WINDOW:] - total[:-_WINDOW]) / _WINDOW <= _MOST_WRONG_BITS
    edges = np.flatnonzero(np.diff(np.concatenate([[0], agrees.astype(np.int8), [0]])))
    runs = [(int(start), int(end - start) + _WINDOW - 1) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    varied = [run for run in runs if len(np.unique(here[run[0] : run[0] + run[1]])) >= _LEAST_VARIETY * run[1]]
    return max(varied, key=lambda run: run[1], default=None)
