"""The desk and its moments as the booth is told them (ARCHITECTURE.md, "The DJ's show")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mixer.engine.desk_state import DeckMoment, DeckSettings, DeskState, EffectSettings, PadSettings
from mixer.engine.level import Level
from mixer.host.view import MixView
from mixer.worker.deck_tracks import DeckTrack
from mixer.worker.pads import PadSound


def desk_document(desk: DeskState, decks: Sequence[DeckTrack], pads: Sequence[PadSound]) -> dict[str, Any]:
    """What the engine, the decks and the pads say of themselves; the mix adds who is there and what it is told."""
    return {
        "leader": desk.leader,
        "decks": [_deck(settings, on_deck) for settings, on_deck in zip(desk.decks, decks, strict=True)],
        "pads": [_pad(settings, sound) for settings, sound in zip(desk.pads, pads, strict=True)],
        "samplerDb": desk.sampler_db,
        "masterEffect": _effect(desk.master_effect),
        "crossfader": desk.crossfader,
        "curve": int(desk.curve),
        "hamster": desk.hamster,
        "masterDb": desk.master_db,
        "headphones": {"blend": desk.headphones_blend, "split": desk.headphones_split, "db": desk.headphones_db},
        "microphone": {"on": desk.microphone_on, "db": desk.microphone_db},
        "talkover": {"depthDb": desk.talkover_depth_db, "thresholdDb": desk.talkover_threshold_db},
        "recording": desk.recording,
    }


def _pad(pad: PadSettings, sound: PadSound) -> dict[str, Any]:
    track, problem = sound.track, sound.problem
    is_there = track is not None and track.content_id == pad.track
    return {
        "track": {"id": track.track_id, "title": track.title} if track is not None and is_there else None,
        "loading": sound.loading,
        "problem": {"code": problem.code, "message": problem.message} if problem is not None else None,
        "playing": pad.playing,
        "db": pad.db,
        "loop": pad.loop,
    }


def _deck(deck: DeckSettings, on_deck: DeckTrack) -> dict[str, Any]:
    problem = on_deck.problem
    return {
        "track": _track(deck, on_deck),
        "loading": on_deck.loading,
        "problem": {"code": problem.code, "message": problem.message} if problem is not None else None,
        "playing": deck.playing,
        "ended": deck.ended,
        "lengthFrames": deck.length_frames,
        "cueFrame": deck.cue_frame,
        "hotCues": list(deck.hot_cues),
        "loop": list(deck.loop) if deck.loop is not None else None,
        "looping": deck.looping,
        "synced": deck.synced,
        "keyLock": deck.key_lock,
        "keyShift": deck.key_shift,
        "slip": deck.slip,
        "quantize": deck.quantize,
        "reverse": deck.reverse,
        "pitch": deck.pitch,
        "pitchRange": deck.pitch_range,
        "bend": deck.bend,
        "trimDb": deck.trim_db,
        "eq": list(deck.equaliser),
        "filter": deck.filter,
        "fader": deck.fader,
        "side": int(deck.side),
        "listen": deck.listen,
        "effect": _effect(deck.effect),
    }


def _track(deck: DeckSettings, on_deck: DeckTrack) -> dict[str, Any] | None:
    """The deck says which content it plays and on which grid, which its DJ may have moved; the rest is known of it."""
    track = on_deck.track
    if deck.track is None or track is None or track.content_id != deck.track:
        return None
    has_grid = deck.bpm > 0.0
    return {
        "id": track.track_id,
        "title": track.title,
        "artist": track.artist,
        "bpm": deck.bpm if has_grid else None,
        "key": track.key,
        "camelot": track.camelot,
        "durationS": track.duration_s,
        "gridFrame": deck.grid_frame if has_grid else None,
    }


def _effect(effect: EffectSettings) -> dict[str, Any]:
    return {"kind": int(effect.kind), "mix": effect.mix, "amount": effect.amount, "beats": effect.beats}


def moment_document(view: MixView) -> dict[str, Any]:
    """What moves, in few bytes: it is sent 25 times a second."""
    moment = view.moment
    return {
        "kind": "moment",
        "frame": view.frame,
        "at": round(view.at, 6),
        "decks": [_deck_moment(deck) for deck in moment.decks],
        "master": [*_level(moment.master)],
        "limitingDb": round(moment.limiting_db, 1),
        "microphone": [*_level(moment.microphone)[:2]],
    }


def _deck_moment(deck: DeckMoment) -> list[float | bool]:
    return [round(deck.position_frames, 2), round(deck.rate, 6), round(deck.beat, 4), *_level(deck.level)]


def _level(level: Level) -> tuple[float, float, bool]:
    return round(level.vu_db, 1), round(level.peak_db, 1), level.clipping
