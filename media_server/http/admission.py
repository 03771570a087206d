"""How often one address may ask for a session: a token bucket each, for a bounded number of addresses."""

from __future__ import annotations

import math
from collections import OrderedDict
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

_IPV6_SITE_PREFIX: Final = 64
_MAX_ADDRESSES: Final = 10_000


class AddressLimit:
    """`rate_per_s` sessions a second an address, `burst` at once. `now` is in seconds."""

    def __init__(self, *, rate_per_s: float, burst: int) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admit(self, address: str, *, now: float) -> float:
        """0 when admitted, else the whole seconds to wait."""
        key = _site(address)
        tokens, at = self._buckets.get(key, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        wait_s = 0.0 if tokens >= 1 else math.ceil((1 - tokens) / self._rate)
        self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > _MAX_ADDRESSES:
            # The address longest silent has a full bucket by now, or is one of a flood of addresses anyway.
            self._buckets.popitem(last=False)
        return wait_s


def _site(address: str) -> str:
    """What counts as one: an IPv4 address, or the /64 of an IPv6 one, since a site owns at least that."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address  # the peer of a unix socket
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, _IPV6_SITE_PREFIX), strict=False))
