"""What a dashboard needs to know of a session, read from its record between two blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mixer.dsp.limiter import LATENCY
from mixer.dsp.units import db_of_gain
from mixer.engine.session import Session
from mixer.engine.transport import beat_of


@dataclass(frozen=True, slots=True)
class Level:
    """A meter: `vu_db` and `peak_db` of the louder channel, −120 for silence, and the clip light."""

    vu_db: float
    peak_db: float
    clipping: bool


@dataclass(frozen=True, slots=True)
class DeckStatus:
    """`position_frames` is what the next sample of the block reads; `beat` is counted on the track's grid."""

    track: str | None
    playing: bool
    ended: bool
    previewing: bool
    pending: bool
    position_frames: float
    length_frames: int
    rate: float
    bpm: float
    beat: float
    cue_frame: float
    hot_cues: tuple[float | None, ...]
    loop: tuple[float, float] | None
    looping: bool
    synced: bool
    key_lock: bool
    level: Level


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """`frame` counts what was rendered; what the programme carries then was mixed `latency_frames` before."""

    frame: int
    latency_frames: int
    leader: int | None
    decks: tuple[DeckStatus, ...]
    master: Level
    microphone: Level
    limiting_db: float
    faults: int


def level_of(meter: Any) -> Level:
    """What a METER shows."""
    loudest, peak = float(meter["power"].max()), float(meter["peak"].max())
    return Level(db_of_gain(math.sqrt(loudest)), db_of_gain(peak), bool(meter["clip_left"] > 0))


def _deck(session: Session, index: int) -> DeckStatus:
    deck = session.state["decks"][index]
    track = session.loaded[index]
    has_loop = deck["loop_in"] >= 0.0 and deck["loop_out"] >= 0.0
    rate = float(deck["rate"]["value"])
    return DeckStatus(
        track=track.id if track else None,
        playing=bool(deck["playing"]),
        ended=bool(deck["ended"]),
        previewing=bool(deck["previewing"]),
        pending=bool(deck["pending"]),
        position_frames=float(deck["position"]),
        length_frames=int(deck["length"]),
        rate=-rate if deck["reverse"] else rate,
        bpm=float(deck["bpm"]) * rate,
        beat=float(beat_of(deck)),
        cue_frame=float(deck["cue"]),
        hot_cues=tuple(float(cue) if cue >= 0.0 else None for cue in deck["hot_cues"]),
        loop=(float(deck["loop_in"]), float(deck["loop_out"])) if has_loop else None,
        looping=bool(deck["looping"]),
        synced=bool(deck["synced"]),
        key_lock=bool(deck["key_lock"]),
        level=level_of(deck["meter"]),
    )


def status_of(session: Session) -> SessionStatus:
    """The present status. The limiter's deepest reduction is counted from the call before."""
    state = session.state
    reduction = float(state["limiter"]["reduction"])
    state["limiter"]["reduction"] = 1.0
    return SessionStatus(
        frame=int(state["frame"]),
        latency_frames=LATENCY,
        leader=int(state["leader"]) if state["leader"] >= 0 else None,
        decks=tuple(_deck(session, index) for index in range(int(state["deck_count"]))),
        master=level_of(state["master_meter"]),
        microphone=level_of(state["microphone_meter"]),
        limiting_db=db_of_gain(reduction),
        faults=int(state["faults"]),
    )
