"""A mix on LL-HLS: sound alone plays as it is, and a camera that comes and goes changes what there is to play."""

from __future__ import annotations

import asyncio

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from tests.media_server.egress.hls.strict_parser import strictly_parsed
from tests.support.media_worker import MediaWorker
from tests.support.offers import OfferedMedia
from tests.support.rtp_source import OpusSource
from tests.support.waiting import eventually

CAMERA = OfferedMedia("sendonly", audio=False, video_ssrc=0x1111, video_rtx_ssrc=0x1112)
OTHER_CAMERA = OfferedMedia("sendonly", audio=False, video_ssrc=0x7771, video_rtx_ssrc=0x7772)
TONE_HZ = 880.0
SECONDS = 2


async def playlist(worker: MediaWorker, name: str, token: str) -> str:
    response = await worker.request("GET", f"/hls/m/{name}", token)
    return await response.text() if response.status == 200 else ""


async def until_hls_names(worker: MediaWorker, token: str, *renditions: str) -> str:
    """Wait until the multivariant playlist leads to these media playlists and no other, and give it."""
    found = ""

    async def is_so() -> bool:
        nonlocal found
        found = await playlist(worker, "index.m3u8", token)
        return {name for name in found.replace('"', "\n").splitlines() if name.endswith(".m3u8")} == set(renditions)

    await eventually(is_so, timeout_s=15)
    return found


async def decoded(url: str) -> NDArray[np.float32]:
    """What ffmpeg plays of the stream at `url`, which is all it is told: mono float samples, 48 kHz."""
    arguments = ["-v", "error", "-i", url, "-t", str(SECONDS), "-ac", "1", "-ar", "48000", "-f", "f32le", "-"]
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(), *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(40):
            raw, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return np.frombuffer(raw, np.float32)


async def test_a_programme_without_a_picture_plays_in_a_player_that_knows_the_address_alone(
    worker: MediaWorker,
) -> None:
    tone = OpusSource(frequency_hz=TONE_HZ, bitrate_bps=510_000)
    packets: list[bytes] = []

    def programme(frame: int) -> bytes:
        packets.extend(tone.payloads())
        return packets[-1]

    async with worker.feed("m", programme=programme):
        token = worker.signer.sign("m", "watch")
        text = await until_hls_names(worker, token, "audio.m3u8")
        assert 'CODECS="mp4a.40.2"' in text
        assert "RESOLUTION" not in text
        assert strictly_parsed(text)
        assert strictly_parsed(await playlist(worker, "audio.m3u8", token))

        async def is_told() -> bool:
            return bool((await worker.room("m"))["hls"])

        await eventually(is_told)
        room = await worker.room("m")
        assert (room["video_codec"], room["audio_codec"]) == (None, "opus")
        samples = await decoded(f"{worker.url}/hls/m/index.m3u8?token={token}")
        await until_watched(worker)
    assert max(map(len, packets)) > 1200
    assert len(samples) == SECONDS * 48_000
    spectrum = np.abs(np.fft.rfft(samples[-48_000:] * np.hanning(48_000)))
    assert abs(float(np.argmax(spectrum)) - TONE_HZ) <= 1
    assert np.abs(samples).max() > 0.2


async def until_watched(worker: MediaWorker) -> None:
    """Wait until the control plane is told of the one viewer there is."""

    async def is_told() -> bool:
        return bool((await worker.room("m"))["viewers"] == 1)

    await eventually(is_told)


async def test_a_camera_that_comes_and_goes_changes_what_there_is_to_play(worker: MediaWorker) -> None:
    tone = OpusSource()
    async with worker.feed("m", programme=lambda _: next(tone.payloads())):
        token = worker.signer.sign("m", "watch")
        await until_hls_names(worker, token, "audio.m3u8")
        camera = await worker.publish("m", action="talk", media=CAMERA)
        text = await until_hls_names(worker, token, "video2.m3u8", "audio2.m3u8")
        assert strictly_parsed(text)
        assert "#EXT-X-ENDLIST" in await playlist(worker, "audio.m3u8", token)
        await camera.stop()
        # The session stays, silent: what cannot be seen must not hold up what can be heard.
        await until_hls_names(worker, token, "audio3.m3u8")
        assert (await worker.room("m"))["video_codec"] is None
        camera.start()
        await until_hls_names(worker, token, "video4.m3u8", "audio4.m3u8")
        assert strictly_parsed(await playlist(worker, "audio4.m3u8", token))


async def test_a_feed_opened_anew_is_no_discontinuity_to_hls(worker: MediaWorker) -> None:
    tone = OpusSource()
    async with worker.feed("m", programme=lambda _: next(tone.payloads())):
        token = worker.signer.sign("m", "watch")
        await until_hls_names(worker, token, "audio.m3u8")
        async with worker.feed("m", generation=2, programme=lambda _: next(tone.payloads())):
            before = (await playlist(worker, "audio.m3u8", token)).count("#EXTINF")

            async def has_gone_on() -> bool:
                return (await playlist(worker, "audio.m3u8", token)).count("#EXTINF") >= before + 2

            await eventually(has_gone_on, timeout_s=15)
            text = await playlist(worker, "audio.m3u8", token)
            assert "#EXT-X-DISCONTINUITY\n" not in text
            assert "#EXT-X-ENDLIST" not in text


async def test_another_camera_is_a_discontinuity_and_nothing_to_load_anew(worker: MediaWorker) -> None:
    tone = OpusSource()
    async with worker.feed("m", programme=lambda _: next(tone.payloads())):
        await worker.until_room("m", "live")
        await worker.publish("m", action="talk", media=CAMERA)
        token = worker.signer.sign("m", "watch")
        name = ""

        async def has_picture() -> bool:
            nonlocal name
            text = await playlist(worker, "index.m3u8", token)
            name = next((line for line in text.splitlines() if line.startswith("video")), "")
            return bool(name)

        await eventually(has_picture, timeout_s=15)
        await worker.publish("m", action="talk", media=OTHER_CAMERA, generation=2)

        async def has_gone_on() -> bool:
            return "#EXT-X-DISCONTINUITY\n" in await playlist(worker, name, token)

        await eventually(has_gone_on, timeout_s=15)
        assert "#EXT-X-ENDLIST" not in await playlist(worker, name, token)
        assert name in await playlist(worker, "index.m3u8", token)
