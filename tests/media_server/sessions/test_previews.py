"""Pictures of a room, as the pages that list it get them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.media_server.sessions.encoders import Encoders
from tests.support.frame_source import PictureSource, ToneSource
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually


async def status_of(worker: MediaWorker, name: str) -> int:
    return (await worker.request("GET", f"/preview/{name}")).status


async def until_preview(worker: MediaWorker) -> None:
    async def is_told() -> bool:
        return bool((await worker.room("s")).get("preview"))

    await eventually(is_told)


async def test_a_live_stream_has_a_picture_and_one_that_moves_until_it_ends(
    encoders: Encoders, worker: MediaWorker
) -> None:
    assert await status_of(worker, "s.jpg") == 404
    encoder = encoders.admit(picture=PictureSource(luma=126))
    encoder.begin()
    await worker.until_room("s", "live")
    await until_preview(worker)
    async with worker.http.get(f"{worker.url}/preview/s.jpg") as response:
        picture = Image.open(io.BytesIO(await response.read()))
    assert float(np.mean(np.asarray(picture.convert("L"))[60:120])) == pytest.approx(128, abs=6)
    assert await status_of(worker, "s.webp") == 200
    await worker.command(command="end_stream", stream_id="s")
    await worker.until_room("s", "ended")
    assert await status_of(worker, "s.jpg") == 404
    assert (await worker.room("s"))["preview"] is False


async def test_sound_alone_has_no_picture(encoders: Encoders, worker: MediaWorker) -> None:
    encoder = encoders.admit(tone=ToneSource("opus"))
    encoder.begin()
    await worker.until_room("s", "live")
    await eventually(lambda: len(encoder.sent) > 20)
    assert await status_of(worker, "s.jpg") == 404
