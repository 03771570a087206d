"""What a deck sounds: it reads the track where the playhead is, and crosses over whenever the playhead jumps.

Playing, stopping, seeking, hot cues, loops, slip, reverse and key lock all end as the same splice of 10 ms between two
readers, so there is one place that can click. A playhead that jumps while a splice runs is caught up with after it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel, stereo_at
from mixer.dsp.resample import MAX_STEP, advance, read
from mixer.dsp.timestretch import SEQUENCE, best_splice
from mixer.dsp.units import QUANTUM
from mixer.engine.transport import FADE, glide_rate, move, reading_position

# Farther than this from where the playhead was to be is a jump; nearer is rounding.
_JUMP = 1e-3


def _fade_in() -> NDArray[np.float64]:
    """Smootherstep (value, slope and curvature continuous): on a 100 Hz tone its splash is below −90 dB at 2 kHz."""
    along = (np.arange(FADE) + 0.5) / FADE
    return along**3 * (along * (6.0 * along - 15.0) + 10.0)


FADE_IN = _fade_in()
"""Weights of what comes in, over FADE frames; what goes out has the rest."""


@kernel
def _splice(reader: Any, deck: Any, to: float, step: float, sounding: int) -> None:
    """Leave where the reader is for `to`, on the deck's present track."""
    if reader.sounding or sounding:
        reader.tail = reader.head
        reader.tail_step = reader.head_step
        reader.tail_sounding = reader.sounding
        reader.tail_pcm = reader.pcm
        reader.tail_frames = reader.frames
        reader.fade_left = FADE
    reader.head = to
    reader.head_step = step
    reader.sounding = sounding
    reader.pcm = deck.pcm
    reader.frames = deck.frames
    reader.splice_due = 0
    reader.grain_left = SEQUENCE


@kernel
def is_stretching(deck: Any) -> bool:
    """Whether pitch and speed are apart. They are together while the platter speeds up or slows down."""
    return bool((deck.key_lock or deck.key_shift != 0.0) and deck.platter == 1.0)


@kernel
def _mode_of(deck: Any) -> float:
    """A number that changes when the way of reading does: key lock, key shift and direction."""
    if not is_stretching(deck):
        return float(deck.reverse)
    return float(2.0 * deck.key_lock + deck.reverse + 4.0 * deck.key_shift)


@kernel
def _place_head(deck: Any, work: Any, want: float, step: float, read_step: float, playing: int) -> None:
    """Splice where one is due and no other runs: after a jump, or at the end of a sequence of the key lock."""
    reader = deck.reader
    stretching = is_stretching(deck)
    if reader.fade_left > 0:
        return
    if reader.splice_due:
        _splice(reader, deck, want, read_step, playing)
    elif stretching and playing and reader.grain_left <= 0:
        if step == read_step and abs(want - reader.head) < 1.0:
            reader.grain_left = SEQUENCE
            return
        # Half a sequence's drift ahead, so that the reader is as often before the playhead as behind it.
        near = np.floor(want + 0.5 * SEQUENCE * (step - read_step))
        pcm = stereo_at(reader.pcm, reader.frames)
        offset = best_splice(pcm, reader.head, near, work.reference, work.candidates)
        _splice(reader, deck, near + offset, read_step, playing)
    elif playing and not stretching:
        reader.head = want


@kernel
def _fade_tail(reader: Any, work: Any, tables: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Cross from what is being left to what `out` holds."""
    tail = work.tail
    if reader.tail_sounding:
        pcm = stereo_at(reader.tail_pcm, reader.tail_frames)
        read(pcm, reader.tail, reader.tail_step, 0.0, tables, work.span, tail)
        reader.tail += advance(reader.tail_step, 0.0)
    else:
        tail[:] = 0.0
    for i in range(QUANTUM):
        weight = np.float32(FADE_IN[FADE - reader.fade_left + i])
        out[i, 0] = tail[i, 0] + weight * (out[i, 0] - tail[i, 0])
        out[i, 1] = tail[i, 1] + weight * (out[i, 1] - tail[i, 1])
    reader.fade_left -= QUANTUM
    if reader.fade_left <= 0:
        # A session may let go of a track once no address of it is left.
        reader.tail_sounding = 0
        reader.tail_pcm = 0


@kernel
def play(deck: Any, work: Any, tables: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write one quantum of the deck to `out`, shape (QUANTUM, 2), and move its playhead."""
    reader = deck.reader
    direction = -1.0 if deck.reverse else 1.0
    step = direction * deck.rate.value
    slope = direction * glide_rate(deck)
    playing = 1 if deck.playing and deck.pcm != 0 else 0
    want = reading_position(deck, step) if playing else deck.position
    # With key lock the track is read at its own pitch (or a shifted one), whatever the playhead does.
    key = direction * 2.0 ** (deck.key_shift / 12.0)
    stretching = is_stretching(deck)
    read_step = (key if deck.key_lock else key * deck.rate.value) if stretching else step
    read_step = max(min(read_step, MAX_STEP), -MAX_STEP)
    mode = _mode_of(deck)
    if (
        playing != reader.sounding
        or mode != reader.mode
        or deck.pcm != reader.pcm
        or abs(want - reader.expected) > _JUMP
    ):
        reader.splice_due = 1
    elif deck.frames > reader.frames:
        reader.frames = deck.frames
    reader.mode = mode
    reader.expected = want + (advance(step, slope) if playing else 0.0)
    _place_head(deck, work, want, step, read_step, playing)
    head_slope = 0.0
    if playing and not reader.splice_due:
        reader.head_step = read_step
        head_slope = 0.0 if stretching else slope
    if reader.sounding:
        pcm = stereo_at(reader.pcm, reader.frames)
        read(pcm, reader.head, reader.head_step, head_slope, tables, work.span, out)
        reader.head += advance(reader.head_step, head_slope)
    else:
        out[:] = 0.0
    if reader.fade_left > 0:
        _fade_tail(reader, work, tables, out)
    reader.grain_left -= QUANTUM
    if playing:
        move(deck, step, slope)
