"""Which tracks were played: heard for 20 seconds counts, once a load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mixer.auto_dj.view import DeskView

HEARD_FOR_S: Final = 20.0
AUDIBLE_GAIN: Final = 0.05
_SILENT_MASTER_DB: Final = -50.0


@dataclass(slots=True)
class _Listening:
    load: int
    heard_s: float = 0.0
    is_counted: bool = False


@dataclass(slots=True)
class PlayedTracks:
    """Fed the desk now and then; `step` says which decks' tracks were played just now."""

    _decks: dict[int, _Listening] = field(default_factory=dict)
    _at: float | None = None

    def step(self, desk: DeskView, loads: Mapping[int, int], *, master_db: float, now: float) -> list[int]:
        """`loads` numbers what is on each deck: another number is another load."""
        since = 0.0 if self._at is None else max(now - self._at, 0.0)
        self._at = now
        played = []
        for index, deck in enumerate(desk.decks):
            if index not in loads:
                self._decks.pop(index, None)
                continue
            listening = self._decks.get(index)
            if listening is None or listening.load != loads[index]:
                listening = self._decks[index] = _Listening(loads[index])
            is_heard = deck.playing and desk.gain(index) >= AUDIBLE_GAIN and master_db > _SILENT_MASTER_DB
            listening.heard_s += since if is_heard else 0.0
            if listening.heard_s >= HEARD_FOR_S and not listening.is_counted:
                listening.is_counted = True
                played.append(index)
        return played
