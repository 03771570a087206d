"""The signal flow of a session, and the one call that renders the sessions of a process.

deck → trim → isolator → filter → effect ─┬→ fader · crossfader → + → master effect → talkover → + microphone → limiter
                                          │                       └ sampler
                                          └→ PFL → cue bus, with the master blended in or on the other ear
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.dsp.ducking import listen
from mixer.dsp.effects.slot import apply_effect
from mixer.dsp.glide import follow, rests_at
from mixer.dsp.isolator import isolate
from mixer.dsp.limiter import limit
from mixer.dsp.meters import measure
from mixer.dsp.sweep_filter import sweep
from mixer.dsp.units import QUANTUM, SAMPLE_RATE
from mixer.engine.claims import claim, finish
from mixer.engine.layout import MASTER_SLOT
from mixer.engine.reader import play
from mixer.engine.sampler import play_pads
from mixer.engine.transport import beat_frames, beat_of, prepare

_NOMINAL_BPM = 120.0
_NOMINAL_BEAT = 60.0 * SAMPLE_RATE / _NOMINAL_BPM


@kernel
def _scale(audio: NDArray[np.float32], glide: Any, curve: NDArray[np.float64]) -> None:
    """Multiply one quantum by a control."""
    if not follow(glide, curve) and curve[0] == 1.0:
        return
    for i in range(QUANTUM):
        gain = np.float32(curve[i])
        audio[i, 0] *= gain
        audio[i, 1] *= gain


@kernel
def _add(bus: NDArray[np.float32], audio: NDArray[np.float32], glide: Any, curve: NDArray[np.float64]) -> None:
    """Mix one quantum into a bus at the level of a control."""
    if not follow(glide, curve) and curve[0] == 0.0:
        return
    for i in range(QUANTUM):
        gain = np.float32(curve[i])
        bus[i, 0] += gain * audio[i, 0]
        bus[i, 1] += gain * audio[i, 1]


@kernel
def _effect(session: Any, slot: int, clock: int, memory: NDArray[np.float32], audio: Any, curves: Any) -> None:
    """Run an effect on the beat of deck `clock`; without a playing beat grid, on the session's own at 120 BPM."""
    effect = session.effects[slot]
    if effect.kind == 0 and effect.wanted_kind == 0:
        return
    beat = session.frame / _NOMINAL_BEAT
    frames = _NOMINAL_BEAT
    if clock >= 0:
        deck = session.decks[clock]
        if deck.bpm > 0.0:
            frames = beat_frames(deck) / max(deck.rate.target, 0.1)
            if deck.playing:
                beat = beat_of(deck)
    apply_effect(effect, memory, audio, beat, frames, curves)


@kernel
def _channel(session: Any, index: int, work: Any, tables: Any, memory: Any) -> None:
    """One deck through its channel strip into the music and cue buses."""
    deck = session.decks[index]
    audio, curves = work.head, work.curves
    play(deck, work, tables, audio)
    _scale(audio, deck.trim, curves[0])
    isolate(deck.isolator, audio, curves)
    sweep(deck.sweep, audio, curves[0])
    _effect(session, index, index, memory[index], audio, curves)
    measure(deck.meter, audio)
    _add(work.cue, audio, deck.listen, curves[0])
    _add(work.music, audio, deck.gain, curves[0])


@kernel
def _headphones(session: Any, work: Any, master: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Cue and master side by side or blended; hard-limited only, because look-ahead would make it late."""
    curves, cue = work.curves, work.cue
    follow(session.cue_blend, curves[0])
    follow(session.cue_split, curves[1])
    follow(session.cue_gain, curves[2])
    for i in range(QUANTUM):
        blend, split, gain = curves[0, i], curves[1, i], curves[2, i]
        left = cue[i, 0] + blend * (master[i, 0] - cue[i, 0])
        right = cue[i, 1] + blend * (master[i, 1] - cue[i, 1])
        left += split * (0.5 * (cue[i, 0] + cue[i, 1]) - left)
        right += split * (0.5 * (master[i, 0] + master[i, 1]) - right)
        out[i, 0] = max(min(gain * left, 1.0), -1.0)
        out[i, 1] = max(min(gain * right, 1.0), -1.0)


@kernel
def _record(session: Any, work: Any, music: Any, programme: Any, out: NDArray[np.float32]) -> None:
    """The programme, or the limited `music` alone, at the level of the record control."""
    curves = work.curves
    follow(session.record_voice, curves[1])
    follow(session.record, curves[0])
    for i in range(QUANTUM):
        for channel in range(2):
            value = music[i, channel] + curves[1, i] * (programme[i, channel] - music[i, channel])
            out[i, channel] = curves[0, i] * value


@kernel
def _quantum(
    session: Any,
    work: Any,
    tables: NDArray[np.float32],
    memory: NDArray[np.float32],
    microphone: NDArray[np.float32],
    programme: NDArray[np.float32],
    cue: NDArray[np.float32],
    record: NDArray[np.float32],
) -> None:
    """Render QUANTUM frames of one session."""
    music, voice, curves = work.music, work.voice, work.curves
    music[:] = 0.0
    work.cue[:] = 0.0
    prepare(session)
    for index in range(session.deck_count):
        _channel(session, index, work, tables, memory)
    play_pads(session, music, work)
    _effect(session, MASTER_SLOT, session.leader, memory[MASTER_SLOT], music, curves)
    _scale(music, session.master, curves[0])
    voice[:] = microphone
    _scale(voice, session.microphone, curves[0])
    measure(session.microphone_meter, voice)
    listen(session.ducking, voice)
    # The channels are done: their scratch now holds the music as recorded, before talkover, and the mix.
    recorded, mixed = work.head, work.tail
    recording = not rests_at(session.record, 0.0)
    if recording:
        limit(session.record_limiter, music, recorded)
    _scale(music, session.ducking.gain, curves[0])
    for i in range(QUANTUM):
        mixed[i, 0] = music[i, 0] + voice[i, 0]
        mixed[i, 1] = music[i, 1] + voice[i, 1]
    _headphones(session, work, mixed, cue)
    measure(session.master_meter, mixed)
    limit(session.limiter, mixed, programme)
    if recording:
        _record(session, work, recorded, programme, record)
    else:
        record[:] = 0.0
    session.frame += QUANTUM


@kernel
def _is_finite(audio: NDArray[np.float32]) -> bool:
    """Whether no sample is NaN or infinite."""
    total = np.float32(0.0)
    for i in range(audio.shape[0]):
        total += audio[i, 0] * np.float32(0.0) + audio[i, 1] * np.float32(0.0)
    return bool(total == total)


@kernel
def _clear_sound(session: Any) -> None:
    """Forget every filter and delay line; the transport and the desk stay as they are."""
    for index in range(len(session.decks)):
        deck = session.decks[index]
        deck.isolator.state[:] = 0.0
        deck.sweep.sides[0].state[:] = 0.0
        deck.sweep.sides[1].state[:] = 0.0
        deck.meter.power[:] = 0.0
        deck.meter.peak[:] = 0.0
    for slot in range(len(session.effects)):
        effect = session.effects[slot]
        effect.filled = 0
        effect.stages[:] = 0.0
        effect.feedback[:] = 0.0
        effect.held[:] = 0.0
        effect.damped[:] = 0.0
    session.limiter.delayed[:] = 0.0
    session.limiter.tail[:] = 0.0
    session.limiter.needs[:] = 1.0
    session.limiter.boundary = 1.0
    session.record_limiter.delayed[:] = 0.0
    session.record_limiter.tail[:] = 0.0
    session.record_limiter.needs[:] = 1.0
    session.record_limiter.boundary = 1.0
    session.master_meter.power[:] = 0.0
    session.master_meter.peak[:] = 0.0
    session.microphone_meter.power[:] = 0.0
    session.microphone_meter.peak[:] = 0.0


@kernel
def render_sessions(
    claims: NDArray[np.int64],
    number: int,
    sessions: Any,
    work: Any,
    tables: NDArray[np.float32],
    memory: NDArray[np.float32],
    microphones: NDArray[np.float32],
    programme: NDArray[np.float32],
    cue: NDArray[np.float32],
    record: NDArray[np.float32],
) -> int:
    """Render block `number` of the active sessions that nobody else has claimed; how many those were.

    `microphones` in and `programme`, `cue`, `record` out have the shape (sessions, frames, 2), frames a multiple of
    QUANTUM. `memory` is (sessions, EFFECT_SLOTS, MEMORY, 2); `work` is an array of one WORK, the calling thread's own.
    """
    scratch = work[0]
    frames = programme.shape[1]
    rendered = 0
    while True:
        index = claim(claims, number, len(sessions))
        if index < 0:
            return rendered
        session = sessions[index]
        if not session.active:
            finish(claims)
            continue
        rendered += 1
        for start in range(0, frames, QUANTUM):
            end = start + QUANTUM
            _quantum(
                session,
                scratch,
                tables,
                memory[index],
                microphones[index, start:end],
                programme[index, start:end],
                cue[index, start:end],
                record[index, start:end],
            )
        if not (_is_finite(programme[index]) and _is_finite(cue[index])):
            # One session's fault is its own silence for one block, and nobody else's.
            session.faults += 1
            _clear_sound(session)
            programme[index] = 0.0
            cue[index] = 0.0
            record[index] = 0.0
        finish(claims)
