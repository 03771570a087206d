"""Legs that all get the same packets, listed so that compiled code finds them without asking Python for each."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from media_server.rtp.extensions import NONE_AGREED, ExtensionMap
from media_server.rtp.leg import MediaPacket, RtpLeg

_INITIAL_ROOM: Final = 8


class LegList:
    """A set of legs and the addresses of their numbers. Adding and discarding take constant time; order is not kept.

    All of them agreed on the same header extensions.
    """

    def __init__(self, legs: Iterable[RtpLeg] = ()) -> None:
        self._legs: list[RtpLeg] = []
        self._places: dict[RtpLeg, int] = {}
        self._addresses: NDArray[np.uint64] = np.zeros(_INITIAL_ROOM, np.uint64)
        for leg in legs:
            self.add(leg)

    def add(self, leg: RtpLeg) -> None:
        """Take in `leg`, once. The list keeps it alive, and with it the memory its address names.

        Raises ValueError when it agreed on other header extensions than those that are here.
        """
        if self._legs and leg.extensions != self.extensions:
            raise ValueError("legs of one list agreed on the same header extensions")
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
    def extensions(self) -> ExtensionMap:
        """What all of them agreed on."""
        return self._legs[0].extensions if self._legs else NONE_AGREED

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


class FanOut(Protocol):
    """Hands packets to many legs at once; see transport/fanout."""

    def forward(self, legs: Iterable[RtpLeg], packets: Sequence[MediaPacket]) -> None:
        """Send `packets` to every leg, in order; the legs agreed on the same header extensions."""


class LegGroups:
    """Legs that all get the same packets, listed by the header extensions they agreed on."""

    def __init__(self) -> None:
        self._lists: dict[ExtensionMap, LegList] = {}

    def add(self, leg: RtpLeg) -> None:
        """Take in `leg`, once."""
        listed = self._lists.get(leg.extensions)
        if listed is None:
            listed = self._lists[leg.extensions] = LegList()
        listed.add(leg)

    def discard(self, leg: RtpLeg) -> None:
        """Let go of `leg`, if it is here."""
        listed = self._lists.get(leg.extensions)
        if listed is None:
            return
        listed.discard(leg)
        if not len(listed):
            del self._lists[leg.extensions]

    def forward(self, fan_out: FanOut, packets: Sequence[MediaPacket]) -> None:
        """Send `packets`, in order, to every leg."""
        for listed in self._lists.values():
            fan_out.forward(listed, packets)

    def __len__(self) -> int:
        return sum(map(len, self._lists.values()))

    def __iter__(self) -> Iterator[RtpLeg]:
        for listed in self._lists.values():
            yield from listed
