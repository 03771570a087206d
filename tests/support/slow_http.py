"""A client that never finishes its request (Slowloris)."""

from __future__ import annotations

import asyncio
from contextlib import suppress

DRIP_S = 0.05


async def drip_headers(port: int, *, timeout_s: float = 10.0) -> bytes:
    """Send one header field after the other without end. What the server said until it closed the connection.

    Raises TimeoutError when it never does.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
        async with asyncio.timeout(timeout_s):
            closed = asyncio.ensure_future(reader.read())
            while not (await asyncio.wait([closed], timeout=DRIP_S))[0]:
                writer.write(b"X-A: b\r\n")
        with suppress(ConnectionError):
            return closed.result()
        return b""
    finally:
        writer.close()


async def start_body(port: int, head: str, *, timeout_s: float = 10.0) -> bytes:
    """Send `head`, which announces a body, and one byte of it. The status line and headers of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\nv")
        async with asyncio.timeout(timeout_s):
            return await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()
