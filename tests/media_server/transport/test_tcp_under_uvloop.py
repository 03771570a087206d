"""The worker's program runs on uvloop, whose transports are other classes than asyncio's and write at another time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import uvloop

from media_server.transport.tcp import TcpListener
from tests.media_server.transport import test_tcp
from tests.media_server.transport.stage import TransportStage, transport_stage

Claim = Callable[[TransportStage, TcpListener], Awaitable[None]]


async def hold(claim: Claim) -> None:
    async with transport_stage() as stage, test_tcp.listening(stage) as listener:
        await claim(stage, listener)


@pytest.mark.parametrize(
    "claim",
    [
        test_tcp.test_a_peer_connects_and_media_goes_both_ways,
        test_tcp.test_the_end_of_a_session_is_said_and_hangs_up,
        test_tcp.test_a_peer_whose_connection_broke_comes_back_by_another,
        test_tcp.test_of_many_strangers_the_oldest_makes_room_and_peers_stay,
        test_tcp.test_a_full_queue_drops_whole_packets_and_what_it_took_arrives,
    ],
    ids=lambda claim: str(claim.__name__),
)
def test_it_holds_on_uvloop_too(claim: Claim) -> None:
    uvloop.run(hold(claim))


def test_a_stuck_connection_is_closed_on_uvloop_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def claim(stage: TransportStage, listener: TcpListener) -> None:
        await test_tcp.test_a_stuck_connection_is_closed(stage, listener, monkeypatch)

    uvloop.run(hold(claim))
