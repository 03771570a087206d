"""What every connection of a server shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from media_server.ingest.asking import IngestRefused
from media_server.ingest.limits import IngestLimits, Places
from media_server.ingest.ports import Bring, Door, FindRoom, Keys, Tokens
from media_server.ingest.rests import Rests

if TYPE_CHECKING:
    from media_server.ingest.connection import RtmpConnection


@dataclass(slots=True)
class Wiring:
    """`clock` gives seconds on the clock of the rooms."""

    keys: Keys
    door: Door
    find_room: FindRoom
    bring: Bring
    tokens: Tokens
    clock: Callable[[], float]
    limits: IngestLimits
    places: Places
    connections: set[RtmpConnection] = field(default_factory=set)
    rests: Rests = field(default_factory=Rests)
    is_leaving: bool = False
    """Whether nobody is let in any more."""

    def check_room_for_player(self) -> None:
        """Raises IngestRefused when too many play already."""
        if sum(connection.is_playing for connection in self.connections) >= self.limits.players:
            raise IngestRefused("WORKER_FULL", "too many players are connected here: watch in the browser")
