"""Where one track is left for the next: on a phrase when their tempos meet, else by a plain fade."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mixer.auto_dj.candidate import BEATS_PER_BAR, Candidate, Span
from mixer.auto_dj.view import DeckView
from mixer.dsp.units import SAMPLE_RATE

PHRASE_BEATS = 16
LONGEST_BEATS = 64
WITHIN = 0.08
"""Tempos farther apart than this are not bent to meet."""
PLAIN_FADE_S = 6.0
# The start is asked for this much before it is due, so that it is in time however the command travels.
_LEAD_BEATS = 1.0


@dataclass(frozen=True, slots=True)
class Transition:
    """From `begin` to `end`, in frames of the outgoing track, the sound goes over to the other.

    `start` is the incoming track's frame heard at `begin`. `beat` is `begin` on the outgoing grid when both run in
    one tempo, else None.
    """

    begin: float
    end: float
    start: float
    beat: float | None

    @property
    def is_in_tempo(self) -> bool:
        return self.beat is not None

    def progress(self, position: float) -> float:
        """How much of the transition is done when the outgoing playhead is at `position`, 0 to 1."""
        if self.end <= self.begin:
            return 1.0 if position >= self.begin else 0.0
        return min(max((position - self.begin) / (self.end - self.begin), 0.0), 1.0)


def tempo_ratio(outgoing_bpm: float, incoming_bpm: float) -> float:
    """By what the incoming track would be sped up, counting beats at half, once or twice."""
    ratio = outgoing_bpm / incoming_bpm
    if ratio > math.sqrt(2.0):
        return ratio / 2.0
    return ratio * 2.0 if ratio < math.sqrt(0.5) else ratio


def plan(deck: DeckView, outgoing: Span | None, incoming: Candidate) -> Transition:
    """The transition from what plays on `deck`, whose span is `outgoing`, to `incoming`; it may be due at once."""
    has_beats = deck.bpm > 0.0 and incoming.beat_frames is not None and deck.rate > 0.0 and not deck.reverse
    if has_beats:
        assert incoming.bpm is not None
        if abs(tempo_ratio(deck.bpm * deck.rate, incoming.bpm) - 1.0) <= WITHIN:
            found = _in_tempo(deck, outgoing, incoming)
            if found is not None:
                return found
    return _plain(deck, outgoing, incoming)


def _sound_end(deck: DeckView, span: Span | None) -> float:
    return min(span.sound_end, deck.length) if span is not None else deck.length


def _plain(deck: DeckView, outgoing: Span | None, incoming: Candidate) -> Transition:
    end = _sound_end(deck, outgoing)
    length = PLAIN_FADE_S * SAMPLE_RATE * max(deck.rate, 0.1)
    start = incoming.span.sound_start if incoming.span is not None else 0.0
    begin = max(end - length, deck.position)
    return Transition(begin=begin, end=max(end, begin), start=start, beat=None)


def _first_bar(incoming: Candidate) -> float:
    """The first downbeat that is not before the track sounds, give or take a twentieth of a bar."""
    beat, grid = incoming.beat_frames, incoming.grid_frame
    assert beat is not None
    assert grid is not None
    bar = BEATS_PER_BAR * beat
    sound = incoming.span.sound_start if incoming.span is not None else 0.0
    number = math.ceil((sound - grid) / bar - 0.05)
    start = grid + number * bar
    return start if start >= 0.0 else start + bar


def _overlap_beats(outro_beats: float, intro_beats: float) -> int:
    """Whole phrases that fit into the outro of one and the intro of the other; one phrase at least."""
    phrases = int(min(outro_beats, intro_beats) / PHRASE_BEATS + 0.05)
    return min(max(phrases, 1) * PHRASE_BEATS, LONGEST_BEATS)


def _in_tempo(deck: DeckView, outgoing: Span | None, incoming: Candidate) -> Transition | None:
    """None when there is not a bar left to mix in."""
    beat = 60.0 * SAMPLE_RATE / deck.bpm
    assert incoming.bpm is not None
    # How many beats of the outgoing grid pass while one of the incoming does: 1, or 2 or ½ when it counts so.
    counted = deck.bpm * deck.rate / incoming.bpm / tempo_ratio(deck.bpm * deck.rate, incoming.bpm)

    def beat_at(frame: float) -> float:
        return (frame - deck.grid_frame) / beat

    end = _sound_end(deck, outgoing)
    last_bar = math.floor(beat_at(end) / BEATS_PER_BAR + 0.05) * BEATS_PER_BAR
    outro = end if outgoing is None else outgoing.outro_start
    start = _first_bar(incoming)
    own_beat = incoming.beat_frames
    assert own_beat is not None
    intro_beats = 0.0 if incoming.span is None else max(incoming.span.intro_end - start, 0.0) / own_beat * counted
    overlap = _overlap_beats((end - outro) / beat, intro_beats)
    begin = min(round(beat_at(outro) / BEATS_PER_BAR) * BEATS_PER_BAR, last_bar - overlap)
    earliest = math.ceil((deck.beat + _LEAD_BEATS) / BEATS_PER_BAR) * BEATS_PER_BAR
    if begin < earliest:
        begin = earliest
        overlap = min(overlap, last_bar - begin)
    if overlap < BEATS_PER_BAR:
        return None
    return Transition(
        begin=deck.grid_frame + begin * beat,
        end=deck.grid_frame + (begin + overlap) * beat,
        start=start,
        beat=float(begin),
    )
