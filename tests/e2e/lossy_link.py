"""A network path between browsers and the media port that loses what a seed says, and that can move like a NAT."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import BrowserContext, Route

Address = tuple[str, int]


class _Leg(asyncio.DatagramProtocol):
    """One client as the media port sees it: a socket of its own."""

    def __init__(self, link: LossyLink, client: Address) -> None:
        self._link = link
        self._client = client

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._link.down(data, self._client)


class LossyLink(asyncio.DatagramProtocol):
    """Relays datagrams both ways, each lost with probability `loss` by the fate that `seed` decides."""

    def __init__(self, target: Address, *, loss: float, seed: int) -> None:
        self.lost = 0
        self.relayed = 0
        self._target = target
        self._loss = loss
        self._fate = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self._front: asyncio.DatagramTransport | None = None
        self._legs: dict[Address, asyncio.DatagramTransport] = {}
        self._connecting: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        assert self._front is not None
        return int(self._front.get_extra_info("sockname")[1])

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._front, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    def close(self) -> None:
        self.move()
        if self._front is not None:
            self._front.close()

    def move(self) -> None:
        """Every client has another address from now on, as when a phone changes from Wi-Fi to mobile."""
        for leg in self._legs.values():
            leg.close()
        self._legs.clear()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if not self._passes():
            return
        leg = self._legs.get(addr)
        if leg is None or leg.is_closing():
            task = asyncio.get_running_loop().create_task(self._up_by_a_new_leg(data, addr))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)
        else:
            leg.sendto(data)

    def down(self, data: bytes, client: Address) -> None:
        if self._passes() and self._front is not None:
            self._front.sendto(data, client)

    async def _up_by_a_new_leg(self, data: bytes, client: Address) -> None:
        loop = asyncio.get_running_loop()
        leg, _ = await loop.create_datagram_endpoint(lambda: _Leg(self, client), remote_addr=self._target)
        # Datagrams that came while it was being made each made one; the first is kept.
        if client in self._legs:
            leg.close()
            leg = self._legs[client]
        self._legs[client] = leg
        leg.sendto(data)

    def _passes(self) -> bool:
        if self._fate.random() < self._loss:
            self.lost += 1
            return False
        self.relayed += 1
        return True


@asynccontextmanager
async def lossy_link(media_port: int, *, loss: float = 0.0, seed: int = 1) -> AsyncIterator[LossyLink]:
    link = LossyLink(("127.0.0.1", media_port), loss=loss, seed=seed)
    await link.open()
    try:
        yield link
    finally:
        link.close()


async def send_media_through(context: BrowserContext, port: int) -> None:
    """Has the pages of `context` send their media to `port`: the candidates they are answered with say so."""

    async def answer_with_port(route: Route) -> None:
        response = await route.fetch()
        sdp = re.sub(r"(a=candidate:\S+ \d \S+ \d+ \S+) \d+", rf"\1 {port}", await response.text())
        await route.fulfill(response=response, body=sdp)

    await context.route(re.compile(r"/(whip|whep)/[^/]+$"), answer_with_port)
