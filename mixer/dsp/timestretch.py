"""Key lock: where to splice so that tempo changes and pitch does not (WSOLA; Verhelst and Roelands, ICASSP 1993).

The track is read at its own pitch while the playhead moves at another tempo. Every SEQUENCE frames the reader crosses
over to where the playhead is, or rather to the place near it that best continues the waveform it leaves.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel

SEQUENCE = 2400
"""Frames from one splice to the next (50 ms): beats do not flam, and speech does not stutter."""
OVERLAP = 480
"""Frames of source compared (10 ms, the cross-fade)."""
REACH = 480
"""Frames by which a splice may be moved either way (10 ms: a period of 50 Hz at twice the distance)."""
DECIMATION = 4

_COARSE_OVERLAP = OVERLAP // DECIMATION
_COARSE_REACH = REACH // DECIMATION
REFERENCE = _COARSE_OVERLAP
CANDIDATES = _COARSE_OVERLAP + 2 * _COARSE_REACH

# How much worse a match may be to win by being nearer to the playhead: beats keep their place in noise and in chords.
_DISTANCE_PENALTY = 0.25
# Mean square of the decimated waveform (sums of 8 int16 samples) under which there is nothing to align: −72 dBFS.
_SILENCE = (8 * 32768 * 10 ** (-72 / 20)) ** 2


@kernel
def _decimate(pcm: NDArray[np.int16], start: int, out: NDArray[np.float32]) -> None:
    """Sums of DECIMATION frames, both channels, from frame `start` on; zero outside the track."""
    frames = pcm.shape[0]
    for j in range(len(out)):
        total = 0
        at = start + j * DECIMATION
        if at >= 0 and at + DECIMATION <= frames:
            for k in range(DECIMATION):
                total += int(pcm[at + k, 0]) + int(pcm[at + k, 1])
        out[j] = total


@kernel
def _refine(pcm: NDArray[np.int16], leaving: int, entering: int) -> int:
    """The offset within one decimated step of `entering` that matches `leaving` best at full rate."""
    frames = pcm.shape[0]
    if leaving < 0 or leaving + OVERLAP > frames:
        return 0
    if entering < DECIMATION or entering + OVERLAP + DECIMATION > frames:
        return 0
    best = -1.0
    offset = 0
    for k in range(-DECIMATION, DECIMATION + 1):
        product = 0.0
        energy = 1.0
        for j in range(0, OVERLAP, 2):
            a = float(pcm[leaving + j, 0]) + float(pcm[leaving + j, 1])
            b = float(pcm[entering + k + j, 0]) + float(pcm[entering + k + j, 1])
            product += a * b
            energy += b * b
        score = product / math.sqrt(energy)
        if score > best or (score == best and abs(k) < abs(offset)):
            best = float(score)
            offset = k
    return offset


@kernel
def best_splice(
    pcm: NDArray[np.int16],
    leaving: float,
    entering: float,
    reference: NDArray[np.float32],
    candidates: NDArray[np.float32],
) -> float:
    """The offset from `entering`, in frames, −REACH to +REACH, at which to go on after `leaving`. Zero in silence.

    `reference` (REFERENCE long) and `candidates` (CANDIDATES long) are scratch.
    """
    _decimate(pcm, int(leaving), reference)
    _decimate(pcm, int(entering) - REACH, candidates)
    reference_energy = 0.0
    energy = 0.0
    for j in range(_COARSE_OVERLAP):
        reference_energy += reference[j] * reference[j]
        energy += candidates[j] * candidates[j]
    if reference_energy < _SILENCE * _COARSE_OVERLAP:
        return 0.0
    best = -2.0
    found = 0
    for k in range(2 * _COARSE_REACH):
        product: np.floating = np.float32(0.0)
        for j in range(_COARSE_OVERLAP):
            product += reference[j] * candidates[k + j]
        distance = (k - _COARSE_REACH) / _COARSE_REACH
        score = product / math.sqrt(reference_energy * max(energy, 1.0)) - _DISTANCE_PENALTY * distance * distance
        # A tie goes to the nearer one, or a run of equal scores would pull every splice to one side.
        if score > best or (score == best and abs(k - _COARSE_REACH) < abs(found - _COARSE_REACH)):
            best = float(score)
            found = k
        dropped = candidates[k]
        added = candidates[k + _COARSE_OVERLAP]
        energy += added * added - dropped * dropped
    offset = (found - _COARSE_REACH) * DECIMATION
    return float(offset + _refine(pcm, int(leaving), int(entering) + offset))
