"""A worker that is about to leave: encoders are left so that they come again by themselves, at another one."""

from __future__ import annotations

import asyncio

import pytest

from media_server.ingest import server
from media_server.rtmp.events import PublishRefused
from media_server.rtmp.messages import MessageType
from tests.media_server.ingest.publisher import Publisher, publisher
from tests.media_server.ingest.stage import KEY, Stage, stage
from tests.media_server.rtmp.messages import aac_config, aac_frame, avc_frame
from tests.support.waiting import eventually


async def at_once() -> None:
    """The control plane knows already."""


async def frames(here: Stage, count: int, track_id: str = "video") -> None:
    await eventually(lambda: here.heard.count(track_id) >= count)


def picture(encoder: Publisher, at_ms: int, *, is_key: bool = False) -> None:
    encoder.send(MessageType.VIDEO, avc_frame(is_key=is_key), at_ms)


async def test_an_encoder_is_left_before_a_key_frame_once_that_is_known_and_nothing_tells_it_to_stop() -> None:
    known = asyncio.Event()

    async def told() -> None:
        await known.wait()

    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.configurations()
        encoder.pictures(5)
        await frames(here, 5)
        here.server.close_door()
        leaving = asyncio.create_task(here.server.send_away(told=told))
        picture(encoder, 200)
        encoder.send(MessageType.AUDIO, aac_frame(), 200)
        await frames(here, 6)
        picture(encoder, 240, is_key=True)
        await eventually(lambda: here.room.current is None)
        assert here.heard.count() == 6
        assert not encoder.is_closed.is_set()
        known.set()
        await encoder.closed()
        await leaving
        assert not any(isinstance(event, PublishRefused) for event in encoder.events)
    assert here.room.reasons == ["this media server is about to leave"]


async def test_an_encoder_whose_key_frames_are_far_apart_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "KEY_FRAME_WITHIN_S", 0.1)
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.configurations()
        encoder.pictures(5)
        await frames(here, 5)
        await here.server.send_away(told=at_once)
        await encoder.closed()
        assert here.room.current is None


async def test_sound_alone_has_no_key_frames_to_be_waited_for() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.send(MessageType.AUDIO, aac_config(), 0)
        for number in range(40):
            encoder.send(MessageType.AUDIO, aac_frame(), 20 * number)
        await frames(here, 40, "audio")
        here.server.close_door()
        leaving = asyncio.create_task(here.server.send_away(told=at_once))

        async def is_left() -> bool:
            encoder.send(MessageType.AUDIO, aac_frame(), 20 * (here.heard.count("audio") + 1))
            return here.room.current is None

        await eventually(is_left, timeout_s=3)
        await leaving


async def test_several_encoders_do_not_all_connect_elsewhere_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SPREAD_S", 0.6)
    monkeypatch.setattr(server, "KEY_FRAME_WITHIN_S", 0.01)
    async with stage() as here:
        here.keys.streams |= {f"{KEY}{n}": f"stream-{n}" for n in range(3)}
        left: list[float] = []

        async def told() -> None:
            left.append(asyncio.get_running_loop().time())

        async with (
            publisher(here.server.port, f"{KEY}0"),
            publisher(here.server.port, f"{KEY}1"),
            publisher(here.server.port, f"{KEY}2"),
        ):
            await here.server.send_away(told=told)
    assert len(left) == 3
    assert left[2] - left[0] > 0.3


async def test_nobody_is_let_in_any_more_and_who_has_not_begun_is_closed() -> None:
    async with stage() as here:
        here.keys.hold = asyncio.Event()
        async with publisher(here.server.port, KEY, accepted=False) as asking:
            await eventually(lambda: bool(here.keys.asked))
            here.server.close_door()
            await asking.closed()
        here.keys.hold.set()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", here.server.port)
        assert here.room.current is None
        assert here.server.connections == 0


async def test_an_encoder_that_begins_again_on_the_same_connection_is_not_let_in() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.configurations()
        encoder.pictures(5)
        await frames(here, 5)
        here.server.close_door()
        leaving = asyncio.create_task(here.server.send_away(told=at_once))
        encoder.session.end()
        encoder.write(encoder.session.take_output())
        await encoder.closed()
        await leaving
    assert len(here.keys.asked) == 1


async def test_two_workers_listen_on_one_port_and_either_takes_encoders_when_the_other_has_left() -> None:
    async with stage() as leaving:
        async with stage(port=leaving.server.port) as staying:
            assert staying.server.port == leaving.server.port
            leaving.server.close_door()
            for _ in range(8):
                async with publisher(staying.server.port, KEY):
                    pass
            assert len(staying.keys.asked) == 8
        assert leaving.keys.asked == []
