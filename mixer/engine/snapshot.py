"""A session as bytes, and back: for another process, after a crash, or the start of an event log.

Samples are named by track instead of by address. Delay lines are in it only where an effect sounds.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.effects.state import MEMORY
from mixer.engine.layout import EFFECT_SLOTS, SESSION
from mixer.engine.session import Session, Track, TrackSource, eject, overwrite, pcm_fields

LAYOUT = hashlib.sha256(repr(SESSION).encode()).hexdigest()[:16]
_HEADER = struct.Struct("<4sII")
_MAGIC = b"NRSM"


class UnreadableSnapshot(ValueError):
    """Not a snapshot, damaged, or of another version of the engine."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of a session at one frame. `tracks` are those that its record counts from 1 instead of addresses."""

    state: bytes
    tracks: tuple[str, ...]
    delays: dict[int, bytes]

    def to_bytes(self) -> bytes:
        """One compressed, checked blob."""
        slots = sorted(self.delays)
        head = json.dumps(
            {"layout": LAYOUT, "tracks": self.tracks, "slots": slots, "sizes": [len(self.delays[s]) for s in slots]}
        ).encode()
        body = zlib.compress(self.state + b"".join(self.delays[s] for s in slots), 1)
        return _HEADER.pack(_MAGIC, len(head), zlib.crc32(head + body)) + head + body

    @classmethod
    def from_bytes(cls, blob: bytes) -> Snapshot:
        """The inverse of `to_bytes`. Raises UnreadableSnapshot."""
        if len(blob) < _HEADER.size:
            raise UnreadableSnapshot("too short")
        magic, head_size, checksum = _HEADER.unpack_from(blob)
        rest = blob[_HEADER.size :]
        if magic != _MAGIC or zlib.crc32(rest) != checksum:
            raise UnreadableSnapshot("not a snapshot, or damaged")
        try:
            head = json.loads(rest[:head_size])
            if head["layout"] != LAYOUT:
                raise UnreadableSnapshot("written by another version of the engine")
            body = zlib.decompress(rest[head_size:])
            state, body = body[: SESSION.itemsize], body[SESSION.itemsize :]
            delays = {}
            for slot, size in zip(head["slots"], head["sizes"], strict=True):
                delays[slot], body = body[:size], body[size:]
            return cls(state, tuple(head["tracks"]), delays)
        except (KeyError, TypeError, ValueError, zlib.error) as error:
            if isinstance(error, UnreadableSnapshot):
                raise
            raise UnreadableSnapshot("checked, but not as this engine writes it") from error


def snapshot_of(state: Any, known: Mapping[int, str]) -> Snapshot:
    """Copy a record without its delay lines; `known` names the addresses of samples in it."""
    record = np.zeros((), SESSION)
    overwrite(record, state)
    tracks: list[str] = []
    for place, name in pcm_fields(record):
        if address := int(place[name]):
            track_id = known[address]
            if track_id not in tracks:
                tracks.append(track_id)
            place[name] = 1 + tracks.index(track_id)
    return Snapshot(record.tobytes(), tuple(tracks), {})


def take(session: Session, memory: NDArray[np.float32]) -> Snapshot:
    """Copy a session; `memory` is its delay lines, (EFFECT_SLOTS, MEMORY, 2)."""
    snapshot = snapshot_of(session.state, {track.pcm.ctypes.data: track.id for track in session.held})
    effects = session.state["effects"]
    delays = {
        slot: memory[slot].tobytes()
        for slot in range(EFFECT_SLOTS)
        if effects[slot]["kind"] and effects[slot]["filled"]
    }
    return Snapshot(snapshot.state, snapshot.tracks, delays)


def without_delays(snapshot: Snapshot) -> Snapshot:
    """The same with delay lines that hold nothing, for where their memory is lost."""
    record = np.frombuffer(snapshot.state, SESSION)[0].copy()
    for name in ("filled", "stages", "feedback", "held", "damped"):
        record["effects"][name] = 0
    return Snapshot(record.tobytes(), snapshot.tracks, {})


def without_tracks(snapshot: Snapshot, missing: Container[str]) -> Snapshot:
    """The same with the decks ejected whose tracks are `missing`."""
    record = np.frombuffer(snapshot.state, SESSION)[0].copy()
    gone = {number for number, track_id in enumerate(snapshot.tracks, 1) if track_id in missing}
    for place, name in pcm_fields(record):
        if int(place[name]) in gone:
            place[name] = 0
    for deck in record["decks"]:
        reader = deck["reader"]
        if not deck["pcm"]:
            eject(deck)
        if not reader["pcm"]:
            reader["sounding"] = 0
        if not reader["tail_pcm"]:
            reader["tail_sounding"] = 0
    for pad in record["pads"]:
        if not pad["pcm"]:
            pad["sounding"] = 0
        if not pad["tail_pcm"]:
            pad["fade_left"] = 0
    return snapshot_of(record, dict(enumerate(snapshot.tracks, 1)))


def restore(snapshot: Snapshot, state: Any, memory: NDArray[np.float32], tracks: TrackSource) -> Session:
    """Put a snapshot into `state`, and its delay lines into `memory`. Raises UnknownTrack, and nothing has changed."""
    found: list[Track] = [tracks.get_track(track_id) for track_id in snapshot.tracks]
    record = np.frombuffer(snapshot.state, SESSION)[0].copy()
    for place, name in pcm_fields(record):
        if index := int(place[name]):
            place[name] = found[index - 1].pcm.ctypes.data
    overwrite(state, record)
    for slot, delay in snapshot.delays.items():
        memory[slot] = np.frombuffer(delay, np.float32).reshape(MEMORY, 2)
    session = Session(state, tracks)
    session.held = found
    by_address = {track.pcm.ctypes.data: track for track in found}
    for index, deck in enumerate(state["decks"]):
        session.loaded[index] = by_address.get(int(deck["pcm"]))
    return session
