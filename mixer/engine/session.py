"""One DJ's session: its initial state, and how commands change it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.gains import Side
from mixer.dsp.glide import settle
from mixer.dsp.limiter import reset
from mixer.dsp.units import gain_of_db
from mixer.engine import commands as c
from mixer.engine import deck_loops, deck_tempo, deck_transport, desk, sampler
from mixer.engine.commands import InvalidCommand
from mixer.engine.layout import MAX_DECKS, NO_DECK, PADS, UNSET
from mixer.engine.sequences import NewestOnly

TALKOVER_DB = -12.0
"""By how much the music steps back for speech until a DJ says otherwise."""


class Track(Protocol):
    """A decoded track: 48 kHz stereo samples, of which the first `frames` of `length` are valid."""

    @property
    def id(self) -> str: ...
    @property
    def pcm(self) -> NDArray[np.int16]: ...
    @property
    def frames(self) -> int: ...
    @property
    def length(self) -> int: ...


class UnknownTrack(LookupError):
    """A command names a track that was not given to the engine."""


class TrackSource(Protocol):
    """Where a session finds tracks by id."""

    def get_track(self, track_id: str) -> Track:
        """Raises UnknownTrack."""
        ...


def overwrite(state: Any, record: Any) -> None:
    """Copy every field of `record` into a view of the same type, which NumPy cannot do as a whole."""
    for name in state.dtype.names:
        state[name] = record[name]


def initialise(state: Any, deck_count: int) -> None:
    """An empty desk: nothing loaded, flat, faders up, crossfader in the middle."""
    if deck_count not in (2, 4):
        raise InvalidCommand("a session has 2 or 4 decks")
    overwrite(state, np.zeros((), state.dtype))
    state["deck_count"] = deck_count
    state["leader"] = NO_DECK
    for index, deck in enumerate(state["decks"]):
        eject(deck)
        deck["pitch_range"] = 0.08
        deck["fader"] = 1.0
        deck["side"] = Side.A if index % 2 == 0 else Side.B
        deck["platter"] = 1.0
        for glide in (deck["rate"], deck["trim"], *deck["isolator"]["gain"]):
            settle(glide, 1.0)
    for pad in state["pads"]:
        settle(pad["gain"], 1.0)
    for effect in state["effects"]:
        effect["beats"] = 1.0
    for name in ("master", "sampler", "cue_gain", "record_voice"):
        settle(state[name], 1.0)
    settle(state["ducking"]["gain"], 1.0)
    state["ducking"]["depth"], state["ducking"]["envelope"] = gain_of_db(TALKOVER_DB), 1.0
    state["ducking"]["threshold"] = 0.01
    reset(state["limiter"])
    reset(state["record_limiter"])
    desk.set_channel_gains(state)
    for deck in state["decks"]:
        settle(deck["gain"], float(deck["gain"]["target"]))
    state["active"] = 1


def eject(deck: Any) -> None:
    """Take the track away, with all that belongs to it; the deck's switches stay."""
    for name in ("pcm", "frames", "length", "bpm", "grid", "playing", "position", "bend", "ended", "cue"):
        deck[name] = 0
    for name in ("previewing", "looping", "rolling", "pending", "slip", "slip_position", "sync_offset", "platter_step"):
        deck[name] = 0
    deck["platter"] = 1.0
    deck["hot_cues"] = UNSET
    deck["loop_in"] = deck["loop_out"] = UNSET


def pcm_fields(state: Any) -> list[tuple[Any, str]]:
    """Every place in a session's record that holds the address of samples."""
    places: list[tuple[Any, str]] = []
    for deck in state["decks"]:
        places += [(deck, "pcm"), (deck["reader"], "pcm"), (deck["reader"], "tail_pcm")]
    for pad in state["pads"]:
        places += [(pad, "pcm"), (pad, "tail_pcm")]
    return places


class Session:
    """Applies commands to one record. `state` may be a view of the engine's array."""

    def __init__(self, state: Any, tracks: TrackSource) -> None:
        self.state = state
        self.tracks = tracks
        self.loaded: list[Track | None] = [None] * MAX_DECKS
        # Every track whose address is in the record: a reader may still fade out of one that was replaced.
        self.held: list[Track] = []
        self.newest = NewestOnly()

    def addresses(self) -> set[int]:
        """Where the samples are that the kernel may read."""
        return {int(place[name]) for place, name in pcm_fields(self.state)} - {0}

    def apply(self, command: c.Command) -> None:
        """Change the state. Raises InvalidCommand or UnknownTrack, and then nothing has changed."""
        if isinstance(command, c.DeckCommand) and not 0 <= command.deck < self.state["deck_count"]:
            raise InvalidCommand(f"there is no deck {command.deck}")
        if isinstance(command, c.Load):
            self._load(command)
        elif isinstance(command, c.ExtendTrack):
            self._extend(command)
        elif isinstance(command, c.LoadSample):
            self._load_sample(command)
        elif isinstance(command, c.DeckCommand):
            index = command.deck
            if not (
                deck_transport.apply(command, self.state, index)
                or deck_tempo.apply(command, self.state, index)
                or deck_loops.apply(command, self.state, index)
                or desk.apply(command, self.state)
            ):
                raise InvalidCommand(f"nothing handles {type(command).__name__}")
        elif not (desk.apply(command, self.state) or sampler.apply(command, self.state)):
            raise InvalidCommand(f"nothing handles {type(command).__name__}")
        deck_tempo.keep_leader_valid(self.state)

    def _load(self, command: c.Load) -> None:
        track = self._find(command.track)
        if command.bpm != 0.0 and not 20.0 <= command.bpm <= 400.0:
            raise InvalidCommand("a tempo is 20 to 400 BPM")
        deck = self.state["decks"][command.deck]
        eject(deck)
        self.loaded[command.deck] = track
        self._hold(track)
        if track is None:
            return
        deck["pcm"] = track.pcm.ctypes.data
        deck["frames"], deck["length"] = track.frames, track.length
        deck["bpm"], deck["grid"] = command.bpm, command.grid_frame
        deck["cue"] = deck["position"] = float(round(min(max(command.cue_frame, 0.0), track.length)))

    def _load_sample(self, command: c.LoadSample) -> None:
        if not 0 <= command.pad < PADS:
            raise InvalidCommand(f"there is no pad {command.pad}")
        track = self._find(command.track)
        pad = self.state["pads"][command.pad]
        if track is None:
            sampler.put(pad, 0, 0)
        else:
            # What is decoded by now; a sound for a pad is short, and is given when it is whole.
            sampler.put(pad, track.pcm.ctypes.data, track.frames)
        self._hold(track)

    def _find(self, track_id: str | None) -> Track | None:
        track = None if track_id is None else self.tracks.get_track(track_id)
        if track is not None:
            pcm = track.pcm
            if pcm.dtype != np.int16 or pcm.ndim != 2 or pcm.shape[1] != 2 or not pcm.flags.c_contiguous:
                raise InvalidCommand("a track is int16 of shape (frames, 2)")
        return track

    def _hold(self, track: Track | None) -> None:
        """Keep `track` and what is still in the record; let go of the rest."""
        in_use = self.addresses()
        self.held = [held for held in self.held if held.pcm.ctypes.data in in_use]
        if track is not None:
            self.held.append(track)

    def _extend(self, command: c.ExtendTrack) -> None:
        track, deck = self.loaded[command.deck], self.state["decks"][command.deck]
        # Past the watermark a mapped file may have no pages: the kernel is never sent there.
        if track is None or not deck["frames"] <= command.frames <= min(track.frames, command.length):
            raise InvalidCommand("no more than that of the deck's track is decoded")
        deck["frames"], deck["length"] = command.frames, command.length
