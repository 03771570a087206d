"""Targets of a room: good platforms, bad ones, and none that disturbs another."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from media_server.egress.restream.multistream import Multistream, Target
from media_server.egress.restream.target import Pace
from media_server.hub.frames import Frame, Track, TrackFormat
from media_server.ingest.asking import IngestRefused
from media_server.rtmp.events import PublishRequested
from media_server.rtmp.server import ServerSession
from tests.media_server.egress.restream.platform import AUDIO, VIDEO, Show, misbehaving, multistream
from tests.media_server.ingest.certificates import make_certificate
from tests.media_server.ingest.encoders import AAC, H264, ffmpeg, publishing
from tests.media_server.ingest.stage import KEY, Stage, stage
from tests.support.ports import free_port
from tests.support.waiting import eventually


def target(platform: Stage | int, key: str = KEY, *, name: str = "t1") -> Target:
    port = platform if isinstance(platform, int) else platform.server.port
    return Target(name, f"rtmp://127.0.0.1:{port}/live", key)


def state(out: Multistream, name: str = "t1") -> dict[str, Any]:
    return dict(out.state()[name])


async def until(out: Multistream, wanted: str, name: str = "t1") -> None:
    await eventually(lambda: state(out, name)["state"] == wanted)


async def test_a_target_is_sent_picture_and_sound_from_a_key_frame_and_zero_on() -> None:
    show = Show().begin()
    show.frames(10)
    async with stage() as platform, multistream(show.hub) as out:
        out.want([target(platform)])
        await until(out, "live")
        await show.goes_on(lambda: platform.heard.count() >= 30 and platform.heard.count("audio") >= 30)
        told = state(out)
    pictures = platform.heard.frames["video"]
    assert pictures[0].is_key
    assert {after.dts - before.dts for before, after in pairwise(pictures)} == {3600}
    assert [picture.data[5:9] for picture in pictures] == [
        number.to_bytes(4, "big") for number in range(_number(pictures[0]), _number(pictures[0]) + len(pictures))
    ]
    assert platform.heard.formats() == {"video": "h264", "audio": "aac"}
    assert (told["problem"], told["retry_at"], told["dropped_s"]) == (None, None, 0.0)
    assert abs(told["since"] - time.time()) < 60


def _number(picture: Frame) -> int:
    return int.from_bytes(picture.data[5:9], "big")


async def test_a_refusal_is_told_in_the_platforms_words_and_tried_again_slowly() -> None:
    show = Show().begin()
    async with stage() as platform, multistream(show.hub, pace=Pace(refused_first_s=0.5)) as out:
        platform.keys.refusals[KEY] = IngestRefused("NO", "Your channel is suspended.")
        out.want([target(platform)])
        await until(out, "refused")
        told = state(out)
        assert told["problem"] == "Your channel is suspended."
        assert 0 < told["retry_at"] - told["since"] < 1
        del platform.keys.refusals[KEY]
        await until(out, "live")
        assert state(out)["problem"] is None


async def test_a_platform_that_is_not_there_is_tried_again_until_it_is() -> None:
    show, port = Show().begin(), free_port()
    async with multistream(show.hub) as out:
        out.want([target(port)])
        await eventually(lambda: state(out)["problem"] == "Nobody answers at the target's address.")
        async with ffmpeg("-listen", "1", "-i", f"rtmp://127.0.0.1:{port}/live/{KEY}", "-f", "null", "-"):
            await until(out, "live")


async def test_attempts_are_twice_as_far_apart_each_time_up_to_a_limit() -> None:
    show = Show().begin()
    waits: list[float] = []
    async with multistream(show.hub, pace=Pace(first_s=0.02, longest_s=0.1)) as out:
        out.want([target(free_port())])
        since = 0.0
        while len(waits) < 6:
            is_next = partial(_waits_since_another, out, since)
            await eventually(is_next, every_s=0)
            since = state(out)["since"]
            waits.append(state(out)["retry_at"] - since)
    for index, wait in enumerate(waits):
        middle = min(0.1, 0.02 * 2**index)
        assert 0.74 * middle <= wait <= 1.26 * middle


def _waits_since_another(out: Multistream, since: float) -> bool:
    told = state(out)
    return told["retry_at"] is not None and told["since"] != since


async def test_a_connection_that_ends_in_the_middle_is_made_again_and_begins_with_a_key_frame() -> None:
    show = Show().begin()
    async with stage() as platform, multistream(show.hub) as out:
        out.want([target(platform)])
        await until(out, "live")
        await show.goes_on(lambda: platform.heard.count() >= 40)
        session = platform.room.current
        assert session is not None
        session.close("The platform restarts.")
        await eventually(
            lambda: "The platform restarts." in str(state(out)["problem"]) or state(out)["state"] == "live"
        )
        await show.goes_on(lambda: platform.room.current is not None and platform.room.current is not session)
        count = platform.heard.count()
        await show.goes_on(lambda: platform.heard.count() >= count + 10)
    stamps = [frame.dts for frame in platform.heard.frames["video"]]
    begin = next(index for index, (before, after) in enumerate(pairwise(stamps), 1) if after < before)
    assert platform.heard.frames["video"][begin].is_key
    assert stamps[begin] == stamps[0]


async def test_a_slow_target_drops_and_counts_and_disturbs_nobody() -> None:
    show = Show().begin()
    may_read = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = ServerSession()
        while data := await reader.read(4096):
            for event in session.receive(data, now=0.0):
                if isinstance(event, PublishRequested):
                    session.accept_publish()
            writer.write(session.take_output())
            if session.mode == "publishing":
                await may_read.wait()

    async with stage() as good, misbehaving(slow, receive_bytes=8192) as port, multistream(show.hub) as out:
        out.want([target(good), target(port, name="slow")])
        await until(out, "live")
        await until(out, "live", "slow")
        await show.goes_on(lambda: state(out, "slow")["dropped_s"] > 8, size=30_000)
        await eventually(lambda: good.heard.count() == show.at or good.heard.count() >= show.at - 25)
        assert state(out, "t1")["dropped_s"] == 0
        assert state(out, "slow")["state"] == "live"
        may_read.set()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x03" + bytes(3072) + b"\xff" * 100])
async def test_what_is_no_platform_is_told(answer: bytes) -> None:
    show = Show().begin()

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with misbehaving(nonsense) as port, multistream(show.hub) as out:
        out.want([target(port)])
        await eventually(lambda: state(out)["problem"] is not None)
        assert "platform" in state(out)["problem"]


async def test_a_platform_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_server.egress.restream.target.ACCEPT_S", 0.2)
    show = Show().begin()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with misbehaving(silent) as port, multistream(show.hub) as out:
        out.want([target(port)])
        await eventually(lambda: state(out)["problem"] == "The target did not answer in time.")


async def test_rtmps_is_verified(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    show = Show().begin()
    async with stage(certificate=certificate, key=key) as platform:
        url = f"rtmps://localhost:{platform.server.tls_port}/live"
        async with multistream(show.hub) as out:
            out.want([Target("t1", url, KEY)])
            await eventually(lambda: "certificate is not valid" in str(state(out)["problem"]))
        async with multistream(show.hub, tls=trusting) as out:
            out.want([Target("t1", url, KEY), Target("t2", url.replace("localhost", "127.0.0.1"), KEY)])
            await until(out, "live")
            await eventually(lambda: "certificate is not valid" in str(state(out, "t2")["problem"]))
    assert platform.keys.asked == [("rtmps", "127.0.0.1")]


async def test_a_private_address_is_refused_where_that_is_not_allowed() -> None:
    show = Show().begin()
    async with stage() as platform, multistream(show.hub) as out:
        out._around = replace(out._around, allow_private=False)
        out.want([target(platform)])
        await until(out, "refused")
        assert state(out)["problem"] == "The host of the target is not on the public Internet."
    assert platform.keys.asked == []


async def test_targets_come_and_go_and_change_while_the_others_go_on() -> None:
    show = Show().begin()
    async with stage() as platform, multistream(show.hub) as out:
        platform.keys.streams |= {"second": "stream-2", "third": "stream-3"}
        out.want([target(platform), target(platform, "second", name="t2")])
        await until(out, "live")
        await until(out, "live", "t2")
        first = platform.room.heard
        out.want([target(platform), target(platform, "third", name="t2"), target(platform, "bad", name="t3")])
        await until(out, "refused", "t3")
        await until(out, "live", "t2")
        await show.goes_on(lambda: platform.door.room("stream-3").heard.count() > 5 and first.count() > 5)
        out.want([target(platform)])
        assert set(out.state()) == {"t1"}
        await eventually(lambda: platform.door.room("stream-3").current is None)
        assert platform.room.current is not None
        assert first.interrupts == 0


async def test_the_end_of_the_stream_ends_the_targets_with_a_goodbye() -> None:
    show = Show().begin()
    async with stage() as platform, multistream(show.hub) as out:
        out.want([target(platform)])
        await until(out, "live")
        await show.goes_on(lambda: platform.heard.count() > 3)
        show.hub.end(now=0.0)
        await eventually(lambda: platform.room.reasons == ["the client stopped"])
        await until(out, "waiting")


async def test_nothing_is_connected_before_there_is_something_to_send() -> None:
    show = Show()
    async with stage() as platform, multistream(show.hub) as out:
        out.want([target(platform)])
        show.hub.begin([Track("audio", "audio", TrackFormat("opus", b"", sample_rate=48_000, channels=2))], now=0.0)
        await asyncio.sleep(0)
        assert (state(out)["state"], platform.keys.asked) == ("waiting", [])
        show.hub.put(Track("audio:aac", "audio", AUDIO.format, "derived"), now=0.0)
        show.hub.put(Track("video:h264", "video", VIDEO.format, "derived"), now=0.0)
        await until(out, "live")


async def test_a_source_that_begins_anew_goes_on_in_the_same_connection() -> None:
    show = Show().begin()
    async with stage() as platform, multistream(show.hub) as out:
        out.want([target(platform)])
        await until(out, "live")
        await show.goes_on(lambda: platform.heard.count() >= 30)
        show.hub.begin([VIDEO, AUDIO], now=0.0)
        show.at = 0
        count = platform.heard.count()
        await show.goes_on(lambda: platform.heard.count() >= count + 10)
    stamps = [frame.dts for frame in platform.heard.frames["video"]]
    assert all(0 < after - before < 20_000 for before, after in pairwise(stamps))
    assert len(platform.keys.asked) == 1


async def test_keys_are_in_no_log_and_no_state() -> None:
    show = Show().begin()
    with capture_logs() as logs:
        async with stage() as platform, multistream(show.hub) as out:
            out.want(
                [
                    target(platform),
                    target(free_port(), "secret-key", name="t2"),
                    target(platform, "secret-2", name="t3"),
                ]
            )
            await until(out, "live")
            await until(out, "refused", "t3")
            told = json.dumps(out.state()) + repr(target(platform))
    for key in (KEY, "secret-key", "secret-2"):
        assert key not in json.dumps(logs, default=repr) + told


async def test_a_real_ffmpeg_receives_what_was_sent() -> None:
    port = free_port()
    async with stage() as here:
        receiver = ("-listen", "1", "-i", f"rtmp://127.0.0.1:{port}/app/key", "-t", "1", "-f", "null", "-")
        async with (
            multistream(here.room.hub) as out,
            ffmpeg(receiver) as platform,
            ffmpeg(publishing(here.url(), H264, AAC)),
        ):
            out.want([Target("t1", f"rtmp://127.0.0.1:{port}/app", "key")])
            said = await platform.ended()
    assert platform.process.returncode == 0
    assert "0 decode errors" in said
    assert "Video: h264" in said
    assert "Audio: aac" in said
