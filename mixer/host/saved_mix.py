"""A session on disk, from which a host goes on after the worker before it died.

The file is not flushed to the disk: it is for a worker that died, not for a host that lost its power.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mixer.dsp.units import QUANTUM, SAMPLE_RATE
from mixer.engine.commands import InvalidCommand
from mixer.engine.layout import SESSION
from mixer.engine.leap import leap
from mixer.engine.snapshot import Snapshot, UnreadableSnapshot
from mixer.engine.wire import read_command

SUFFIX = ".mix"
MAX_AGE_S = 6 * 3600.0
"""An older one is of a show that is over."""
_HEADER = struct.Struct("<4sII")
_MAGIC = b"NRSH"


class UnreadableMix(ValueError):
    """Not a saved mix, damaged, or of another version."""


@dataclass(frozen=True, slots=True)
class SavedMix:
    """`snapshot` is without delay lines and was due at `at` (seconds since 1970); `tail` are commands that came after.

    `sequences` are those of NewestOnly.
    """

    session_id: str
    deck_count: int
    at: float
    snapshot: Snapshot
    tail: tuple[dict[str, Any], ...]
    sequences: tuple[tuple[str, str, int], ...]

    def write(self, folder: Path) -> None:
        """Put it in the place of the one before, as a whole or not at all. Raises OSError."""
        head = json.dumps(
            {
                "session_id": self.session_id,
                "deck_count": self.deck_count,
                "at": self.at,
                "tail": self.tail,
                "sequences": self.sequences,
            }
        ).encode()
        blob = self.snapshot.to_bytes()
        path = folder / f"{self.session_id}{SUFFIX}"
        new = path.with_suffix(".new")
        new.write_bytes(_HEADER.pack(_MAGIC, len(head), zlib.crc32(head + blob)) + head + blob)
        os.replace(new, path)

    @classmethod
    def read(cls, path: Path) -> SavedMix:
        """Raises UnreadableMix, OSError."""
        blob = path.read_bytes()
        if len(blob) < _HEADER.size:
            raise UnreadableMix("too short")
        magic, head_size, checksum = _HEADER.unpack_from(blob)
        rest = blob[_HEADER.size :]
        if magic != _MAGIC or zlib.crc32(rest) != checksum:
            raise UnreadableMix("not a saved mix, or damaged")
        try:
            head = json.loads(rest[:head_size])
            tail = tuple(head["tail"])
            for fields in tail:
                read_command(fields)
            return cls(
                str(head["session_id"]),
                int(head["deck_count"]),
                float(head["at"]),
                Snapshot.from_bytes(rest[head_size:]),
                tail,
                tuple((str(source), str(control), int(seq)) for source, control, seq in head["sequences"]),
            )
        except (UnreadableSnapshot, InvalidCommand, KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnreadableMix(f"of another version: {error}") from error

    def moved_to(self, at: float) -> SavedMix:
        """Where the session would be at `at`; earlier times change nothing."""
        quanta = int((at - self.at) * SAMPLE_RATE) // QUANTUM
        if quanta <= 0:
            return self
        records = np.frombuffer(self.snapshot.state, SESSION).copy()
        leap(records, 0, quanta)
        snapshot = Snapshot(records.tobytes(), self.snapshot.tracks, self.snapshot.delays)
        return replace(self, snapshot=snapshot, at=self.at + quanta * QUANTUM / SAMPLE_RATE)


def read_all(folder: Path, now: float) -> tuple[dict[str, SavedMix], list[str]]:
    """(what is on disk by session, moved to `now`; what could not be read and why). The rest is removed."""
    found: dict[str, SavedMix] = {}
    problems = []
    for path in folder.glob("*.new"):
        path.unlink(missing_ok=True)
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            saved = SavedMix.read(path)
        except (UnreadableMix, OSError) as error:
            problems.append(f"{path.name}: {error}")
            path.unlink(missing_ok=True)
            continue
        if now - saved.at > MAX_AGE_S or path.stem != saved.session_id:
            path.unlink(missing_ok=True)
        else:
            found[saved.session_id] = saved.moved_to(now)
    return found, problems
