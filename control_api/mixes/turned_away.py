"""Remembers which mixers could not begin a mix, so that it is not handed from one to the other and back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from control_api.identity import StreamId
from control_api.media.mixers import MixerSnapshot
from control_api.mixes.models import Mix

TRIED_AGAIN_AFTER = timedelta(minutes=1)
"""By then a mixer may have room, or be of another version."""

log = structlog.get_logger(__name__)


class TurnedAway:
    """A mixer turns a mix away that it has no room for, or whose spec it does not understand."""

    def __init__(self) -> None:
        self._since: dict[StreamId, dict[str, datetime]] = {}

    def look(self, mixes: Sequence[Mix], mixers: Mapping[str, MixerSnapshot], now: datetime) -> set[StreamId]:
        """Which of the open mixes are turned away by the mixer they were given to."""
        turned_away = set()
        known = {mix.stream_id: self._since.get(mix.stream_id, {}) for mix in mixes}
        self._since = {
            stream_id: {mixer_id: since for mixer_id, since in by.items() if now - since < TRIED_AGAIN_AFTER}
            for stream_id, by in known.items()
        }
        for mix in mixes:
            running = mixers[mix.mixer_id].mixes.get(mix.stream_id) if mix.mixer_id in mixers else None
            if running is None or running.begun:
                continue
            turned_away.add(mix.stream_id)
            if mix.mixer_id not in self._since[mix.stream_id]:
                self._since[mix.stream_id][mix.mixer_id] = now
                fields = {"stream_id": str(mix.stream_id), "mixer_id": mix.mixer_id, "problem": running.problem}
                log.error("mix_turned_away", **fields)
        return turned_away

    def by(self, stream_id: StreamId) -> set[str]:
        """The mixers that turned a mix away lately."""
        return set(self._since.get(stream_id, ()))
