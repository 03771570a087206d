"""The front for LL-HLS, in a real nginx: cached media, playlists by right alone, waiting requests, HTTP/2.

Needs Debian's `nginx`.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from media_server.http.errors import ApiError, render_errors
from media_server.http.hls import hls_routes
from tests.media_server.egress.hls.simulation import Publisher
from tests.support.ports import free_port
from tests.support.rtp_source import H264Source
from tests.support.waiting import eventually

pytestmark = pytest.mark.soak

CONFIGURATION = Path(__file__).parents[2] / "deploy/nginx/media.conf"
MAIN = """
{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log warn; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/media.conf;
}}
"""


def certificate(folder: Path) -> None:
    """One for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "media.crt").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "media.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def authorize(request: web.Request, stream_id: str) -> str:
    """The rule of this test: the token is `good`."""
    if request.headers.get("Authorization") != "Bearer good":
        raise ApiError(401, "TOKEN_INVALID", "No.")
    return "viewer"


@asynccontextmanager
async def fronted(publisher: Publisher, folder: Path) -> AsyncIterator[tuple[str, int]]:
    """A worker's HLS behind nginx: its address, and the port."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    app = web.Application(middlewares=[render_errors])
    app.add_routes(hls_routes(lambda name: publisher.egress if name == "one" else None, authorize))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    port = free_port()
    certificate(folder)
    text = CONFIGURATION.read_text()
    for before, after in {
        "127.0.0.1:3100": f"127.0.0.1:{listener.getsockname()[1]}",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "/etc/nrs-live/": f"{folder}/",
        "/var/cache/nginx/nrs-media": f"{folder}/cache",
        "/var/log/nginx/": f"{folder}/",
    }.items():
        assert before in text
        text = text.replace(before, after)
    (folder / "media.conf").write_text(text)
    # As root, its workers would be somebody else, who may not write here.
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
    process = await asyncio.create_subprocess_exec(program, "-c", str(folder / "nginx.conf"))

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await eventually(listens, timeout_s=10)
        yield f"https://127.0.0.1:{port}/hls/one", port
    finally:
        process.terminate()
        await process.wait()
        await runner.cleanup()


async def test_media_comes_from_the_cache_and_playlists_by_right_alone(tmp_path: Path) -> None:
    publisher = Publisher(video=H264Source(width=160, height=96, fps=15, bitrate_bps=100_000), audio=None)
    publisher.run(6.2)
    right = {"Authorization": "Bearer good"}
    async with fronted(publisher, tmp_path) as (base, port), aiohttp.ClientSession() as client:

        async def get(name: str, headers: dict[str, str] | None = None) -> tuple[int, str | None, bytes]:
            async with client.get(f"{base}/{name}", headers=headers, ssl=False) as response:
                return response.status, response.headers.get("X-Cache"), await response.read()

        assert (await get("video.m3u8"))[0] == 401
        status, cache, body = await get("video.m3u8", right)
        assert (status, cache) == (200, None)
        part = re.findall(r'#EXT-X-PART:.*URI="([^"]+)"', body.decode())[0]
        first, second = await get(part), await get(part)
        assert (first[0], first[1], second[1]) == (200, "MISS", "HIT")
        assert first[2] == second[2]
        number, index = publisher.playlist("video").next_part
        hinted = publisher.egress.names.part("video", number, index)
        waiting = [asyncio.create_task(get(hinted)) for _ in range(3)]
        reload = asyncio.create_task(get(f"video.m3u8?_HLS_msn={number}&_HLS_part={index}", right))
        await asyncio.sleep(0.2)
        assert not any(task.done() for task in (*waiting, reload))
        publisher.run(0.4)
        async with asyncio.timeout(10):
            assert {(await task)[2] for task in waiting} == {publisher.playlist("video").part(number, index)}
            assert hinted.encode() in (await reload)[2]
        assert (await get("video-1.m4s"))[0] == 401
        assert (await get("video-1.m4s", right))[:2] == (404, "MISS")
        async with client.get(f"https://127.0.0.1:{port}/whip/one", ssl=False) as response:
            assert response.status == 404
        assert "good" not in (tmp_path / "nrs-media.log").read_text()
        assert negotiated(port) == "h2"


def negotiated(port: int) -> str | None:
    """The protocol that the front takes of those a browser offers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain, context.wrap_socket(plain) as secured:
        return secured.selected_alpn_protocol()
