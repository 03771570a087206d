"""The cue sheet of a recorded show, as players and CD writers read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_TRACKS = 99
"""The format counts to 99; what comes after is part of the last track."""
_MAX_TEXT = 80


@dataclass(frozen=True, slots=True)
class CueEntry:
    """A track that began `start_s` seconds into the recording."""

    title: str
    performer: str
    start_s: float


def _quoted(text: str) -> str:
    """A string of the format: it knows no escapes, and no second line."""
    printable = "".join(character if character.isprintable() else " " for character in text.replace('"', "'"))
    return f'"{printable.strip()[:_MAX_TEXT]}"'


def _index(seconds: float) -> str:
    """Minutes, seconds and 1/75 seconds."""
    frames = round(max(seconds, 0.0) * 75.0)
    return f"{frames // 4500:02d}:{frames // 75 % 60:02d}:{frames % 75:02d}"


def cue_sheet(audio_file: str, *, title: str, performer: str, entries: Sequence[CueEntry]) -> str:
    """The text of a cue sheet; entries in the order of their start, the first of which begins the recording."""
    lines = [f"PERFORMER {_quoted(performer)}", f"TITLE {_quoted(title)}", f"FILE {_quoted(audio_file)} WAVE"]
    for number, entry in enumerate(sorted(entries, key=lambda entry: entry.start_s)[:MAX_TRACKS], 1):
        start_s = 0.0 if number == 1 else entry.start_s
        lines += [
            f"  TRACK {number:02d} AUDIO",
            f"    TITLE {_quoted(entry.title)}",
            f"    PERFORMER {_quoted(entry.performer)}",
            f"    INDEX 01 {_index(start_s)}",
        ]
    return "\n".join(lines) + "\n"
