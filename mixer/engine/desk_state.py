"""Every setting of a session's desk and decks, and what moves, read from a record of it.

A record is one SESSION: the engine's own between two blocks, or a copy. Addresses are named by `tracks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mixer.dsp.effects.state import EffectKind
from mixer.dsp.gains import Curve, Side, equaliser_position
from mixer.dsp.units import SAMPLE_RATE, db_of_gain
from mixer.engine.layout import MASTER_SLOT
from mixer.engine.level import Level, level_of


@dataclass(frozen=True, slots=True)
class EffectSettings:
    """What SetEffect set."""

    kind: EffectKind
    mix: float
    amount: float
    beats: float


@dataclass(frozen=True, slots=True)
class DeckSettings:
    """A deck as commands left it; positions are knob positions as the commands have them.

    `pitch` is −1 to +1 of `pitch_range`, and beyond after sync or another range left a tempo there.
    """

    track: str | None
    playing: bool
    previewing: bool
    pending: bool
    ended: bool
    length_frames: int
    bpm: float
    grid_frame: float
    cue_frame: float
    hot_cues: tuple[float | None, ...]
    loop: tuple[float, float] | None
    looping: bool
    synced: bool
    key_lock: bool
    key_shift: float
    slip: bool
    quantize: bool
    reverse: bool
    pitch: float
    pitch_range: float
    bend: float
    trim_db: float
    equaliser: tuple[float, float, float]
    filter: float
    fader: float
    side: Side
    listen: bool
    effect: EffectSettings


@dataclass(frozen=True, slots=True)
class PadSettings:
    """A pad of the sampler; `playing` while it sounds."""

    track: str | None
    playing: bool
    db: float
    loop: bool


@dataclass(frozen=True, slots=True)
class DeskState:
    """Everything that a command can set. `bpm` of a deck is its track's, not what sounds."""

    leader: int | None
    decks: tuple[DeckSettings, ...]
    pads: tuple[PadSettings, ...]
    sampler_db: float
    master_effect: EffectSettings
    crossfader: float
    curve: Curve
    hamster: bool
    master_db: float
    headphones_blend: float
    headphones_split: bool
    headphones_db: float
    microphone_on: bool
    microphone_db: float
    talkover_depth_db: float
    talkover_threshold_db: float
    recording: bool


@dataclass(frozen=True, slots=True)
class DeckMoment:
    """`position_frames` is what the next frame reads; `rate` is negative in reverse; `beat` is of the track's grid."""

    position_frames: float
    rate: float
    beat: float
    level: Level


@dataclass(frozen=True, slots=True)
class Moment:
    """What moves by itself. `limiting_db` is the limiter's deepest reduction of late, 0 or less."""

    decks: tuple[DeckMoment, ...]
    master: Level
    microphone: Level
    limiting_db: float


def _knob_db(gain: float) -> float:
    return round(db_of_gain(gain), 6)


def _effect(record: Any, slot: int) -> EffectSettings:
    effect = record["effects"][slot]
    return EffectSettings(
        EffectKind(int(effect["wanted_kind"])),
        float(effect["wanted_mix"]),
        float(effect["amount"]["target"]),
        float(effect["beats"]),
    )


def _deck(record: Any, index: int, tracks: Mapping[int, str]) -> DeckSettings:
    deck = record["decks"][index]
    bands = deck["isolator"]["gain"]["target"]
    has_loop = deck["loop_in"] >= 0.0 and deck["loop_out"] >= 0.0
    pitch_range = float(deck["pitch_range"])
    return DeckSettings(
        track=tracks[int(deck["pcm"])] if deck["pcm"] else None,
        playing=bool(deck["playing"]),
        previewing=bool(deck["previewing"]),
        pending=bool(deck["pending"]),
        ended=bool(deck["ended"]),
        length_frames=int(deck["length"]),
        bpm=float(deck["bpm"]),
        grid_frame=float(deck["grid"]),
        cue_frame=float(deck["cue"]),
        hot_cues=tuple(cue if cue >= 0.0 else None for cue in deck["hot_cues"].tolist()),
        loop=(float(deck["loop_in"]), float(deck["loop_out"])) if has_loop else None,
        looping=bool(deck["looping"]),
        synced=bool(deck["synced"]),
        key_lock=bool(deck["key_lock"]),
        key_shift=float(deck["key_shift"]),
        slip=bool(deck["slip"]),
        quantize=bool(deck["quantize"]),
        reverse=bool(deck["reverse"]),
        pitch=float(deck["pitch"]) / pitch_range,
        pitch_range=pitch_range,
        bend=float(deck["bend"]),
        trim_db=_knob_db(float(deck["trim"]["target"])),
        equaliser=(
            equaliser_position(float(bands[0])),
            equaliser_position(float(bands[1])),
            equaliser_position(float(bands[2])),
        ),
        filter=float(deck["sweep"]["knob"]),
        fader=float(deck["fader"]),
        side=Side(int(deck["side"])),
        listen=bool(deck["listen"]["target"] > 0.5),
        effect=_effect(record, index),
    )


def _pad(pad: Any, tracks: Mapping[int, str]) -> PadSettings:
    return PadSettings(
        track=tracks[int(pad["pcm"])] if pad["pcm"] else None,
        playing=bool(pad["sounding"]),
        db=float(pad["db"]),
        loop=bool(pad["loop"]),
    )


def desk_of(record: Any, tracks: Mapping[int, str]) -> DeskState:
    """The settings in a record; `tracks` names the addresses in it."""
    return DeskState(
        leader=int(record["leader"]) if record["leader"] >= 0 else None,
        decks=tuple(_deck(record, index, tracks) for index in range(int(record["deck_count"]))),
        pads=tuple(_pad(pad, tracks) for pad in record["pads"]),
        sampler_db=float(record["sampler_db"]),
        master_effect=_effect(record, MASTER_SLOT),
        crossfader=float(record["crossfader"]),
        curve=Curve(int(record["curve"])),
        hamster=bool(record["hamster"]),
        master_db=_knob_db(float(record["master"]["target"])),
        headphones_blend=float(record["cue_blend"]["target"]),
        headphones_split=bool(record["cue_split"]["target"] > 0.5),
        headphones_db=_knob_db(float(record["cue_gain"]["target"])),
        microphone_on=bool(record["microphone"]["target"] > 0.0),
        microphone_db=float(record["microphone_db"]),
        talkover_depth_db=_knob_db(float(record["ducking"]["depth"])),
        talkover_threshold_db=_knob_db(float(record["ducking"]["threshold"])),
        recording=bool(record["record"]["target"] > 0.5),
    )


def moment_of(record: Any) -> Moment:
    """What moves, as a record has it."""
    decks = []
    for deck in record["decks"][: int(record["deck_count"])]:
        rate, position = float(deck["rate"]["value"]), float(deck["position"])
        beat = (position - float(deck["grid"])) * float(deck["bpm"]) / (60.0 * SAMPLE_RATE)
        decks.append(DeckMoment(position, -rate if deck["reverse"] else rate, beat, level_of(deck["meter"])))
    return Moment(
        tuple(decks),
        level_of(record["master_meter"]),
        level_of(record["microphone_meter"]),
        db_of_gain(float(record["limiter"]["reduction"])),
    )
