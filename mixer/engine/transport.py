"""Where a deck's playhead goes: rate, sync, pending actions, loops and the ends of the track."""

from __future__ import annotations

import math
from typing import Any

from mixer.dsp.compiled import kernel
from mixer.dsp.resample import MAX_STEP, advance
from mixer.dsp.units import QUANTUM, SAMPLE_RATE

FADE = 480
"""Frames (10 ms) over which the reader crosses from one place to another."""

# The rate moves on the same three poles as every control, taken once a quantum.
_GLIDE = 1.0 - math.exp(-1.0 / 3.0)
_CLOSE = 1e-10
# A phase error is worked off within about this time, and never by more than this part of the tempo.
_PULL_S = 0.25
_MAX_PULL = 0.02
_LOCKED_S = 20e-6


@kernel
def beat_frames(deck: Any) -> float:
    """Source frames per beat; 0 without a beat grid."""
    return float(60.0 * SAMPLE_RATE / deck.bpm) if deck.bpm > 0.0 else 0.0


@kernel
def beat_of(deck: Any) -> float:
    """The playhead in beats."""
    return float((deck.position - deck.grid) * deck.bpm / (60.0 * SAMPLE_RATE))


@kernel
def tempo_factor(leader_bpm: float, own_bpm: float) -> float:
    """Half, one or twice: how a deck counts the leader's beats, so that its own tempo changes least."""
    ratio = leader_bpm / own_bpm
    if ratio > math.sqrt(2.0):
        return 0.5
    return 2.0 if ratio < math.sqrt(0.5) else 1.0


@kernel
def phase_error(deck: Any, leader: Any) -> float:
    """By how many of its own beats a deck is behind its leader, −0.5 to 0.5, whatever its offset."""
    error = beat_of(leader) * tempo_factor(leader.bpm, deck.bpm) - beat_of(deck)
    return error - math.floor(error + 0.5)


@kernel
def own_rate(deck: Any) -> float:
    """The rate that the pitch fader asks for."""
    return float(1.0 + deck.pitch)


@kernel
def set_rate_target(session: Any, index: int) -> None:
    """Decide the rate of a deck from its fader, or from the leader's tempo and phase; positions are not yet moved."""
    deck = session.decks[index]
    rate = own_rate(deck) + deck.bend
    if deck.synced and session.leader >= 0 and session.leader != index:
        leader = session.decks[session.leader]
        if deck.bpm > 0.0 and leader.bpm > 0.0:
            factor = tempo_factor(leader.bpm, deck.bpm)
            together = (own_rate(leader) + leader.bend) * leader.bpm * factor / deck.bpm
            pull = 0.0
            if leader.playing and deck.playing and not leader.reverse and not deck.reverse:
                if deck.bend != 0.0:
                    # The DJ pushes the deck against the leader on purpose: what that leads to is the new phase.
                    deck.sync_offset = phase_error(deck, leader)
                else:
                    error = phase_error(deck, leader) - deck.sync_offset
                    error -= math.floor(error + 0.5)
                    behind_s = error * 60.0 / deck.bpm
                    if abs(behind_s) > _LOCKED_S:
                        pull = max(min(behind_s / _PULL_S, _MAX_PULL), -_MAX_PULL)
            rate = together * (1.0 + pull) + deck.bend
    deck.rate.target = max(min(rate, MAX_STEP), 0.0) * deck.platter


@kernel
def _turn_platter(deck: Any) -> None:
    """Speed the platter up, or slow it down until the deck stops; a stopped deck's turns at full speed again."""
    deck.platter += deck.platter_step
    if deck.platter >= 1.0 or not deck.playing:
        deck.platter = 1.0
        deck.platter_step = 0.0
    elif deck.platter <= 0.0:
        deck.platter = 1.0
        deck.platter_step = 0.0
        deck.playing = 0
        deck.previewing = 0


@kernel
def _fire_pending(session: Any, deck: Any) -> None:
    """Start what was asked for a beat, early enough that its fade is over on that beat."""
    reference = session.decks[deck.pending_deck]
    if not reference.playing or reference.bpm <= 0.0 or reference.rate.value <= 0.0:
        return
    per_beat = beat_frames(reference) / reference.rate.value
    wait = (deck.pending_beat - beat_of(reference)) * per_beat
    if wait > FADE:
        return
    # Also when it comes late: it goes on as if it had been in time.
    deck.position = deck.pending_position - wait * deck.rate.target
    deck.playing = 1
    deck.ended = 0
    deck.pending = 0


@kernel
def glide_rate(deck: Any) -> float:
    """Move the rate for one quantum; the slope by which it changes per frame."""
    rate = deck.rate
    before = rate.value
    if rate.first != rate.target or rate.second != rate.target or before != rate.target:
        rate.first += _GLIDE * (rate.target - rate.first)
        rate.second += _GLIDE * (rate.first - rate.second)
        rate.value += _GLIDE * (rate.second - rate.value)
        if (
            abs(rate.target - rate.first) < _CLOSE
            and abs(rate.target - rate.second) < _CLOSE
            and abs(rate.target - rate.value) < _CLOSE
        ):
            rate.first = rate.target
            rate.second = rate.target
            rate.value = rate.target
    return float((rate.value - before) / QUANTUM)


@kernel
def reading_position(deck: Any, step: float) -> float:
    """Where to read so that what comes after a loop's seam is heard undimmed: a fade's length before it, beyond it."""
    position = deck.position
    if deck.looping:
        length = deck.loop_out - deck.loop_in
        if step > 0.0 and position < deck.loop_out and position + FADE * step >= deck.loop_out:
            return float(position - length)
        if step < 0.0 and position >= deck.loop_in and position + FADE * step < deck.loop_in:
            return float(position + length)
    return float(position)


@kernel
def move(deck: Any, step: float, slope: float) -> None:
    """Move the playhead by one quantum, round a loop, and stop it at an end of the track."""
    distance = advance(step, slope)
    if deck.slip:
        deck.slip_position += abs(distance)
        if deck.slip_position >= deck.length:
            deck.slip_position = deck.length
    before = deck.position
    deck.position = before + distance
    if deck.looping:
        length = deck.loop_out - deck.loop_in
        if distance > 0.0 and before < deck.loop_out:
            while deck.position >= deck.loop_out:
                deck.position -= length
        elif distance < 0.0 and before >= deck.loop_in:
            while deck.position < deck.loop_in:
                deck.position += length
    if distance > 0.0 and deck.position >= deck.length:
        deck.position = float(deck.length)
        deck.playing = 0
        deck.ended = 1
    elif distance < 0.0 and deck.position <= 0.0:
        deck.position = 0.0
        deck.playing = 0
        deck.ended = 1


@kernel
def prepare(session: Any) -> None:
    """What all decks decide from each other's positions, before any of them moves."""
    for index in range(session.deck_count):
        if session.decks[index].platter_step != 0.0:
            _turn_platter(session.decks[index])
        set_rate_target(session, index)
    for index in range(session.deck_count):
        deck = session.decks[index]
        if deck.pending:
            _fire_pending(session, deck)
