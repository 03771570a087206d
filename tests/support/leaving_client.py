"""A client that closes its connection while its request is being answered."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Middleware

from tests.support.waiting import eventually


async def leave_amid_answer(middleware: Middleware) -> BaseException:
    """What a handler behind `middleware` met as it began to answer somebody who was gone, once that is all over."""
    met: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def handler(request: web.Request) -> web.StreamResponse:
        writer.close()
        await eventually(lambda: request.transport is None or request.transport.is_closing())
        response = web.StreamResponse()
        try:
            await response.prepare(request)
        except BaseException as error:
            met.set_result(error)
            raise
        return response

    app = web.Application(middlewares=[middleware])
    app.router.add_get("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        _, writer = await asyncio.open_connection(*runner.addresses[0][:2])
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(10):
            return await met
    finally:
        # Waits for the handler.
        await runner.cleanup()
