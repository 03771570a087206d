"""Several media workers, and a control_api that tells each where the others' streams are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from aiohttp import web

from tests.support.media_tokens import TokenSigner
from tests.support.media_worker import MediaWorker, media_worker

INTERNAL_TOKEN: Final = "known to the tests"


class Directory:
    """`POST /internal/relay` as its contract has it (ARCHITECTURE.md, "Relay, registry, drain")."""

    def __init__(self, signer: TokenSigner) -> None:
        self.signer = signer
        self.origins: dict[str, str] = {}
        """Stream id to the URL of the worker that has its publisher."""
        self.ended: set[str] = set()
        self.keys: dict[str, str] = {}
        """Stream key to the id of the stream that it opens; whoever comes later takes over."""
        self._generation = 0
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {INTERNAL_TOKEN}"
        told = await request.json()
        self.asked.append(told)
        stream_id = told["stream_id"]
        if stream_id in self.ended:
            return _refusal(410, "STREAM_ENDED")
        url = self.origins.get(stream_id)
        if url is None:
            return _refusal(404, "STREAM_NOT_LIVE")
        return web.json_response({"url": url, "token": self.signer.sign(stream_id, "relay", sub=told["worker_id"])})

    async def admit(self, request: web.Request) -> web.Response:
        """`POST /internal/ingest` as its contract has it."""
        stream_id = self.keys[(await request.json())["key"]]
        self._generation += 1
        grant = {"streamId": stream_id, "userId": "u", "generation": self._generation, "takeOver": True}
        return web.json_response(grant)


class Workers:
    """`start` makes one more."""

    def __init__(self, valkey_url: str, directory: Directory, stack: AsyncExitStack) -> None:
        self.directory = directory
        self._valkey_url = valkey_url
        self._stack = stack

    async def start(self, **settings: Any) -> MediaWorker:
        told = {"control_internal_url": self.directory.url, "internal_token": INTERNAL_TOKEN} | settings
        return await self._stack.enter_async_context(
            media_worker(self._valkey_url, signer=self.directory.signer, **told)
        )


@asynccontextmanager
async def several_workers(valkey_url: str) -> AsyncIterator[Workers]:
    """Workers that know of each other's streams what `directory` says."""
    directory = Directory(TokenSigner())
    app = web.Application()
    app.router.add_post("/internal/relay", directory.answer)
    app.router.add_post("/internal/ingest", directory.admit)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    directory.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with AsyncExitStack() as stack:
            yield Workers(valkey_url, directory, stack)
    finally:
        await runner.cleanup()


def _refusal(status: int, code: str) -> web.Response:
    return web.json_response({"success": False, "error": {"code": code, "message": code}}, status=status)
