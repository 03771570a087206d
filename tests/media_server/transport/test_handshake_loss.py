"""Handshakes over a bad network: each datagram of a handshake is lost once, in either role and either direction."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from tests.media_server.transport.stage import TransportStage, goes_on
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

Direction = Literal["up", "down"]


class ForgetfulClient(WebRtcClient):
    """Loses the datagram of DTLS that is `number`, from 0, of those in one direction."""

    def __init__(self, direction: Direction, number: int) -> None:
        super().__init__()
        self.lost = 0
        self._direction = direction
        self._number = number
        self._seen = 0

    def transmit(self, datagram: bytes) -> None:
        if not self._is_lost(datagram, "up"):
            super().transmit(datagram)

    def _receive(self, datagram: bytes) -> None:
        if not self._is_lost(datagram, "down"):
            super()._receive(datagram)

    def _is_lost(self, datagram: bytes, direction: Direction) -> bool:
        if direction != self._direction or not 20 <= datagram[0] < 64:
            return False
        is_lost = self._seen == self._number
        self._seen += 1
        self.lost += is_lost
        return is_lost


@pytest.mark.parametrize("is_client", [False, True], ids=["server", "client"])
async def test_a_handshake_outlives_the_loss_of_any_of_its_datagrams(stage: TransportStage, is_client: bool) -> None:
    directions: tuple[Direction, ...] = ("up", "down")
    clients = [ForgetfulClient(direction, number) for direction in directions for number in range(2)]
    sessions = [stage.session(client, is_client=is_client) for client in clients]
    # All at once: each waits a second and more for OpenSSL's timer.
    await asyncio.gather(*(client.connect() for client in clients))
    await eventually(lambda: all(session.heard.srtp is not None for session in sessions))
    assert [client.lost for client in clients] == [1] * len(clients)
    for client, session in zip(clients, sessions, strict=True):
        await goes_on(client, session.heard.rtp)
        session.transport.close("enough")
        await eventually(lambda client=client: client.is_closed_by_server)  # type: ignore[misc]
