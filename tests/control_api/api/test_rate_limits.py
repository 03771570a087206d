"""Claims about rate limits: per address, per user, per route class."""

import asyncio
from uuid import uuid4

from tests.control_api.conftest import StartApi
from tests.control_api.support.api import Api, Reply
from tests.support.waiting import eventually

BY_PROXY = {"trusted_proxies": ["127.0.0.1"]}


def is_limited(reply: Reply) -> bool:
    if reply.status != 429:
        return False
    assert reply.code == "RATE_LIMITED"
    assert int(reply.headers["Retry-After"]) >= 1
    return True


async def count_let_through(api: Api, n: int, path: str = "/stream/live", **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return sum([not is_limited(await api.get(path, headers=sent)) for _ in range(n)])


async def test_an_address_has_so_many_requests_and_is_told_what_is_left(start_api: StartApi) -> None:
    api = await start_api(rate_limit_max_requests=5)
    first = await api.get("/stream/live")
    assert (first.headers["RateLimit-Limit"], first.headers["RateLimit-Remaining"]) == ("5", "4")
    assert 0 < int(first.headers["RateLimit-Reset"]) <= 60
    assert await count_let_through(api, 8) == 4


async def test_requests_at_the_same_moment_over_two_processes_count_together(start_api: StartApi) -> None:
    nodes = [await start_api(rate_limit_max_requests=10) for _ in range(2)]
    replies = await asyncio.gather(*(nodes[n % 2].get("/stream/live") for n in range(40)))
    assert sum(reply.status == 200 for reply in replies) == 10


async def test_unknown_addresses_and_failed_requests_count_too(start_api: StartApi) -> None:
    api = await start_api(rate_limit_max_requests=3)
    for _ in range(3):
        assert (await api.get("/api/v1/nothing")).status == 404
    assert is_limited(await api.get("/stream/live"))


async def test_the_health_routes_are_not_limited(start_api: StartApi) -> None:
    api = await start_api(rate_limit_max_requests=1)
    assert await count_let_through(api, 5, "/health") == 5


async def test_after_the_window_an_address_may_ask_again(start_api: StartApi) -> None:
    api = await start_api(rate_limit_max_requests=2, rate_limit_window_ms=1_000)
    assert await count_let_through(api, 3) == 2

    async def is_let_through() -> bool:
        return not is_limited(await api.get("/stream/live"))

    await eventually(is_let_through)


async def test_registering_and_signing_in_share_a_much_tighter_limit(start_api: StartApi) -> None:
    api = await start_api(rate_limit_auth_max_requests=3)
    body = {"email": "a@example.com", "password": "not the one"}
    statuses = [(await api.post(f"/auth/{name}", body)).status for name in ("login", "register", "login", "login")]
    assert statuses == [401, 422, 401, 429]
    assert (await api.get("/stream/live")).status == 200


async def test_joining_has_a_limit_of_its_own_by_user_or_else_by_address(start_api: StartApi) -> None:
    api = await start_api(rate_limit_stream_max_requests=3)
    vera = await api.account()
    join = f"/stream/{uuid4()}/join"
    assert [(await api.post(join)).status for _ in range(4)] == [404] * 3 + [429]
    by_user = [await api.post(join, by=vera) for _ in range(4)]
    assert [reply.status for reply in by_user] == [404] * 3 + [429]
    assert int(by_user[-1].headers["Retry-After"]) >= 1
    assert (await api.get("/stream/live")).status == 200


async def test_a_user_is_counted_at_every_address(start_api: StartApi) -> None:
    api = await start_api(rate_limit_max_requests=4, **BY_PROXY)
    anna = await api.account()
    statuses = []
    for n in range(6):
        headers = {"X-Forwarded-For": f"203.0.113.{n}"}
        statuses.append((await api.get("/user/profile", by=anna, headers=headers)).status)
    assert statuses == [200] * 4 + [429] * 2


async def test_addresses_behind_a_trusted_proxy_are_counted_apart(start_api: StartApi) -> None:
    api = await start_api(rate_limit_max_requests=2, **BY_PROXY)
    assert await count_let_through(api, 3, X_Forwarded_For="203.0.113.1") == 2
    assert await count_let_through(api, 3, X_Forwarded_For="203.0.113.2") == 2


async def test_what_a_client_writes_of_itself_before_the_proxy_does_not_count(start_api: StartApi) -> None:
    api = await start_api(rate_limit_max_requests=2, **BY_PROXY)
    seen = [await count_let_through(api, 1, X_Forwarded_For=f"198.51.100.{n}, 203.0.113.9") for n in range(4)]
    assert sum(seen) == 2


async def test_without_trusted_proxies_the_header_is_not_believed(start_api: StartApi) -> None:
    api = await start_api(rate_limit_max_requests=2)
    seen = [await count_let_through(api, 1, X_Forwarded_For=f"198.51.100.{n}") for n in range(4)]
    assert sum(seen) == 2


async def test_a_site_of_ipv6_addresses_counts_as_one(start_api: StartApi) -> None:
    api = await start_api(rate_limit_max_requests=2, **BY_PROXY)
    seen = [await count_let_through(api, 1, X_Forwarded_For=f"2001:db8:1:2::{n}") for n in range(1, 5)]
    assert sum(seen) == 2
    assert await count_let_through(api, 1, X_Forwarded_For="2001:db8:1:3::1") == 1
