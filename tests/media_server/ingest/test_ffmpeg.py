"""A real ffmpeg publishes: what it encodes is what is in the hub."""

from __future__ import annotations

from itertools import pairwise

from tests.media_server.ingest.encoders import AAC, H264, ffmpeg, publishing
from tests.media_server.ingest.stage import stage
from tests.support.waiting import eventually


async def test_h264_and_aac_are_frames_of_a_hub() -> None:
    async with stage() as here, ffmpeg(publishing(here.url(), H264, AAC)):
        await eventually(lambda: here.heard.count("video") > 40 and here.heard.count("audio") > 40)
    video, audio = here.heard.frames["video"], here.heard.frames["audio"]
    assert here.heard.formats() == {"video": "h264", "audio": "aac"}
    assert (here.heard.track("video").format.width, here.heard.track("video").format.height) == (320, 180)
    assert not here.heard.track("video").format.reorders
    assert [frame.is_key for frame in video[:31]] == [True, *[False] * 29, True]
    assert [after.dts - before.dts for before, after in pairwise(audio)] == [1920] * (len(audio) - 1)
    assert all(frame.pts == frame.dts for frame in video)
