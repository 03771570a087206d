"""How many sessions may be answered and not connected yet: each costs memory and timers until it is given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from media_server.http.errors import ApiError
from media_server.sites import site_of


class Settles(Protocol):
    """A session's transport."""

    def when_settled(self, callback: Callable[[], None]) -> None:
        """Call `callback` once the peer is connected, or is given up."""


class HalfOpenLimit:
    """At most `total` at a time, and `per_site` from one IPv4 address or IPv6 /64."""

    def __init__(self, *, total: int, per_site: int) -> None:
        self._total = total
        self._per_site = per_site
        self._by_site: Counter[str] = Counter()
        self.count = 0

    def check(self, address: str) -> None:
        """Raises ApiError 429, 503."""
        if self._by_site[site_of(address)] >= self._per_site:
            raise ApiError(
                429, "TOO_MANY_REQUESTS", "too many sessions from this address have not connected", {"Retry-After": "1"}
            )
        if self.count >= self._total:
            raise ApiError(503, "WORKER_FULL", "too many sessions are connecting at this moment", {"Retry-After": "1"})

    def add(self, address: str, transport: Settles) -> None:
        """Count the session of `transport` until it is settled."""
        site = site_of(address)
        self._by_site[site] += 1
        self.count += 1
        transport.when_settled(lambda: self._settled(site))

    def _settled(self, site: str) -> None:
        self.count -= 1
        self._by_site[site] -= 1
        if not self._by_site[site]:
            del self._by_site[site]
