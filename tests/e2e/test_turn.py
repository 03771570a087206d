"""Behind a network that lets nothing through but a TURN server: a real coturn, configured as deploy/coturn says.

Needs Debian's `coturn`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Playwright

from tests.e2e.browsers import SCRIPTS, StudioPage, WatchPage
from tests.e2e.conftest import People
from tests.e2e.product import Account, running_product
from tests.support.ports import free_port
from tests.support.servers import new_server_dir, remove_server_dir
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.soak, pytest.mark.asyncio(loop_scope="session")]

CONFIGURATION = Path(__file__).parents[2] / "deploy/coturn/turnserver.conf"


@dataclass(frozen=True, slots=True)
class Relay:
    port: int
    secret: str

    def url(self, transport: str) -> str:
        return f"turn:127.0.0.1:{self.port}?transport={transport}"


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    program = shutil.which("turnserver") or "/usr/bin/turnserver"
    folder = new_server_dir()
    relay = Relay(free_port(udp_too=True), token_urlsafe(32))
    log = folder / "turn.log"
    text = CONFIGURATION.read_text()
    for before, after in {
        "#static-auth-secret=CHANGE": f"static-auth-secret={relay.secret}",
        "listening-port=3478": f"listening-port={relay.port}\nlistening-ip=127.0.0.1\nrelay-ip=127.0.0.1",
        "tls-listening-port=5349": "no-tls\nno-dtls",
        # Here the media worker is on the relay's own machine.
        "#allowed-peer-ip=10.0.0.20-10.0.0.40": "allowed-peer-ip=127.0.0.1\nallow-loopback-peers",
    }.items():
        text, count = re.subn(f"^{re.escape(before)}$", after, text, flags=re.MULTILINE)
        assert count == 1, before
    (folder / "turn.conf").write_text(text)
    command = [program, "-c", str(folder / "turn.conf"), f"--pidfile={folder / 'pid'}", f"--userdb={folder / 'users'}"]
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=folder)
    try:
        wait_until(lambda: "Total General servers" in log.read_text() or process.poll() is not None, timeout_s=10)
        assert process.poll() is None, log.read_text()
        yield relay
    finally:
        process.kill()
        process.wait()
        remove_server_dir(folder)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def behind(relay: Relay, browser: Browser, playwright: Playwright) -> AsyncIterator[People]:
    """People of a product whose operator runs that relay, by either transport."""
    folder = new_server_dir()
    settings = {"TURN_URLS": f"{relay.url('udp')},{relay.url('tcp')}", "TURN_SECRET": relay.secret}
    with running_product(folder, settings) as product:
        async with AsyncExitStack() as stack:
            yield People(product, browser, playwright, stack)
    remove_server_dir(folder)


async def behind_a_wall(people: People, *, account: Account | None = None, transport: str | None = None) -> Page:
    """A page of somebody whom only the relay reaches, by one transport or by whichever works."""
    page = await (await people.profile(account)).new_page()
    if transport is not None:
        await page.add_init_script(f"window.relayTransport = '{transport}';")
    await page.add_init_script(path=SCRIPTS / "relay_only.js")
    return page


async def watch(page: Page, stream_id: str) -> WatchPage:
    await page.add_init_script(path=SCRIPTS / "witness.js")
    await page.goto(f"/watch/{stream_id}")
    return WatchPage(page)


async def ways(page: Page) -> list[list[str]]:
    """[kind of address, transport to the relay] of each connection."""
    found: list[list[str]] = await page.evaluate("relayed()")
    return found


async def test_who_publishes_and_who_watches_get_through_by_the_relay(behind: People) -> None:
    camera = await behind_a_wall(behind, account=await behind.product.account("performer"))
    await camera.add_init_script(path=SCRIPTS / "clock_camera.js")
    await camera.goto("/studio")
    stream_id = await StudioPage(camera).go_live("From a hotel")
    page = await behind_a_wall(behind)
    viewer = await watch(page, stream_id)

    await viewer.plays_over("webrtc")
    await viewer.frames_advance(30)
    await viewer.hears_sound()
    for found in (await ways(camera), await ways(page)):
        assert {kind for kind, _ in found} == {"relay"}


async def test_a_network_without_udp_gets_through_by_tcp_to_the_relay(behind: People) -> None:
    _, studio = await behind.creator()
    stream_id = await studio.go_live("Through the wall")
    page = await behind_a_wall(behind, transport="tcp")
    viewer = await watch(page, stream_id)

    await viewer.plays_over("webrtc")
    await viewer.frames_advance(30)
    assert await ways(page) == [["relay", "tcp"]]


async def test_where_no_relay_is_reached_either_it_is_hls(behind: People) -> None:
    _, studio = await behind.creator()
    stream_id = await studio.go_live("The other way round")
    page = await behind_a_wall(behind, transport="neither")
    viewer = await watch(page, stream_id)

    await viewer.plays_over("hls")
    await viewer.frames_advance(30)
