"""Pictures for listings: made in a process of its own, which may die, hang and be asked too much."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from PIL import Image

from media_server.hub.frames import TrackFormat, VideoCodec
from media_server.transcode.still import Still, StillRequest
from media_server.transcode.still_process import FRAME_MS, SMALL_WIDTH, WIDTH, make_still
from media_server.transcode.stills import MAX_WAITING, StillMaker
from tests.support.frame_source import PictureSource
from tests.support.waiting import eventually

CODECS: list[VideoCodec] = ["h264", "hevc", "vp8", "vp9", "av1"]


def request(codec: VideoCodec = "h264", *, luma: int = 200, width: int = 1280, height: int = 720) -> StillRequest:
    source = PictureSource(codec, luma=luma, width=width, height=height)
    return StillRequest(source.track.format, source.next().data, ())


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def brightness(picture: Image.Image) -> float:
    middle = picture.convert("L").resize((9, 9)).getpixel((4, 5))
    assert isinstance(middle, int)
    return float(middle)


@pytest.mark.parametrize("codec", CODECS)
def test_a_key_frame_of_every_codec_becomes_a_picture(codec: VideoCodec) -> None:
    still = make_still(request(codec, luma=126))
    assert still is not None
    picture = opened(still.jpeg)
    assert (picture.format, picture.size) == ("JPEG", (WIDTH, 360))
    # Luma 126 of 16 to 235 is the middle of what is shown.
    assert brightness(picture) == pytest.approx(128, abs=6)
    assert opened(still.small).size == (SMALL_WIDTH, 180)


def test_small_pictures_are_not_enlarged() -> None:
    still = make_still(request(width=160, height=90))
    assert still is not None
    assert opened(still.jpeg).size == opened(still.webp).size == (160, 90)


def test_the_animation_is_of_what_was_before_and_ends_with_the_picture() -> None:
    earlier: tuple[bytes, ...] = ()
    for luma in (60, 120, 200):
        asked = request(luma=luma)
        still = make_still(StillRequest(asked.format, asked.key_frame, earlier))
        assert still is not None
        earlier = (*earlier, still.small)
    assert still is not None
    animation = opened(still.webp)
    assert (animation.format, animation.size) == ("WEBP", (SMALL_WIDTH, 180))
    assert getattr(animation, "n_frames", 1) == 3
    shades = []
    for number in range(3):
        animation.seek(number)
        animation.load()
        assert animation.info["duration"] == FRAME_MS
        shades.append(brightness(animation))
    assert shades == sorted(shades)


def test_a_picture_of_another_shape_begins_a_new_animation() -> None:
    wide, tall = request(), request(width=360, height=640)
    first = make_still(wide)
    assert first is not None
    second = make_still(StillRequest(tall.format, tall.key_frame, (first.small,)))
    assert second is not None
    assert getattr(opened(second.webp), "n_frames", 1) == 1


@pytest.mark.parametrize(
    "broken",
    [
        StillRequest(TrackFormat("h264", b"\x01\x42", width=320, height=180), b"\x00\x00\x00\x01\x65", ()),
        StillRequest(TrackFormat("vp8", b"", width=320, height=180), b"\x9d\x01\x2a", ()),
        StillRequest(TrackFormat("vp8", b"", width=40_000, height=40_000), b"\x9d\x01\x2a", ()),
    ],
    ids=["record", "frame", "size"],
)
def test_what_does_not_decode_has_no_picture(broken: StillRequest) -> None:
    assert make_still(broken) is None


@asynccontextmanager
async def running() -> AsyncIterator[tuple[StillMaker, list[Still | None]]]:
    maker, made = StillMaker(), list[Still | None]()
    task = asyncio.create_task(maker.run())
    try:
        yield maker, made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_process_makes_one_after_the_other() -> None:
    async with running() as (maker, made):
        for _ in range(3):
            assert maker.make(request(), made.append)
        await eventually(lambda: len(made) == 3)
        assert all(still is not None and still.jpeg.startswith(b"\xff\xd8") for still in made)
        pid = maker.pid
        assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_process_that_dies_costs_one_picture() -> None:
    async with running() as (maker, made):
        maker.make(request(), made.append)
        await eventually(lambda: len(made) == 1)
        pid = maker.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        maker.make(request(), made.append)
        maker.make(request(), made.append)
        await eventually(lambda: len(made) == 3)
        assert [still is not None for still in made] == [True, False, True]


async def test_when_too_many_wait_further_ones_are_refused() -> None:
    maker, made, asked = StillMaker(), list[Still | None](), request()
    for _ in range(MAX_WAITING):
        assert maker.make(asked, made.append)
    assert not maker.make(asked, made.append)
