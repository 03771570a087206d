"""Keeps a mix going: loads the next track on a free deck ahead of time and mixes into it. Fed and told the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mixer.auto_dj.candidate import Candidate
from mixer.auto_dj.easing import Easing
from mixer.auto_dj.fade import AUDIBLE, Fade
from mixer.auto_dj.picking import Picker
from mixer.auto_dj.transition import WITHIN, Transition, plan
from mixer.auto_dj.view import DeskView
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c

PREPARE_S = 40.0
"""So long before a transition the next track is loaded: until then the queue may still be changed."""
_ARM_S = 2.0
_LATE_S = 0.5
# What is asked for is seen in the desk a little later; meanwhile it is neither asked for again nor given up.
_SEEN_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class LoadTrack:
    """Put a track on a deck; `loaded`, `load_failed` or `load_overtaken` is to be told how it went."""

    deck: int
    candidate: Candidate


Action = LoadTrack | c.Command


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a step needs to know beside the desk: the tracks on the decks, the queue, and what was played before.

    `played` is the longest ago first, each track once.
    """

    on_deck: Mapping[int, Candidate]
    queue: Sequence[Candidate]
    played: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class _Armed:
    fade: Fade
    transition: Transition


class AutoDj:
    """Call `step` some 25 times a second while it is on, and carry out what it gives, in order."""

    def __init__(self) -> None:
        self._picker = Picker()
        self._on = False
        self._unattended = False
        self._loading: LoadTrack | None = None
        self._prepared: LoadTrack | None = None
        self._armed: _Armed | None = None
        self._easing = Easing()
        self._last_step: float | None = None
        self._next_entry: str | None = None
        self._started_at = self._prepared_at = float("-inf")

    @property
    def is_on(self) -> bool:
        return self._on

    @property
    def next_entry(self) -> str | None:
        """The queue's entry that comes next, as far as is known."""
        return self._next_entry if self._on else None

    def start(self, *, unattended: bool) -> None:
        """`unattended`: nobody is at the desk, so loops are left and closed faders opened."""
        self._on = True
        self._unattended = unattended

    def stop(self, desk: DeskView) -> list[c.Command]:
        """End at once; what sounds goes on sounding. The commands give the desk back."""
        armed = self._armed
        self._on = False
        self._easing.end()
        self._loading = self._prepared = self._armed = self._last_step = self._next_entry = None
        if armed is None:
            return []
        commands = armed.fade.abandon(desk)
        if not desk.decks[armed.fade.incoming].playing:
            commands.append(c.Play(armed.fade.incoming, False))
        return commands

    def loaded(self, deck: int, *, now: float) -> None:
        """What was asked for is on `deck`, or will be when the commands before this have been obeyed."""
        if self._loading is not None and self._loading.deck == deck:
            self._prepared, self._loading = self._loading, None
            self._prepared_at = now
            self._picker.take(self._prepared.candidate)

    def load_failed(self, deck: int, *, now: float) -> None:
        """What was asked for cannot be put on `deck`."""
        if self._loading is not None and self._loading.deck == deck:
            self._picker.put_aside(self._loading.candidate, now=now)
            self._loading = None

    def load_overtaken(self, deck: int) -> None:
        """Somebody put something else on `deck`: what was asked for is free again."""
        if self._loading is not None and self._loading.deck == deck:
            self._loading = None

    def step(self, desk: DeskView, around: Surroundings, *, now: float) -> list[Action]:
        """What to do next; empty while it is off."""
        if not self._on:
            return []
        since = 0.0 if self._last_step is None else max(now - self._last_step, 0.0)
        self._last_step = now
        if self._prepared is not None and not self._is_still_there(self._prepared, around, now):
            self._prepared = self._armed = None
        if self._armed is not None:
            return list(self._go_on(self._armed, desk))
        current = desk.heard
        candidate = self._look_ahead(desk, around, now)
        if current is None:
            return self._begin_sound(desk, candidate, now)
        actions: list[Action] = [*self._free(desk, current), *self._easing.step(desk, since)]
        span = around.on_deck[current].span if current in around.on_deck else None
        if self._prepared is not None:
            actions += self._arm(desk, current, plan(desk.decks[current], span, self._prepared.candidate))
        elif self._loading is None and candidate is not None:
            ahead = plan(desk.decks[current], span, candidate)
            free = desk.free_deck
            if free is not None and desk.decks[current].seconds_until(ahead.begin) <= PREPARE_S:
                actions.append(self._load(free, candidate))
        return actions

    def _is_still_there(self, prepared: LoadTrack, around: Surroundings, now: float) -> bool:
        on_deck = around.on_deck.get(prepared.deck)
        if now < self._prepared_at + _SEEN_AFTER_S:
            return True
        return on_deck is not None and on_deck.track == prepared.candidate.track

    def _look_ahead(self, desk: DeskView, around: Surroundings, now: float) -> Candidate | None:
        under_way = self._prepared or self._loading
        if under_way is not None:
            self._next_entry = under_way.candidate.entry
            return None
        playing = {on.track for deck, on in around.on_deck.items() if desk.decks[deck].playing}
        candidate = self._picker.peek(around.queue, around.played, playing, now=now)
        self._next_entry = candidate.entry if candidate is not None else None
        return candidate

    def _load(self, deck: int, candidate: Candidate) -> LoadTrack:
        self._loading = LoadTrack(deck, candidate)
        self._next_entry = candidate.entry
        return self._loading

    def _begin_sound(self, desk: DeskView, candidate: Candidate | None, now: float) -> list[Action]:
        """Nothing is playing: start what is prepared, or prepare something."""
        prepared = self._prepared
        if now < self._started_at + _SEEN_AFTER_S:
            return []
        if prepared is None:
            return [self._load(desk.free_deck or 0, candidate)] if candidate is not None else []
        self._started_at = now
        deck = prepared.deck
        span = prepared.candidate.span
        self._prepared = None
        return [
            c.SetSync(deck, False),
            c.SetPitch(deck, 0.0),
            c.SetReverse(deck, False),
            c.Bend(deck, 0.0),
            c.Seek(deck, span.sound_start if span is not None else 0.0),
            *_opened(desk, deck),
            c.Play(deck, True),
        ]

    def _free(self, desk: DeskView, current: int) -> list[c.Command]:
        """Let what plays run on to its end, and be heard, when nobody is there to see to it."""
        if not self._unattended:
            return []
        deck, commands = desk.decks[current], list[c.Command]()
        if deck.looping:
            commands.append(c.SetLooping(current, False))
        if deck.reverse:
            commands.append(c.SetReverse(current, False))
        if desk.gain(current) < AUDIBLE:
            commands += _opened(desk, current)
        return commands

    def _arm(self, desk: DeskView, current: int, transition: Transition) -> list[c.Command]:
        """When the transition is near, set the incoming deck up and have it start on the beat."""
        assert self._prepared is not None
        outgoing, incoming = desk.decks[current], self._prepared.deck
        wait = outgoing.seconds_until(transition.begin)
        lead = max(_ARM_S, 2.0 * 60.0 / outgoing.bpm) if transition.is_in_tempo else 0.0
        if wait > lead:
            return []
        fade = Fade(desk, current, incoming, swap_bass=transition.is_in_tempo)
        self._armed = _Armed(fade, transition)
        self._easing.end()
        commands: list[c.Command] = [
            *fade.begin(),
            c.SetSync(incoming, False),
            c.SetPitch(incoming, 0.0),
            c.SetReverse(incoming, False),
            c.Bend(incoming, 0.0),
            c.Seek(incoming, transition.start),
        ]
        if transition.beat is None:
            return [*commands, c.Play(incoming, True)]
        if desk.decks[incoming].pitch_range < WITHIN:
            # The tempo it is given has to be on its fader, to be taken back from there.
            commands.append(c.SetPitchRange(incoming, WITHIN))
        return [
            *commands,
            c.SetSync(current, False),
            c.SetLeader(current),
            c.SetSync(incoming, True),
            c.Play(incoming, True, at_beat=transition.beat, clock=current),
        ]

    def _go_on(self, armed: _Armed, desk: DeskView) -> list[c.Command]:
        fade, transition = armed.fade, armed.transition
        outgoing, incoming = desk.decks[fade.outgoing], desk.decks[fade.incoming]
        progress = transition.progress(outgoing.position) if outgoing.playing else 1.0
        commands: list[c.Command] = []
        if not incoming.playing and outgoing.position >= transition.begin + _LATE_S * SAMPLE_RATE:
            commands.append(c.Play(fade.incoming, True))
        if progress < 1.0:
            return [*commands, *fade.move(progress)] if outgoing.position >= transition.begin else commands
        if not incoming.playing:
            commands.append(c.Play(fade.incoming, True))
        commands += fade.move(1.0)
        if transition.is_in_tempo:
            commands += [c.SetSync(fade.incoming, False), c.SetLeader(fade.incoming)]
            self._easing.begin(fade.incoming)
        self._armed = self._prepared = None
        return [*commands, *fade.finish()]


def _opened(desk: DeskView, deck: int) -> list[c.Command]:
    """Fader up, and the crossfader in the middle where it shuts the deck out; nothing when it is heard already."""
    if desk.gain(deck) >= AUDIBLE:
        return []
    commands: list[c.Command] = [c.SetFader(deck, 1.0)]
    if desk.side_gain(deck) < AUDIBLE:
        commands.append(c.MoveCrossfader(0.0))
    return commands
