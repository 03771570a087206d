"""What a track goes into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from media_server.router.producer import Producer


class Outlet(Protocol):
    """A track of the router, as who fills it sees it."""

    producer: Producer
    on_wanted: Callable[[], None]
    """Called before somebody is sent it whom nobody was sent it beside."""

    @property
    def is_wanted(self) -> bool:
        """Whether anybody is sent it."""
