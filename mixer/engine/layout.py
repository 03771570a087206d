"""The whole state of a session as one record, so that a snapshot is a copy and the kernel needs no objects.

Positions are in source frames (48 kHz) of the track; a beat is counted from the first downbeat of its grid.
"""

from __future__ import annotations

import numpy as np

from mixer.dsp.ducking import DUCKING
from mixer.dsp.effects.state import EFFECT, REVERB_LINES
from mixer.dsp.glide import GLIDE
from mixer.dsp.isolator import ISOLATOR
from mixer.dsp.limiter import LIMITER
from mixer.dsp.meters import METER
from mixer.dsp.resample import SPAN
from mixer.dsp.sweep_filter import SWEEP_FILTER
from mixer.dsp.timestretch import CANDIDATES, REFERENCE
from mixer.dsp.units import QUANTUM

MAX_DECKS = 4
HOT_CUES = 8
PADS = 8
EFFECT_SLOTS = MAX_DECKS + 1
MASTER_SLOT = MAX_DECKS
NO_DECK = -1
UNSET = -1.0
"""A cue point or loop end that is not there."""

PENDING_NONE, PENDING_JUMP = 0, 1

READER = np.dtype(
    [
        ("head", "f8"),
        ("head_step", "f8"),
        ("sounding", "i8"),
        ("pcm", "i8"),
        ("frames", "i8"),
        ("tail", "f8"),
        ("tail_step", "f8"),
        ("tail_sounding", "i8"),
        ("tail_pcm", "i8"),
        ("tail_frames", "i8"),
        ("fade_left", "i8"),
        ("splice_due", "i8"),
        ("grain_left", "i8"),
        ("expected", "f8"),
        ("mode", "f8"),
    ],
    align=True,
)
"""`head` reads what is heard, `tail` what is being left. `expected`: where the playhead is next unless it jumps.
`mode`: what the last quantum was read with; another one means a splice."""

DECK = np.dtype(
    [
        # The track: its samples, how many are valid so far, how many there will be, and its beat grid.
        ("pcm", "i8"),
        ("frames", "i8"),
        ("length", "i8"),
        ("bpm", "f8"),
        ("grid", "f8"),
        # Transport.
        ("playing", "i8"),
        ("position", "f8"),
        ("rate", GLIDE),
        ("pitch", "f8"),
        ("pitch_range", "f8"),
        ("bend", "f8"),
        ("reverse", "i8"),
        ("ended", "i8"),
        ("quantize", "i8"),
        ("cue", "f8"),
        ("previewing", "i8"),
        ("hot_cues", "f8", (HOT_CUES,)),
        ("loop_in", "f8"),
        ("loop_out", "f8"),
        ("looping", "i8"),
        ("rolling", "i8"),
        ("slip", "i8"),
        ("slip_position", "f8"),
        # How fast the platter turns, 1 at full speed, and by how much that changes in a quantum.
        ("platter", "f8"),
        ("platter_step", "f8"),
        # Sync.
        ("synced", "i8"),
        ("sync_offset", "f8"),
        ("pending", "i8"),
        ("pending_deck", "i8"),
        ("pending_beat", "f8"),
        ("pending_position", "f8"),
        # Sound.
        ("key_lock", "i8"),
        ("key_shift", "f8"),
        ("reader", READER),
        ("trim", GLIDE),
        ("isolator", ISOLATOR),
        ("sweep", SWEEP_FILTER),
        ("gain", GLIDE),
        ("listen", GLIDE),
        ("meter", METER),
        # The desk's settings behind `gain`.
        ("fader", "f8"),
        ("side", "i8"),
    ],
    align=True,
)

PAD = np.dtype(
    [
        ("pcm", "i8"),
        ("frames", "i8"),
        ("head", "i8"),
        ("sounding", "i8"),
        ("tail", "i8"),
        ("tail_pcm", "i8"),
        ("tail_frames", "i8"),
        ("fade_left", "i8"),
        ("loop", "i8"),
        ("db", "f8"),
        ("gain", GLIDE),
    ],
    align=True,
)
"""A pad of the sampler: `head` is what it plays, `tail` what it was playing when it was struck again or stopped."""

SESSION = np.dtype(
    [
        ("active", "i8"),
        ("frame", "i8"),
        ("deck_count", "i8"),
        ("leader", "i8"),
        ("decks", DECK, (MAX_DECKS,)),
        ("pads", PAD, (PADS,)),
        ("sampler_db", "f8"),
        ("sampler", GLIDE),
        ("effects", EFFECT, (EFFECT_SLOTS,)),
        # Desk.
        ("crossfader", "f8"),
        ("curve", "i8"),
        ("hamster", "i8"),
        ("master", GLIDE),
        ("master_meter", METER),
        ("limiter", LIMITER),
        # Headphones: `cue_blend` is 0 (cue) to 1 (master).
        ("cue_blend", GLIDE),
        ("cue_split", GLIDE),
        ("cue_gain", GLIDE),
        # Microphone. `microphone_db` is the knob, also while it is off.
        ("microphone", GLIDE),
        ("microphone_db", "f8"),
        ("ducking", DUCKING),
        ("microphone_meter", METER),
        # Recording.
        ("record", GLIDE),
        ("record_voice", GLIDE),
        ("record_limiter", LIMITER),
        # How often NaN or infinity was found and the sound state of the session thrown away.
        ("faults", "i8"),
    ],
    align=True,
)

WORK = np.dtype(
    [
        ("span", "f4", (2, SPAN)),
        ("reference", "f4", (REFERENCE,)),
        ("candidates", "f4", (CANDIDATES,)),
        ("head", "f4", (QUANTUM, 2)),
        ("tail", "f4", (QUANTUM, 2)),
        ("music", "f4", (QUANTUM, 2)),
        ("voice", "f4", (QUANTUM, 2)),
        ("cue", "f4", (QUANTUM, 2)),
        ("curves", "f8", (6, QUANTUM)),
    ],
    align=True,
)
"""Scratch of the kernel, one for each thread that renders. Nothing in it outlives a quantum."""

assert QUANTUM >= REVERB_LINES
