"""Reading a track at any speed: windowed-sinc interpolation, and an exact copy where no interpolation is needed.

32 taps under a Kaiser window of 96 dB, 512 phases with linear interpolation between them (Smith, "Digital Audio
Resampling"). Faster reading takes a table with a lower cut-off, so that what would alias is filtered out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.units import QUANTUM

TAPS = 32
PHASES = 512
MAX_STEP = 3.0
"""Source frames per output frame, forwards or backwards, at most."""

BAND_STEPS = (1.17, 1.4, 1.75, 2.25)
"""Up to which speed each table but the last is used."""
_CUTOFFS = (1.0, 0.76, 0.61, 0.47, 0.35)

_BETA = 0.1102 * (96.0 - 8.7)
_SCALE = np.float32(1.0 / 32768.0)
_HALF = TAPS // 2
SPAN = int(QUANTUM * MAX_STEP) + TAPS + 4
"""Source frames that one quantum may touch."""


def sinc_tables() -> NDArray[np.float32]:
    """Coefficients of shape (tables, PHASES + 1, TAPS); each phase has a gain of one at 0 Hz."""
    tables = np.empty((len(_CUTOFFS), PHASES + 1, TAPS))
    for table, cutoff in zip(tables, _CUTOFFS, strict=True):
        time = np.arange(-_HALF + 1, _HALF + 1)[None, :] - np.arange(PHASES + 1)[:, None] / PHASES
        window = np.i0(_BETA * np.sqrt(np.clip(1.0 - (time / _HALF) ** 2, 0.0, 1.0)))
        taps = np.sinc(cutoff * time) * window
        table[:] = taps / taps.sum(axis=1, keepdims=True)
    return tables.astype(np.float32)


@kernel
def read(
    pcm: NDArray[np.int16],
    position: float,
    step: float,
    slope: float,
    tables: NDArray[np.float32],
    span: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Fill `out`, shape (QUANTUM, 2), from `pcm`, shape (frames, 2), frame i at position + i·step + i(i−1)/2·slope.

    Outside the track is silence. `span`, shape (2, SPAN), is scratch. |step| is at most MAX_STEP.
    """
    frames = pcm.shape[0]
    whole = int(np.floor(position))
    if slope == 0.0 and step == 1.0 and position == whole:
        for i in range(QUANTUM):
            at = whole + i
            if 0 <= at < frames:
                out[i, 0] = pcm[at, 0] * _SCALE
                out[i, 1] = pcm[at, 1] * _SCALE
            else:
                out[i, 0] = 0.0
                out[i, 1] = 0.0
        return
    last = position + (QUANTUM - 1) * (step + 0.5 * (QUANTUM - 2) * slope)
    first_frame = int(np.floor(min(position, last))) - _HALF + 1
    count = min(int(np.floor(max(position, last))) + _HALF + 1 - first_frame, SPAN)
    for j in range(count):
        at = first_frame + j
        if 0 <= at < frames:
            span[0, j] = pcm[at, 0] * _SCALE
            span[1, j] = pcm[at, 1] * _SCALE
        else:
            span[0, j] = 0.0
            span[1, j] = 0.0
    band = 0
    speed = max(abs(step), abs(step + QUANTUM * slope))
    for limit in BAND_STEPS:
        if speed > limit:
            band += 1
    for i in range(QUANTUM):
        at_frame = position + i * (step + 0.5 * (i - 1) * slope)
        base = np.floor(at_frame)
        phase = (at_frame - base) * PHASES
        row = int(phase)
        between = np.float32(phase - row)
        start = int(base) - _HALF + 1 - first_frame
        left = np.float32(0.0)
        right = np.float32(0.0)
        for tap in range(TAPS):
            low = tables[band, row, tap]
            weight = low + between * (tables[band, row + 1, tap] - low)
            left += span[0, start + tap] * weight
            right += span[1, start + tap] * weight
        out[i, 0] = left
        out[i, 1] = right


@kernel
def advance(step: float, slope: float) -> float:
    """Source frames by which one quantum of `read` moves on."""
    return QUANTUM * (step + 0.5 * (QUANTUM - 1) * slope)
