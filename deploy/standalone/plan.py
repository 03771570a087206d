"""What the supervisor starts, in which order, and with which environment."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

import aiohttp
import asyncpg

from deploy.standalone.child import ChildSpec
from deploy.standalone.embedded import EmbeddedServer, Launch, ServerFailed
from deploy.standalone.lifecycle import Limits
from deploy.standalone.postgres import EmbeddedPostgres
from deploy.standalone.settings import REPOSITORY, StandaloneSettings, reachable
from deploy.standalone.valkey import EmbeddedValkey

DATABASE: Final = "nrs_live"
POSTGRES_DIR: Final = "postgres"
VALKEY_DIR: Final = "valkey"
OBJECTS_DIR: Final = "objects"
INSPECTION_DIR: Final = "inspection"
SPOOL_DIR: Final = "spool"
CONNECT_TIMEOUT_S: Final = 10.0
DATABASE_LIMITS: Final = Limits(start_s=60, stop_s=10)
PROCESS_LIMITS: Final = Limits(start_s=90, stop_s=10)
MIXER_LIMITS: Final = Limits(start_s=300, stop_s=15)
"""The first start after an update compiles the engine, which a slow machine takes its time for."""
MODULES: Final = {"api": "api", "media": "media_worker", "mixer": "mixer", "jobs": "jobs"}
"""By the first word of a process's name."""


def plan(settings: StandaloneSettings, environment: Mapping[str, str]) -> list[ChildSpec]:
    """The children in the order of their start. `environment` holds the secrets already."""
    children: list[ChildSpec] = []
    env = dict(environment)
    env.setdefault("OBJECTS_URL", (settings.data_dir.resolve() / OBJECTS_DIR).as_uri())
    prepare: Callable[[], Awaitable[None]] | None = None
    if settings.database_url is None:
        postgres = EmbeddedPostgres(settings.data_dir / POSTGRES_DIR)
        children.append(_server(postgres, str(postgres.data_dir)))
        env["DATABASE_URL"] = postgres.dsn(DATABASE)
        prepare = partial(ensure_database, postgres.dsn("postgres"), DATABASE)
    if settings.redis_url is None:
        valkey = EmbeddedValkey(settings.data_dir / VALKEY_DIR)
        children.append(_server(valkey, valkey.url))
        env["REDIS_URL"] = valkey.url
    children.append(_process("api", settings.host, settings.port, env | {"PORT": str(settings.port)}, prepare))
    jobs = {"JOBS_HOST": settings.jobs_host, "JOBS_PORT": str(settings.jobs_port)}
    jobs["INSPECTION_DIR"] = env.get("INSPECTION_DIR") or str(settings.data_dir.resolve() / INSPECTION_DIR)
    children.append(_process("jobs", settings.jobs_host, settings.jobs_port, env | jobs))
    spool = env.get("MEDIA_SPOOL_DIR") or str(settings.data_dir.resolve() / SPOOL_DIR)
    ingest = env.get("CONTROL_INTERNAL_URL") or f"http://{reachable(settings.host)}:{settings.port}"
    media_ports = zip(settings.media_ports, settings.ice_tcp_ports, settings.hls_ports, strict=True)
    for index, (port, ice_tcp_port, hls_port) in enumerate(media_ports, start=1):
        # Encoders are told one port: all workers listen on it, so that one of them is always there.
        one_of_many = {"MEDIA_PORT": str(port), "RTMP_PORT": str(settings.rtmp_port), "MEDIA_SPOOL_DIR": spool}
        one_of_many |= {"MEDIA_ICE_TCP_PORT": str(ice_tcp_port), "HLS_PORT": str(hls_port)}
        one_of_many["CONTROL_INTERNAL_URL"] = ingest
        if settings.media_workers > 1:
            one_of_many["WORKER_ID"] = f"{env.get('WORKER_ID', 'media')}-{index}"
        name = "media worker" if settings.media_workers == 1 else f"media {index}"
        children.append(_process(name, settings.media_host, port, env | one_of_many))
    for index, port in enumerate(settings.mixer_ports, start=1):
        one_of_many = {"MIXER_PORT": str(port), "DATA_DIR": str(settings.data_dir.resolve())}
        if settings.mixer_workers > 1:
            one_of_many["MIXER_ID"] = f"{env.get('MIXER_ID', 'mixer')}-{index}"
        name = "mixer" if settings.mixer_workers == 1 else f"mixer {index}"
        children.append(_process(name, settings.mixer_host, port, env | one_of_many))
    return children


def _server(server: EmbeddedServer, where: str) -> ChildSpec:
    async def prepare() -> None:
        await asyncio.to_thread(server.prepare)

    async def probe(pid: int) -> bool:
        return await asyncio.to_thread(server.is_ready, pid)

    return ChildSpec(server.name, where, server.launch(), probe, prepare, DATABASE_LIMITS, server.hushed)


def _process(
    name: str, host: str, port: int, env: dict[str, str], prepare: Callable[[], Awaitable[None]] | None = None
) -> ChildSpec:
    argv = (sys.executable, "-m", f"deploy.processes.{MODULES[name.split()[0]]}")
    launch = Launch(argv, None, signal.SIGTERM, env | {"PYTHONUNBUFFERED": "1"}, REPOSITORY)
    url = f"http://{reachable(host)}:{port}/health"
    limits = MIXER_LIMITS if name.startswith("mixer") else PROCESS_LIMITS
    spec = partial(ChildSpec, name, f"http://localhost:{port}", launch, partial(answers, url), limits=limits)
    return spec() if prepare is None else spec(prepare=prepare)


async def answers(url: str, _pid: int = 0) -> bool:
    """Whether a GET of `url` is answered with 200."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def ensure_database(admin_dsn: str, name: str) -> None:
    """Create the database when the server does not have it yet. Raises ServerFailed."""
    try:
        connection = await asyncpg.connect(admin_dsn, timeout=CONNECT_TIMEOUT_S)
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close(timeout=CONNECT_TIMEOUT_S)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise ServerFailed(f"PostgreSQL has no database for it ({error})") from error
