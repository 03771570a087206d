"""What every connection of a server shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from media_server.ingest.limits import IngestLimits, Places
from media_server.ingest.ports import Door, FindRoom, Keys, Tokens

if TYPE_CHECKING:
    from media_server.ingest.connection import RtmpConnection


@dataclass(slots=True)
class Wiring:
    """`clock` gives seconds on the clock of the rooms."""

    keys: Keys
    door: Door
    find_room: FindRoom
    tokens: Tokens
    clock: Callable[[], float]
    limits: IngestLimits
    places: Places
    connections: set[RtmpConnection] = field(default_factory=set)
