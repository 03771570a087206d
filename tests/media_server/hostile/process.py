"""A media worker in a process of its own, so that what it holds can be measured from outside."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from media_server.settings import WorkerSettings
from tests.support.live_peers import Publisher, Viewer
from tests.support.media_tokens import TokenSigner
from tests.support.media_worker import KeptObjects, MediaWorker
from tests.support.ports import free_port
from tests.support.processes import Program, running
from tests.support.waiting import eventually, wait_until

START_S = 60.0
_MANY = "100000"


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds."""

    resident_bytes: int
    descriptors: int
    threads: int


class WorkerProcess:
    """The process, and what clients need to know to speak to it."""

    def __init__(self, program: Program, signer: TokenSigner, settings: WorkerSettings) -> None:
        self.program = program
        self.signer = signer
        self.settings = settings
        self._process = psutil.Process(program.process.pid)

    @property
    def held(self) -> Held:
        """What it holds now, without what it started."""
        with self._process.oneshot():
            return Held(self._process.memory_info().rss, self._process.num_fds(), self._process.num_threads())

    @asynccontextmanager
    async def clients(self) -> AsyncIterator[MediaWorker]:
        """The worker as its clients see it; peers made there are gone at the end."""
        ended = asyncio.create_task(self._ended())
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http_session:
            worker = MediaWorker(
                http_session, self.signer, self.settings, self.settings.media_port, ended, KeptObjects()
            )
            try:
                yield worker
            finally:
                await worker.close_peers()
                ended.cancel()

    async def _ended(self) -> None:
        await eventually(lambda: self.program.process.poll() is not None, timeout_s=1e6, every_s=1.0)


@contextmanager
def worker_process(valkey_url: str, folder: Path, **changed: str) -> Iterator[WorkerProcess]:
    """From ready to gone."""
    signer = TokenSigner()
    environment = {
        "REDIS_URL": valkey_url,
        "MEDIA_SPOOL_DIR": str(folder / "spool"),
        "MEDIA_TOKEN_PUBLIC_KEY": signer.public_key,
        "MEDIA_HOST": "127.0.0.1",
        "MEDIA_PORT": str(free_port(udp_too=True)),
        "MEDIA_ADVERTISED_IPS": "127.0.0.1",
        "RTMP_HOST": "127.0.0.1",
        "RTMP_PORT": "0",
        "MEDIA_ICE_TCP_PORT": "0",
        "INTERNAL_TOKEN": "known to the tests",
        "TARGETS_SECRET": "A" * 43,
        "OBJECTS_URL": "memory:///",
        "WORKER_ID": "in-a-process",
        "JOINS_PER_ADDRESS_PER_S": _MANY,
        "JOINS_PER_ADDRESS_BURST": _MANY,
    } | changed
    settings = WorkerSettings.model_validate({name.lower(): value for name, value in environment.items()})
    with running("deploy.processes.media_worker", environment, folder / "worker.log") as program:
        wait_until(lambda: _is_up(program, settings.media_port), timeout_s=START_S)
        yield WorkerProcess(program, signer, settings)


def _is_up(program: Program, port: int) -> bool:
    assert program.process.poll() is None, program.output
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Watched:
    """A stream and somebody who watches it, counts, and never asks for anything again."""

    publisher: Publisher
    viewer: Viewer


@asynccontextmanager
async def somebody_who_misses_nothing(worker: MediaWorker, stream_id: str) -> AsyncIterator[Watched]:
    """Fails at the end when a packet of what was published meanwhile did not reach its viewer."""
    publisher = await worker.publish(stream_id)
    viewer = await worker.watch(stream_id, repairs=False)
    await eventually(lambda: len(viewer.whole_frames) > 5)
    first = viewer.whole_frames[-1]
    yield Watched(publisher, viewer)
    await publisher.stop()
    video = publisher.video
    assert video is not None
    await eventually(lambda: viewer.whole_frames[-1] == video.frames - 1)
    missed = sorted(set(range(first, video.frames)) - set(viewer.whole_frames))
    assert missed == []
    assert viewer.repairs == []
