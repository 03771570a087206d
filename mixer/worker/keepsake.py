"""What a mix keeps on disk beside its session, so that a worker that died goes on with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import structlog
from pydantic import Field, ValidationError

from mixer.worker.desired import Message, Playable

MAX_KNOWN = 200

_log = structlog.get_logger(__name__)


class KeptDeck(Message):
    track: Playable | None
    entry: str | None
    by_auto: bool
    was_played: bool


class Keepsake(Message):
    """`known` are the tracks of this mix, that played longest ago first."""

    decks: list[KeptDeck] = Field(max_length=4)
    pads: list[Playable | None] = Field(max_length=8)
    known: list[Playable] = Field(max_length=MAX_KNOWN)
    auto_reason: Literal["asked", "nobody_here"] | None


class KeepsakeFile:
    """One JSON file, replaced as a whole."""

    def __init__(self, folder: Path, stream_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{stream_id}.json"

    def read(self) -> Keepsake | None:
        """None when there is none, or none that this version understands."""
        try:
            return Keepsake.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            _log.warning("what a mix kept cannot be read", error=type(error).__name__)
            return None

    def write(self, text: str) -> None:
        """Raises OSError."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, self._path)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
