"""Which layer of a source is higher than which, and which of them it sends at present."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from media_server.router.producer import Producer

SILENT_AFTER_S: Final = 1.5
"""A layer of which nothing came for this long is not sent, whatever becomes of the others."""
BEHIND_S: Final = 0.5
"""A layer of which nothing came for this long while others of its source go on is one that the source has stopped."""


def ranked(producers: Sequence[Producer]) -> list[int]:
    """Places of the layers, the lowest first. Offers name them in any order, which the sizes of their pictures tell."""
    places = list(range(len(producers)))
    sizes = [size[0] * size[1] for producer in producers if (size := producer.size()) is not None]
    if len(sizes) == len(places):
        return sorted(places, key=lambda place: sizes[place])
    falls = len(sizes) > 1 and all(one > following for one, following in pairwise(sizes))
    return places[::-1] if falls else places


def is_sent(producer: Producer, producers: Sequence[Producer], *, now: float) -> bool:
    """Whether something of a layer came of late; `producers` are all of its source."""
    newest = max(each.heard_at for each in producers)
    return now - producer.heard_at <= SILENT_AFTER_S and newest - producer.heard_at <= BEHIND_S


def highest(producers: Sequence[Producer], *, now: float) -> int:
    """The place of the highest layer that is sent; of the highest there is while none is."""
    order = ranked(producers)[::-1]
    return next((place for place in order if is_sent(producers[place], producers, now=now)), order[0])
