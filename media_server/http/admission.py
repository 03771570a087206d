"""How often one address may ask for a session: a token bucket each, for a bounded number of addresses."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final

from media_server.sites import site_of

_MAX_ADDRESSES: Final = 10_000


class AddressLimit:
    """`rate_per_s` sessions a second an address, `burst` at once. `now` is in seconds."""

    def __init__(self, *, rate_per_s: float, burst: int) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admit(self, address: str, *, now: float) -> float:
        """0 when admitted, else the whole seconds to wait."""
        key = site_of(address)
        tokens, at = self._buckets.get(key, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        wait_s = 0.0 if tokens >= 1 else math.ceil((1 - tokens) / self._rate)
        self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > _MAX_ADDRESSES:
            # The address longest silent has a full bucket by now, or is one of a flood of addresses anyway.
            self._buckets.popitem(last=False)
        return wait_s
