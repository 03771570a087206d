"""One mixer worker: the host of sessions, the mixes, the link to Valkey and a health check, put together."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from typing import Any, Final

import aiohttp
import structlog
from aiohttp import web
from redis.asyncio import BlockingConnectionPool, Redis

from mixer.host.host import MixerHost
from mixer.host.settings import HostSettings
from mixer.worker.control import ControlLink
from mixer.worker.loading import TrackLoader
from mixer.worker.mix import Surroundings
from mixer.worker.mixes import Mixes
from mixer.worker.outbox import Outbox
from mixer.worker.ports import Objects
from mixer.worker.recordings import Recordings
from mixer.worker.settings import MixerSettings

_VALKEY_CONNECTIONS: Final = 32
"""As many as are needed at once are made, and kept; who needs one more waits."""

_log = structlog.get_logger(__name__)


async def run_worker(
    settings: MixerSettings, objects: Objects, *, on_ready: Callable[[int], None] | None = None
) -> None:
    """Serve until cancelled. `on_ready` is told the HTTP port. Raises OSError when it is taken."""
    started_at = time.time()
    settings.own_folder.mkdir(parents=True, exist_ok=True)
    outbox = Outbox(settings.own_folder / "events.jsonl")
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(_host(settings, lambda *refusal: mixes.refused(*refusal)))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        loader = TrackLoader(objects, host.tracks, settings.own_folder / "originals")
        stack.push_async_callback(loader.close)
        recordings = Recordings(objects, outbox, settings.own_folder / "recordings")
        around = Surroundings(host, http, loader, outbox, recordings, settings.own_folder / "mixes")
        mixes = Mixes(around, changed=lambda: link.mix_changed())
        stack.push_async_callback(mixes.leave)

        def describe() -> str:
            return json.dumps(_snapshot(settings, host, mixes, started_at))

        valkey = _open_valkey(settings.redis_url)
        stack.push_async_callback(valkey.aclose)
        link = ControlLink(valkey, settings.mixer_id, mixes, outbox, describe)
        stack.push_async_callback(link.resign)
        port = await stack.enter_async_context(_health(settings, host, mixes))
        _log.info("mixer ready", mixer_id=settings.mixer_id, port=port)
        if on_ready is not None:
            on_ready(port)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(mixes.run())
            tasks.create_task(link.run())
            tasks.create_task(recordings.run())


def _open_valkey(url: str) -> Redis:
    # No socket_timeout: redis-py keeps it by asyncio.wait_for, which in Python 3.11 loses cancellations (gh-86296), and
    # the worker would not end.
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_VALKEY_CONNECTIONS,
        timeout=None,
        decode_responses=True,
        socket_connect_timeout=2.0,
        socket_timeout=None,
    )
    return Redis.from_pool(pool)


@asynccontextmanager
async def _host(
    settings: MixerSettings, on_refused: Callable[[str, str, int, Exception], None]
) -> AsyncIterator[MixerHost]:
    host = MixerHost(
        HostSettings(
            capacity=settings.mixer_capacity,
            tracks_folder=settings.tracks_folder,
            tracks_max_bytes=settings.mixer_tracks_max_bytes,
            state_folder=settings.own_folder / "sessions",
        ),
        on_refused=on_refused,
        on_engine_lost=lambda reason: _log.error("engine_lost", reason=reason),
    )
    await host.start()
    try:
        yield host
    finally:
        await host.stop()


def _snapshot(settings: MixerSettings, host: MixerHost, mixes: Mixes, started_at: float) -> dict[str, Any]:
    ticks = asdict(host.statistics())
    return {
        "mixer_id": settings.mixer_id,
        "started_at": started_at,
        "capacity": settings.mixer_capacity,
        "may_admit": host.may_admit(),
        "mixes": mixes.describe(),
        "ticks": {name: ticks[name] for name in ("missed", "skipped", "late_p99_s", "busy_p99_s")},
    }


@asynccontextmanager
async def _health(settings: MixerSettings, host: MixerHost, mixes: Mixes) -> AsyncIterator[int]:
    """Answers `GET /health`; the port."""

    async def health(_request: web.Request) -> web.Response:
        is_alive = host.engine_pid is not None
        body = {"mixerId": settings.mixer_id, "mixes": len(mixes.stream_ids), "engine": is_alive}
        return web.json_response(body, status=200 if is_alive else 503)

    app = web.Application()
    app.router.add_get("/health", health)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.mixer_host, settings.mixer_port).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
