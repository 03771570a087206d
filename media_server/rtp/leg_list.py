"""Legs that all get the same packets, listed so that compiled code finds them without asking Python for each."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_server.rtp.leg import RtpLeg

_INITIAL_ROOM: Final = 8


class LegList:
    """A set of legs and the addresses of their numbers. Adding and discarding take constant time; order is not kept."""

    def __init__(self, legs: Iterable[RtpLeg] = ()) -> None:
        self._legs: list[RtpLeg] = []
        self._places: dict[RtpLeg, int] = {}
        self._addresses: NDArray[np.uint64] = np.zeros(_INITIAL_ROOM, np.uint64)
        for leg in legs:
            self.add(leg)

    def add(self, leg: RtpLeg) -> None:
        """Take in `leg`, once. The list keeps it alive, and with it the memory its address names."""
        place = self._places.setdefault(leg, len(self._legs))
        if place < len(self._legs):
            return
        if place == len(self._addresses):
            self._addresses = np.concatenate([self._addresses, np.zeros_like(self._addresses)])
        self._legs.append(leg)
        self._addresses[place] = ctypes.addressof(leg)

    def discard(self, leg: RtpLeg) -> None:
        """Let go of `leg`, if it is here; the last one takes its place."""
        place = self._places.pop(leg, None)
        if place is None:
            return
        last = self._legs.pop()
        if last is not leg:
            self._legs[place] = last
            self._places[last] = place
            self._addresses[place] = self._addresses[len(self._legs)]
        self._addresses[len(self._legs)] = 0

    @property
    def addresses(self) -> NDArray[np.uint64]:
        """Where the numbers of each leg are; good until the list is changed."""
        return self._addresses[: len(self._legs)]

    def __len__(self) -> int:
        return len(self._legs)

    def __iter__(self) -> Iterator[RtpLeg]:
        return iter(self._legs)

    def __getitem__(self, place: int) -> RtpLeg:
        return self._legs[place]
