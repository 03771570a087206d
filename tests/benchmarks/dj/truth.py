"""What is known of a piece of music because somebody wrote it down: tempo maps of MIDI files, LMMS projects."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SET_TEMPO = 0x51


@dataclass(frozen=True, slots=True)
class Tempo:
    """`bpm` is that of the longest stretch; `is_constant` when no other is more than 0.1% away from it."""

    bpm: float
    is_constant: bool


def lmms_tempo(project: Path) -> Tempo | None:
    """The tempo of an LMMS project (XML, or XML in zlib behind its length); None where it is automated."""
    data = project.read_bytes()
    text = (zlib.decompress(data[4:]) if project.suffix == ".mmpz" else data).decode("utf-8", "replace")
    head = re.search(r"<head\b.*?(/>|</head>)", text, re.DOTALL)
    if head is None or re.search(r"<bpm\b", head.group(0)):
        return None
    bpm = re.search(r'\bbpm="([0-9.]+)"', head.group(0))
    return Tempo(float(bpm.group(1)), True) if bpm else None


def midi_tempo(path: Path) -> Tempo:
    """The tempo map of a Standard MIDI File (the specification of 1996, §2.3 and §3.1), weighed by time."""
    data = path.read_bytes()
    (division,) = struct.unpack_from(">H", data, 12)
    changes: list[tuple[int, int]] = []
    end = 0
    for track in _tracks(data):
        for tick, kind, body in _meta_events(track):
            end = max(end, tick)
            if kind == _SET_TEMPO:
                changes.append((tick, int.from_bytes(body, "big")))
    changes.sort()
    lasting: dict[int, float] = {}
    for (start, tempo_us), (stop, _) in zip(changes, [*changes[1:], (end, 0)], strict=True):
        lasting[tempo_us] = lasting.get(tempo_us, 0.0) + (stop - start) / division * tempo_us
    longest = max(lasting, key=lambda tempo_us: lasting[tempo_us])
    is_constant = all(abs(tempo_us / longest - 1.0) < 0.001 for tempo_us, lasts in lasting.items() if lasts > 0.0)
    return Tempo(60e6 / longest, is_constant)


def _tracks(data: bytes) -> Iterator[bytes]:
    at = 14
    while at + 8 <= len(data):
        (size,) = struct.unpack_from(">I", data, at + 4)
        if data[at : at + 4] == b"MTrk":
            yield data[at + 8 : at + 8 + size]
        at += 8 + size


def _meta_events(track: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(tick, kind, body) of each meta event, and of the last event of all."""
    at = tick = status = 0
    while at < len(track):
        delta, at = _variable_length(track, at)
        tick += delta
        if track[at] & 0x80:
            status, at = track[at], at + 1
        if status == 0xFF:
            kind = track[at]
            size, at = _variable_length(track, at + 1)
            yield tick, kind, track[at : at + size]
            at += size
        elif status in (0xF0, 0xF7):
            size, at = _variable_length(track, at)
            at += size
        else:
            # Programme change and channel pressure carry one byte, the other channel messages two.
            at += 1 if status & 0xF0 in (0xC0, 0xD0) else 2


def _variable_length(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        byte = data[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, at
