"""hls.js in a real Chromium plays what processes beside the worker serve, across the death of one."""

from __future__ import annotations

import os
import signal

import pytest
from playwright.async_api import async_playwright

from tests.media_server.egress.hls.live_stage import STREAM_ID, live_stage
from tests.media_server.egress.hls.test_in_chromium import BROWSER_FLAGS, PATIENCE_S, played, snapshot
from tests.media_server.hls_servers.stage import ServedRoom, make_servers, running
from tests.support.chromium import chromium_path
from tests.support.media_tokens import TokenSigner
from tests.support.rtp_source import H264Source, OpusSource
from tests.support.waiting import eventually

SIGNER = TokenSigner()


@pytest.mark.e2e
async def test_hls_js_plays_what_processes_serve_and_goes_on_when_one_is_killed() -> None:
    servers = make_servers(SIGNER, processes=1)
    token = SIGNER.sign(STREAM_ID, "watch", sub="viewer")
    async with (
        live_stage(video=H264Source(width=640, height=360), audio=OpusSource()) as stage,
        running(servers),
        async_playwright() as playwright,
    ):
        room = ServedRoom(STREAM_ID, stage.egress)
        servers.open(room)
        await eventually(lambda: servers.port is not None, timeout_s=PATIENCE_S)
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=BROWSER_FLAGS)
        try:
            page = await browser.new_page()
            query = f"?at=http://127.0.0.1:{servers.port}&token={token}&recover=1"
            report = await played(page, stage, seconds=4, query=query)
            assert report["sizes"] == ["640x360"]
            assert "viewer" in room.seen
            os.kill(servers.pids[0], signal.SIGKILL)
            await eventually(lambda: servers.port is None, timeout_s=PATIENCE_S)

            async def goes_on() -> bool:
                return bool((await snapshot(page))["currentTime"] > report["currentTime"] + 5)

            await eventually(goes_on, timeout_s=PATIENCE_S)
            errors = (await snapshot(page))["errors"]
        finally:
            await browser.close()
    # That nobody answered is known to the player for as long as the process takes to come back.
    assert [error for error in errors if "fatal=true" in error and not error.startswith("networkError")] == []
