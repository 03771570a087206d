"""Load on the API while something under it goes away, and what came of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from control_api.background import in_background
from tests.control_api.support.api import PASSWORD, Account, Api, Reply
from tests.control_api.support.freezing_proxy import FreezingProxy
from tests.support.servers import OwnPostgres, OwnValkey
from tests.support.waiting import eventually

CLIENTS_PER_CALL = 2
PAUSE_S = 0.01
NORMAL = (200, 201, 409)
QUICK_S = 4.0


@dataclass(slots=True)
class Load:
    """Every answer of every call, newest last, and the slowest of all in seconds."""

    answers: dict[str, list[Reply]] = field(default_factory=dict)
    slowest_s: float = 0.0

    def forget(self) -> None:
        for answers in self.answers.values():
            answers.clear()
        self.slowest_s = 0.0

    async def every_call_is_answered(self, *statuses: int) -> None:
        """Wait until the newest answer of every call, of those from now on, has one of these statuses."""
        self.forget()
        await eventually(
            lambda: all(answers and answers[-1].status in statuses for answers in self.answers.values()), timeout_s=20
        )

    def seen(self) -> set[int]:
        return {reply.status for answers in self.answers.values() for reply in answers}


@asynccontextmanager
async def under_load(api: Api, dj: Account) -> AsyncIterator[Load]:
    """Call reading, writing, signed-in and anonymous routes all the time while the context is open."""
    credentials = {"email": dj.email, "password": PASSWORD}
    calls: dict[str, Callable[[], Awaitable[Reply]]] = {
        "list": lambda: api.get("/stream/live"),
        "login": lambda: api.post("/auth/login", credentials),
        "profile": lambda: api.get("/user/profile", by=dj),
        "start": lambda: api.post("/dj/start-stream", {"title": "x"}, by=dj),
    }
    load = Load({name: [] for name in calls})
    loop = asyncio.get_running_loop()

    async def repeat(name: str) -> None:
        while True:
            started = loop.time()
            reply = await calls[name]()
            load.slowest_s = max(load.slowest_s, loop.time() - started)
            load.answers[name].append(reply)
            await asyncio.sleep(PAUSE_S)

    async with in_background(*(repeat(name) for name in calls for _ in range(CLIENTS_PER_CALL))):
        yield load


def assert_said_as_it_is(load: Load) -> None:
    """Nothing failed in a way of its own: each 503 says so in the envelope and when to try again."""
    assert load.seen() <= {200, 201, 409, 503}
    for answers in load.answers.values():
        for reply in answers:
            if reply.status == 503:
                assert reply.code in {"SERVICE_UNAVAILABLE", "NO_MEDIA_WORKER"}
                assert int(reply.headers["Retry-After"]) >= 1


async def assert_a_death_is_survived(api: Api, server: OwnPostgres | OwnValkey, *, away: str, there: str) -> None:
    """Killed under load, twice, it is answered 503 at once and until it is back; `/health/detailed` says which part of
    the two is `away`."""
    async with under_load(api, await api.account("dj")) as load:
        await load.every_call_is_answered(*NORMAL)
        for _ in range(2):
            server.kill()
            await load.every_call_is_answered(503)
            assert_said_as_it_is(load)
            assert load.slowest_s < QUICK_S
            assert (await api.get("/health")).status == 200
            degraded = await api.get("/health/detailed")
            assert (degraded.status, degraded.code) == (503, "DEGRADED")
            details = degraded.body["error"]["details"]
            assert details[away] == {"status": "unavailable", "latencyMs": None}
            assert details[there]["status"] == "ok"
            server.start()
            await load.every_call_is_answered(*NORMAL)
            assert_said_as_it_is(load)


async def assert_a_hang_is_survived(api: Api, server: FreezingProxy) -> None:
    """Frozen under load, it is answered 503, by every client more than once, within QUICK_S."""
    async with under_load(api, await api.account("dj")) as load:
        await load.every_call_is_answered(*NORMAL)
        server.freeze()
        await load.every_call_is_answered(503)
        await load.every_call_is_answered(503)
        assert load.slowest_s < QUICK_S
        assert_said_as_it_is(load)
        server.thaw()
        await load.every_call_is_answered(*NORMAL)
        assert_said_as_it_is(load)
