"""Chromium finds a worker by TCP alone, by IPv6 alone, and again after an ICE restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.support.chromium import FLAGS, chromium_path
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.ports import free_port
from tests.support.waiting import eventually

SCRIPT = Path(__file__).parent / "js" / "ways.js"


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        # Chromium leaves loopback out of its own candidates, which for one of a far end's it does not need.
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield await browser.new_page()
        await browser.close()


async def watching(page: Page, worker: MediaWorker, *, keeps: str) -> dict[str, Any]:
    """What `way` says once frames come."""
    await page.goto(f"{worker.url}/health")
    await page.add_script_tag(content=SCRIPT.read_text())
    address, token = f"{worker.url}/whep/s", worker.signer.sign("s", "watch")
    await page.evaluate(
        f"async ([url, token]) => {{ window.viewer = await watchBy(url, token, {keeps}) }}", [address, token]
    )
    return await frames_after(page, 0)


async def frames_after(page: Page, seen: int) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def is_playing() -> bool:
        found.update(await page.evaluate("() => way(viewer)"))
        return bool(found["frames"] > seen + 10)

    await eventually(is_playing, timeout_s=40, every_s=0.2)
    return found


async def test_it_watches_by_tcp_alone_and_goes_on_after_an_ice_restart(valkey_url: str, page: Page) -> None:
    async with media_worker(valkey_url, media_ice_tcp_port=free_port()) as worker:
        await worker.publish("s")
        before = await watching(page, worker, keeps="byTcp")
        assert (before["state"], before["protocol"]) == ("connected", "tcp")
        ufrag = await page.evaluate("() => restartIce(viewer)")
        after = await frames_after(page, before["frames"])

        async def is_restarted() -> bool:
            after.update(await page.evaluate("() => way(viewer)"))
            return bool(f"a=ice-ufrag:{after['ufrag']}" == ufrag)

        await eventually(is_restarted, timeout_s=40, every_s=0.2)
        assert (await frames_after(page, after["frames"]))["protocol"] == "tcp"


async def test_it_watches_by_ipv6_alone_and_goes_on_after_an_ice_restart(valkey_url: str, page: Page) -> None:
    async with media_worker(valkey_url, media_host="::", media_advertised_ips="127.0.0.1,::1") as worker:
        await worker.publish("s")
        before = await watching(page, worker, keeps="byIpv6")
        assert (before["protocol"], before["address"]) == ("udp", "::1")
        await page.evaluate("() => restartIce(viewer)")
        assert (await frames_after(page, before["frames"]))["address"] == "::1"
