"""Who publishes, who may not, and what becomes of the connection."""

from __future__ import annotations

import asyncio

import pytest

from media_server.hub.frames import CLOCK_RATE
from media_server.ingest.asking import IngestRefused
from media_server.ingest.limits import IngestLimits
from media_server.rtmp.chunk_reader import DEFAULT_CHUNK_BYTES
from media_server.rtmp.events import PublishRefused
from media_server.rtmp.messages import Message, MessageType, number_message
from tests.media_server.ingest.publisher import publisher
from tests.media_server.ingest.stage import KEY, Stage, stage
from tests.media_server.rtmp.messages import avc_frame, unit
from tests.support.waiting import eventually


async def frames(here: Stage, count: int, track_id: str = "video") -> None:
    await eventually(lambda: here.heard.count(track_id) >= count)


def _large_picture(stream_id: int) -> Message:
    return Message(MessageType.VIDEO, avc_frame(unit(b"\x41" + bytes(100_000))), 40, stream_id)


async def test_a_known_key_is_admitted_and_its_frames_are_in_the_hub() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.configurations()
        encoder.pictures(5)
        await frames(here, 5)
        (figures,) = here.server.figures
    assert here.keys.asked == [("rtmp", "127.0.0.1")]
    assert (figures.stream_id, figures.frames, figures.late) == ("stream-1", 10, 0)


async def test_an_unknown_key_is_refused_with_the_sentence_that_control_api_gives() -> None:
    async with stage() as here, publisher(here.server.port, "nrs_other", accepted=False) as encoder:
        refused = await encoder.answered()
        await encoder.closed()
    assert refused == PublishRefused(
        "NetStream.Publish.BadName", "This stream key is not known. Copy it again from the studio."
    )


async def test_another_application_is_rejected() -> None:
    async with stage() as here, publisher(here.server.port, KEY, app="stream", accepted=False) as encoder:
        refused = await encoder.answered()
        assert isinstance(refused, PublishRefused)
        assert refused.code == "NetConnection.Connect.Rejected"
        await encoder.closed()
    assert here.keys.asked == []


async def test_a_second_encoder_is_refused_while_the_first_is_heard() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as first:
        first.configurations()
        first.pictures(2)
        await frames(here, 2)
        async with publisher(here.server.port, KEY, accepted=False) as second:
            assert "already" in (await second.refused()).reason
        first.pictures(2, from_ms=1000)
        await frames(here, 4)


async def test_who_may_take_over_does_and_the_first_is_told() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as first:
        first.configurations()
        first.pictures(2)
        await frames(here, 2)
        here.keys.take_over = True
        async with publisher(here.server.port, KEY) as second:
            second.configurations()
            second.pictures(3)
            assert "took over" in (await first.refused()).reason
            await first.closed()
            await frames(here, 5)
    assert here.heard.interrupts == 1


async def test_an_encoder_that_comes_again_goes_on_in_the_same_hub() -> None:
    async with stage() as here:
        async with publisher(here.server.port, KEY) as before:
            before.configurations()
            before.pictures(3)
            await frames(here, 3)
        await eventually(lambda: here.room.current is None)
        async with publisher(here.server.port, KEY) as after:
            after.configurations()
            after.pictures(3)
            await frames(here, 6)
    assert here.heard.interrupts == 1
    assert here.room.reasons[0] == "the encoder is gone"


async def test_an_encoder_that_says_goodbye_may_publish_again_on_the_same_connection() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.session.end()
        encoder.write(encoder.session.take_output())
        await eventually(lambda: bool(here.room.reasons))
        assert here.server.figures == []
        assert here.server.connections == 1


async def test_the_room_may_end_the_connection_and_says_why() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.configurations()
        encoder.pictures(2)
        await frames(here, 2)
        assert here.room.current is not None
        here.room.current.close("The stream has been ended.")
        assert await encoder.refused() == PublishRefused("NetStream.Failed", "The stream has been ended.")
        await encoder.closed()


async def test_chunks_of_128_bytes_are_taken() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        told = number_message(MessageType.SET_CHUNK_SIZE, DEFAULT_CHUNK_BYTES)
        encoder.session.link.send(2, told)
        encoder.session.link._writer.chunk_bytes = DEFAULT_CHUNK_BYTES
        encoder.configurations()
        large = unit(b"\x65" + bytes(300_000))
        encoder.send(MessageType.VIDEO, avc_frame(large, is_key=True), 0)
        encoder.pictures(2, from_ms=40)
        await frames(here, 3)
    assert here.heard.frames["video"][0].data == large


async def test_stamps_go_on_when_they_wrap() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        wrap = 2**32 - 200
        encoder.configurations(wrap)
        encoder.pictures(25, from_ms=wrap)
        await frames(here, 25)
    stamps = [frame.dts for frame in here.heard.frames["video"]]
    assert stamps == [CLOCK_RATE + index * 3600 for index in range(25)]


async def test_a_stall_of_a_minute_is_outlived_and_its_time_kept() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.configurations()
        encoder.pictures(5)
        await frames(here, 5)
        here.clock.ahead_s += 60
        here.server.poll(here.clock())
        encoder.pictures(5, from_ms=60_160)
        await frames(here, 10)
    before, after = here.heard.frames["video"][4:6]
    assert after.dts - before.dts == 60_000 * 90
    assert here.heard.interrupts == 0


async def test_a_part_of_a_large_picture_is_a_sign_of_life() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.configurations()
        encoder.pictures(1)
        await frames(here, 1)
        signs = here.room.signs_of_life
        encoder.session.link.send(6, _large_picture(encoder.session.stream_id))
        encoder.write(encoder.session.take_output()[:20_000])
        await eventually(lambda: here.room.signs_of_life > signs)
    assert here.heard.count() == 1


@pytest.mark.parametrize(
    ("silence_s", "stays"), [(IngestLimits().silence_s - 5, True), (IngestLimits().silence_s + 5, False)]
)
async def test_silence_ends_a_publisher_only_after_more_than_a_minute(silence_s: float, stays: bool) -> None:
    async with stage() as here, publisher(here.server.port, KEY):
        here.clock.ahead_s += silence_s
        here.server.poll(here.clock())
        assert bool(here.server.figures) is stays


async def test_absurd_parameter_sets_end_the_connection_with_a_sentence() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.send(
            MessageType.VIDEO,
            b"\x17\x00\x00\x00\x00\x01\x64\x00\x28\xff\xe1\x00\x04\x67\x64\x00\x28\x01\x00\x01\x68",
            0,
        )
        assert "cannot be used" in (await encoder.refused()).reason
        await encoder.closed()
    assert here.room.current is None


async def test_a_codec_nobody_can_play_is_refused_in_words() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.send(MessageType.VIDEO, b"\x22\x00\x00", 0)
        assert "set the encoder to H.264" in (await encoder.refused()).reason


async def test_a_client_that_is_gone_while_its_key_is_looked_up_leaves_nothing() -> None:
    async with stage() as here:
        here.keys.hold = asyncio.Event()
        async with publisher(here.server.port, KEY, accepted=False):
            await eventually(lambda: len(here.keys.asked) == 1)
        here.keys.hold.set()
        await eventually(lambda: here.server.connections == 0)
        assert here.room.current is None
        assert here.server.figures == []


async def test_a_refusal_by_the_room_is_told() -> None:
    async with stage() as here:
        here.keys.refusals[KEY] = IngestRefused("ALREADY_LIVE", "You are live from the browser. End that stream first.")
        async with publisher(here.server.port, KEY, accepted=False) as encoder:
            assert (await encoder.refused()).reason == "You are live from the browser. End that stream first."


async def test_a_server_that_goes_down_ends_its_publishers() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        await here.server.stop()
        await encoder.closed()
    assert here.room.reasons == ["the media server is going down"]


async def test_an_encoder_that_is_reset_as_the_server_goes_down_does_not_disturb_that() -> None:
    async with stage() as here, publisher(here.server.port, KEY) as encoder:
        encoder.reset()
        await asyncio.sleep(0)
        # The kernel knows it already, the server has not read it yet.
        (connection,) = here.server._wiring.connections
        connection.go_down()
        await eventually(lambda: here.server.connections == 0)
    assert here.room.reasons == ["the media server is going down"]
