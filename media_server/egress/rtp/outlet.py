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


class Layered:
    """A track of the router with an outlet for each of its layers; who is sent one may want another at any time."""

    def __init__(self, track: Outlet) -> None:
        self.track = track
        self._outlets: list[LayerOutlet] = []
        track.on_wanted = self._wanted

    def outlet(self, producer: Producer) -> Outlet:
        """Where the frames of one layer go."""
        made = LayerOutlet(self.track, producer)
        self._outlets.append(made)
        return made

    def _wanted(self) -> None:
        for outlet in self._outlets:
            outlet.on_wanted()


class LayerOutlet:
    """One layer of a track."""

    def __init__(self, track: Outlet, producer: Producer) -> None:
        self.producer = producer
        self.on_wanted: Callable[[], None] = lambda: None
        self._track = track

    @property
    def is_wanted(self) -> bool:
        """Whether anybody is sent the track, in whichever layer."""
        return self._track.is_wanted
