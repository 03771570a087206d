"""Auto-DJ in a mix: when it is on and why, and its candidates out of the queue and of what the mix has played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

from mixer.auto_dj.auto_dj import AutoDj, LoadTrack, Surroundings
from mixer.auto_dj.candidate import Candidate, Span
from mixer.auto_dj.view import DeskView
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine.commands import Command
from mixer.worker.deck_tracks import DeckTrack
from mixer.worker.decks import Outcome
from mixer.worker.desired import MixSpec, Playable
from mixer.worker.keepsake import MAX_KNOWN
from mixer.worker.presence import AWAY_AFTER_S

Reason = Literal["asked", "nobody_here"]
LoadOnDeck = Callable[[int, Playable, str | None], None]

NOBODY_FOR_S: Final = AWAY_AFTER_S
"""So long a mix that began, or a worker that took it up, waits for the first word of a device."""


class KnownTracks:
    """The tracks of a mix by when they were played, longest ago first; the oldest of MAX_KNOWN are forgotten."""

    def __init__(self) -> None:
        self._tracks: dict[str, Playable] = {}
        self._candidates: tuple[int, list[Candidate]] = (0, [])
        self.version = 0

    def __iter__(self) -> Iterator[Playable]:
        return iter(self._tracks.values())

    def candidates(self) -> list[Candidate]:
        """As Auto-DJ sees them; made anew only when one has changed, for it looks 25 times a second."""
        if self._candidates[0] != self.version:
            self._candidates = self.version, [candidate_of(track, None) for track in self]
        return self._candidates[1]

    def add(self, track: Playable) -> None:
        """It is on a deck; where it stands among those played stays."""
        self.version += 1
        self._tracks[track.content_id] = track
        while len(self._tracks) > MAX_KNOWN:
            del self._tracks[next(iter(self._tracks))]

    def played(self, track: Playable) -> None:
        """It has been played just now."""
        self._tracks.pop(track.content_id, None)
        self.add(track)

    def update(self, track: Playable) -> None:
        """What is known of it has changed, if it is one of them."""
        if track.content_id in self._tracks:
            self.add(track)

    def find(self, content_id: str) -> Playable | None:
        return self._tracks.get(content_id)


class AutoPilot:
    """`step` carries out what Auto-DJ wants."""

    def __init__(self, submit: Callable[[Command], None], load: LoadOnDeck, *, now: float) -> None:
        self.known = KnownTracks()
        self.reason: Reason | None = None
        self._auto = AutoDj()
        self._submit = submit
        self._load = load
        self._nobody_before = now + NOBODY_FOR_S

    @property
    def next_entry(self) -> str | None:
        return self._auto.next_entry

    def ask(self, on: bool, desk: DeskView) -> None:
        """A member switches it."""
        if on:
            self.take_up("asked")
        else:
            self._stop(desk)

    def take_up(self, reason: Reason | None) -> None:
        """Be on for this reason, or off."""
        self.reason = reason
        if reason is not None:
            self._auto.start(unattended=reason == "nobody_here")

    def member_commands(self, desk: DeskView) -> None:
        """Somebody is at the desk: what began by itself ends."""
        if self.reason == "nobody_here":
            self._stop(desk)

    def load_ended(self, deck: int, outcome: Outcome, *, now: float) -> None:
        """How it went with what Auto-DJ had loaded."""
        match outcome:
            case "loaded":
                self._auto.loaded(deck, now=now)
            case "failed":
                self._auto.load_failed(deck, now=now)
            case "overtaken":
                self._auto.load_overtaken(deck)

    def step(
        self, spec: MixSpec, desk: DeskView, on_deck: Mapping[int, DeckTrack], *, anyone_here: bool, now: float
    ) -> None:
        """To be called 25 times a second; `on_deck` are the decks whose track is on them."""
        alone = not anyone_here and now >= self._nobody_before
        if self.reason is None and alone and spec.on_air:
            self.take_up("nobody_here")
        if self.reason is None:
            return
        self._auto.start(unattended=alone)
        around = Surroundings(
            on_deck={deck: candidate_of(slot.track, slot.entry) for deck, slot in on_deck.items() if slot.track},
            queue=[candidate_of(entry.track, entry.entry_id) for entry in spec.queue],
            played=self.known.candidates(),
        )
        for action in self._auto.step(desk, around, now=now):
            if isinstance(action, LoadTrack):
                self._load_on_deck(spec, action, now)
            else:
                self._submit(action)

    def _load_on_deck(self, spec: MixSpec, action: LoadTrack, now: float) -> None:
        wanted = action.candidate
        queued = next((entry.track for entry in spec.queue if entry.entry_id == wanted.entry), None)
        track = queued or self.known.find(wanted.track)
        if track is None:
            self._auto.load_failed(action.deck, now=now)
        else:
            self._load(action.deck, track, wanted.entry)

    def _stop(self, desk: DeskView) -> None:
        self.reason = None
        for command in self._auto.stop(desk):
            self._submit(command)


def candidate_of(track: Playable, entry: str | None) -> Candidate:
    """A track as Auto-DJ sees it."""
    structure, grid = track.structure, track.grid
    span = None
    if structure is not None:
        span = Span(
            sound_start=structure.sound_start_s * SAMPLE_RATE,
            sound_end=structure.sound_end_s * SAMPLE_RATE,
            intro_end=structure.intro_end_s * SAMPLE_RATE,
            outro_start=structure.outro_start_s * SAMPLE_RATE,
        )
    return Candidate(track.content_id, entry, grid[0] if grid else None, grid[1] if grid else None, span)
