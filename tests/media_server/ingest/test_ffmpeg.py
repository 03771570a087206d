"""Real encoders and players: ffmpeg 9 of imageio-ffmpeg, ffmpeg 8 of PyAV. What they encode is what is in the hub."""

from __future__ import annotations

import asyncio
import sys
from itertools import pairwise
from pathlib import Path

import av
import pytest

from media_server.codecs.names import codec_string
from media_server.hub.frames import Frame, Track
from tests.media_server.ingest.encoders import AAC, H264, PICTURE, SOUND, ffmpeg, publishing
from tests.media_server.ingest.pyav_encoder import PICTURES
from tests.media_server.ingest.stage import Stage, stage
from tests.support.waiting import eventually

PIXELS = ("-pix_fmt", "yuv420p")
B_FRAMES = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "30", *PIXELS)
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=30:bframes=0:log-level=none", *PIXELS)
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "30", *PIXELS)
AV1 = ("-c:v", "libsvtav1", "-preset", "12", "-g", "30", "-svtav1-params", "lp=1", *PIXELS)
AOM = ("-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-g", "15", "-s", "64x48", *PIXELS)
REPOSITORY = Path(__file__).resolve().parents[3]
OPUS, MP3 = ("-c:a", "libopus"), ("-c:a", "libmp3lame")


async def pushed(here: Stage, *arguments: str) -> None:
    """Run ffmpeg to its end; the stream's frames are in the hub then."""
    async with ffmpeg(arguments) as encoder:
        said = await encoder.ended()
        assert encoder.process.returncode == 0, said
    await eventually(lambda: here.server.connections == 0)


def decoded(track: Track, frames: list[Frame]) -> int:
    """How many pictures a decoder makes of a track."""
    names = {"hevc": "hevc", "h264": "h264", "vp9": "vp9", "av1": "libdav1d"}
    decoder = av.CodecContext.create(names[track.format.codec], "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = track.format.config if track.format.codec in ("h264", "hevc") else None
    pictures = [picture for frame in frames for picture in decoder.decode(av.Packet(frame.data))]
    pictures += decoder.decode(None)
    assert {(picture.width, picture.height) for picture in pictures} == {(track.format.width, track.format.height)}
    return len(pictures)


@pytest.mark.parametrize(
    ("video", "audio", "enhanced", "expected"),
    [
        (H264, AAC, "", ("h264", "aac")),
        (B_FRAMES, AAC, "", ("h264", "aac")),
        (HEVC, AAC, "hvc1", ("hevc", "aac")),
        (VP9, MP3, "vp09", ("vp9", "mp3")),
        (AV1, OPUS, "av01,Opus", ("av1", "opus")),
    ],
    ids=["h264-aac", "b-frames", "hevc-aac", "vp9-mp3", "av1-opus"],
)
async def test_what_ffmpeg_encodes_is_in_the_hub_whole(
    video: tuple[str, ...], audio: tuple[str, ...], enhanced: str, expected: tuple[str, str]
) -> None:
    fourcc = ("-rtmp_enhanced_codecs", enhanced) if enhanced else ()
    async with stage() as here:
        await pushed(here, *PICTURE, *SOUND, *video, *audio, *fourcc, "-t", "1.5", "-f", "flv", here.url())
    heard = here.heard
    assert heard.formats() == {"video": expected[0], "audio": expected[1]}
    pictures, sounds = heard.frames["video"], heard.frames["audio"]
    assert len(pictures) == 45
    assert decoded(heard.track("video"), pictures) == 45
    assert pictures[0].is_key
    assert heard.track("video").format.reorders is (video is B_FRAMES)
    steps = {after.dts - before.dts for before, after in pairwise(pictures)}
    assert steps <= {2970, 3060}
    assert sorted(frame.pts for frame in pictures)[-1] - pictures[0].pts == pytest.approx(44 * 3000, abs=180)
    samples = {"aac": 1024, "mp3": 1152, "opus": 960}[expected[1]]
    assert {after.dts - before.dts for before, after in pairwise(sounds)} == {samples * 90_000 // 48_000}


async def test_an_encoder_that_tells_av1_by_its_key_frames_alone_is_taken() -> None:
    async with stage() as here:
        await pushed(here, *PICTURE, *AOM, "-t", "1", "-f", "flv", here.url())
    track = here.heard.track("video")
    assert (track.format.codec, track.format.width, track.format.height) == ("av1", 64, 48)
    assert codec_string("av1", track.format.config).startswith("av01.0.")
    assert decoded(track, here.heard.frames["video"]) == 30


async def test_several_pictures_and_sounds_are_tracks_of_their_own() -> None:
    maps = ("-map", "0:v", "-map", "0:v", "-map", "1:a", "-map", "1:a")
    async with stage() as here:
        await pushed(here, *PICTURE, *SOUND, *maps, *H264, "-s:v:1", "160x90", *AAC, "-t", "1", "-f", "flv", here.url())
    heard = here.heard
    assert heard.formats() == {"video": "h264", "video:1": "h264", "audio": "aac", "audio:1": "aac"}
    sizes = {name: (heard.track(name).format.width, heard.track(name).format.height) for name in ("video", "video:1")}
    assert sizes == {"video": (320, 180), "video:1": (160, 90)}
    for name in sizes:
        assert decoded(heard.track(name), heard.frames[name]) == 30
    assert [frame.dts for frame in heard.frames["video:1"]] == [frame.dts for frame in heard.frames["video"]]
    assert len(heard.frames["audio"]) == len(heard.frames["audio:1"])


@pytest.mark.parametrize(("source", "expected"), [((*PICTURE, *H264), "video"), ((*SOUND, *AAC), "audio")])
async def test_picture_or_sound_alone_is_a_stream(source: tuple[str, ...], expected: str) -> None:
    async with stage() as here:
        await pushed(here, *source, "-t", "1", "-f", "flv", here.url())
    assert set(here.heard.frames) == {expected}


async def test_rtmps_is_taken(certificate: tuple[Path, Path]) -> None:
    async with stage(certificate=certificate[0], key=certificate[1]) as here:
        trust = ("-ca_file", str(certificate[0]), "-tls_verify", "1")
        source = (*PICTURE, *SOUND, *H264, *AAC, "-t", "1", "-f", "flv")
        await pushed(here, *source, *trust, here.url(tls=True))
    assert here.keys.asked[0][0] == "rtmps"
    assert here.heard.count() == 30


async def test_a_wrong_key_is_refused_with_a_sentence_that_is_shown() -> None:
    async with stage() as here, ffmpeg(publishing(here.url("nrs_wrong"), H264, AAC)) as encoder:
        assert "This stream key is not known. Copy it again from the studio." in await encoder.ended()
        assert encoder.process.returncode != 0


async def test_the_encoder_in_pyav_is_taken() -> None:
    async with stage() as here:
        program = ("-m", "tests.media_server.ingest.pyav_encoder", here.url())
        encoder = await asyncio.create_subprocess_exec(sys.executable, *program, cwd=REPOSITORY)
        async with asyncio.timeout(30):
            assert await encoder.wait() == 0
        await eventually(lambda: here.heard.count() == PICTURES)
    assert decoded(here.heard.track("video"), here.heard.frames["video"]) == PICTURES


async def test_ffmpeg_plays_a_live_stream() -> None:
    async with stage() as here, ffmpeg(publishing(here.url(), H264, AAC)):
        await eventually(lambda: here.heard.count() > 30)
        async with ffmpeg("-i", here.play_url(), "-t", "1", "-f", "null", "-") as viewer:
            said = await viewer.ended()
    assert viewer.process.returncode == 0
    assert "0 decode errors" in said
    assert "Video: h264" in said
    assert "Audio: aac" in said
