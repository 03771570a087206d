"""How often one address may ask for a session."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.http import admission
from media_server.http.admission import AddressLimit
from tests.support.media_worker import media_worker
from tests.support.offers import OfferedMedia
from tests.support.webrtc_client import WebRtcClient


def test_a_burst_passes_and_then_the_rate() -> None:
    limit = AddressLimit(rate_per_s=2.0, burst=3)
    assert [limit.admit("a", now=0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 1]
    assert limit.admit("a", now=0.4) == 1
    assert limit.admit("a", now=0.6) == 0.0
    assert limit.admit("b", now=0.6) == 0.0


@given(
    rate=st.floats(0.1, 100),
    burst=st.integers(1, 50),
    gaps=st.lists(st.floats(0, 2), min_size=1, max_size=200),
)
def test_never_more_than_burst_and_rate_allow(rate: float, burst: int, gaps: list[float]) -> None:
    limit = AddressLimit(rate_per_s=rate, burst=burst)
    now, admitted = 0.0, 0
    for gap in gaps:
        now += gap
        admitted += limit.admit("a", now=now) == 0.0
    assert admitted <= burst + rate * now + 1e-6


@given(st.floats(0.01, 100))
def test_who_waits_as_told_is_admitted(rate: float) -> None:
    limit = AddressLimit(rate_per_s=rate, burst=1)
    limit.admit("a", now=0.0)
    wait_s = limit.admit("a", now=0.0)
    assert wait_s >= 1
    assert limit.admit("a", now=wait_s) == 0.0


def test_a_flood_of_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "_MAX_ADDRESSES", 10)
    limit = AddressLimit(rate_per_s=0.001, burst=1)
    for n in range(50):
        limit.admit(str(n), now=0.0)
    # The newest ten are remembered, the one before them is not.
    assert limit.admit("49", now=0.0) > 0
    assert limit.admit("39", now=0.0) == 0.0


def test_a_site_of_ipv6_addresses_counts_as_one_and_a_mapped_address_as_what_it_maps() -> None:
    limit = AddressLimit(rate_per_s=1, burst=1)
    assert limit.admit("2001:db8:0:1::1", now=0) == 0
    assert limit.admit("2001:db8:0:1:ffff::2", now=0) > 0
    assert limit.admit("2001:db8:0:2::1", now=0) == 0
    assert limit.admit("192.0.2.1", now=0) == 0
    assert limit.admit("::ffff:192.0.2.1", now=0) > 0
    assert limit.admit("fe80::1%eth0", now=0) == 0


async def test_too_many_joins_are_told_when_to_come_back(valkey_url: str) -> None:
    async with media_worker(valkey_url, joins_per_address_burst=2, joins_per_address_per_s=0.5) as worker:
        client = WebRtcClient()
        offer, token = client.offer(OfferedMedia("recvonly")), worker.signer.sign("s", "watch")
        statuses = [(await worker.post("whep", "s", offer, token)).status for _ in range(2)]
        response = await worker.post("whep", "s", offer, token)
        assert [*statuses, response.status] == [404, 404, 429]
        assert int(response.headers["Retry-After"]) >= 1
        assert (await response.json())["error"]["code"] == "TOO_MANY_REQUESTS"
        assert (await worker.request("GET", "/health")).status == 200
        await client.close()
