"""Players that are sent a live stream over RTMP."""

from __future__ import annotations

import socket
from itertools import pairwise

import pytest

from media_server.hub.frames import Frame
from media_server.hub.hub import Hub
from media_server.ingest.limits import IngestLimits
from tests.media_server.ingest.player import Player, player
from tests.media_server.ingest.stage import Stage, stage
from tests.media_server.rtmp.messages import unit
from tests.media_server.rtmp.test_muxer import AUDIO, OPUS, VIDEO
from tests.support.waiting import eventually


def live(here: Stage) -> Hub:
    """A stream with a group of three pictures."""
    hub = here.room.hub
    hub.begin([VIDEO, AUDIO], now=0.0)
    for index in range(3):
        picture(hub, index, is_key=index == 0)
    return hub


def numbered(index: int, size: int = 10) -> bytes:
    """A picture by which it is known again."""
    return unit(b"\x41" + bytes((index,)) * size)


def picture(hub: Hub, index: int, *, is_key: bool = False, size: int = 10) -> None:
    hub.push("video", Frame(index * 3600, index * 3600, is_key, numbered(index, size)), now=0.0)


async def shown(viewer: Player, count: int) -> None:
    await eventually(lambda: len(viewer.frames("video")) >= count)


async def test_who_comes_late_is_sent_the_group_of_the_moment_and_then_what_comes() -> None:
    async with stage() as here:
        hub = live(here)
        async with player(
            here.server.port, "stream-1", here.signer.sign("stream-1", "watch", sub="viewer-7")
        ) as viewer:
            await shown(viewer, 3)
            picture(hub, 3)
            await shown(viewer, 4)
        assert here.room.seen == {"viewer-7"}
    assert [frame.data for frame in viewer.frames("video")] == [numbered(index) for index in range(4)]
    assert viewer.formats() == {"video": "h264", "audio": "aac"}


async def test_a_player_that_knows_no_fourcc_is_sent_no_opus() -> None:
    async with stage() as here:
        here.room.hub.begin([VIDEO, OPUS], now=0.0)
        async with player(here.server.port, "stream-1", here.signer.sign("stream-1", "watch")) as viewer:
            await eventually(lambda: here.room.heard.tracks != [])
            picture(here.room.hub, 0, is_key=True)
            await shown(viewer, 1)
    assert viewer.formats() == {"video": "h264"}


@pytest.mark.parametrize("reason", ["none", "forged", "other stream", "publish", "dropped", "not live"])
async def test_who_may_not_watch_hears_why_and_gets_nothing(reason: str) -> None:
    async with stage() as here:
        hub = live(here)
        if reason == "not live":
            hub.end(now=0.0)
        here.room.dropped = {"viewer-7"} if reason == "dropped" else set()
        tokens = {
            "none": "",
            "forged": "a.b.c",
            "other stream": here.signer.sign("stream-2", "watch"),
            "publish": here.signer.sign("stream-1", "publish"),
        }
        token = tokens.get(reason, here.signer.sign("stream-1", "watch", sub="viewer-7"))
        async with player(here.server.port, "stream-1", token) as viewer:
            await viewer.closed()
    assert viewer.codes == ["NetStream.Play.StreamNotFound"]
    assert viewer.frames("video") == []


async def test_players_are_bounded() -> None:
    async with stage(IngestLimits(players=1)) as here:
        live(here)
        token = here.signer.sign("stream-1", "watch")
        async with player(here.server.port, "stream-1", token) as first:
            await shown(first, 3)
            async with player(here.server.port, "stream-1", token) as second:
                await second.closed()
            assert second.codes == ["NetStream.Play.StreamNotFound"]


async def test_a_viewer_who_is_told_to_go_is_gone_with_the_next_look() -> None:
    async with stage() as here:
        live(here)
        async with player(
            here.server.port, "stream-1", here.signer.sign("stream-1", "watch", sub="viewer-7")
        ) as viewer:
            await shown(viewer, 3)
            here.room.dropped.add("viewer-7")
            here.server.poll(here.clock())
            await viewer.closed()
        assert viewer.codes[-1] == "NetStream.Failed"


async def test_the_end_of_the_stream_is_told() -> None:
    async with stage() as here:
        hub = live(here)
        async with player(here.server.port, "stream-1", here.signer.sign("stream-1", "watch")) as viewer:
            await shown(viewer, 3)
            hub.end(now=0.0)
            await viewer.closed()
    assert viewer.codes[-2:] == ["NetStream.Play.UnpublishNotify", "NetStream.Play.Stop"]


async def test_a_player_that_does_not_keep_up_misses_pictures_up_to_a_key_frame_and_holds_nobody_up() -> None:
    async with stage(IngestLimits(play_unsent_bytes=65_536)) as here:
        hub = live(here)
        here.server._servers[0].sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        token = here.signer.sign("stream-1", "watch")
        async with (
            player(here.server.port, "stream-1", token) as slow,
            player(here.server.port, "stream-1", token) as quick,
        ):
            await shown(slow, 3)
            await shown(quick, 3)
            slow.pause()
            for index in range(3, 33):
                picture(hub, index, size=20_000)
                await shown(quick, index + 1)
            picture(hub, 210, is_key=True)
            slow.go_on()
            await eventually(lambda: slow.is_caught_up(here))
            picture(hub, 211, is_key=True)
            await eventually(lambda: slow.frames("video")[-1].data == numbered(211))
    indices = [frame.data[5] for frame in slow.frames("video")]
    assert indices == sorted(indices)
    assert len(indices) < len(quick.frames("video"))
    jump = next(after for before, after in pairwise(indices) if after != before + 1)
    assert jump in (210, 211)


async def test_a_player_that_reads_nothing_at_all_is_ended() -> None:
    async with stage(IngestLimits(play_unsent_bytes=65_536)) as here:
        hub = live(here)
        here.server._servers[0].sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        async with player(here.server.port, "stream-1", here.signer.sign("stream-1", "watch")) as slow:
            await shown(slow, 3)
            slow.pause()
            for index in range(3, 203):
                picture(hub, index, size=40_000)
            here.clock.ahead_s += IngestLimits().stuck_s + 1
            here.server.poll(here.clock())
            await eventually(lambda: here.server.connections == 0)
