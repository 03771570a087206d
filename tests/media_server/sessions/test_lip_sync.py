"""A voice is heard when its lips are seen, though it went through the mixer and the camera's picture did not.

Camera, mixer and media worker each have a clock of their own, seconds apart. Every frame of the camera and the sound of
the same instant say which frame they are; a mixer without an engine puts that sound into the programme a quarter of a
second later. The viewer compares the times that its sender reports give to both.
"""

from __future__ import annotations

import asyncio
import struct
import time

import pytest

from media_server.rtp.ntp import ntp_delta_s, ntp_from_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import SenderReport
from media_server.rtp.sequence import timestamp_delta
from tests.support.fed_mix import PROGRAMME_FRAMES, FedMix
from tests.support.labelled_video import label_of
from tests.support.live_peers import FRAME_S, Publisher, Viewer
from tests.support.lossy_link import LossyLink
from tests.support.media_worker import MediaWorker
from tests.support.offers import OPUS, OfferedMedia
from tests.support.waiting import eventually

BOTH = OfferedMedia("sendonly", video_ssrc=0x1111, video_rtx_ssrc=0x1112, audio_ssrc=0x2222)
MIXER_DELAY_S = 0.25
CAMERA_CLOCK_AHEAD_S, MIXER_CLOCK_AHEAD_S = 7.0, -3.0
TOLERANCE_S = 0.03
FRAMES = 90
_MARK = struct.Struct("!LH")
_TICKS_A_FRAME = 1600


class VoiceInTheMix:
    """Which frames' sound begins in which packet of the programme, and where in it."""

    def __init__(self) -> None:
        self.mix: FedMix | None = None
        self._marks: dict[int, int] = {}

    def hear(self, number: int, timestamp: int, payload: bytes, now: float) -> None:
        """A packet of the microphone: mixed in after the delay."""
        assert self.mix is not None
        (frame, _) = _MARK.unpack(payload[1:])
        self._marks[self.mix.frame_now() + round(MIXER_DELAY_S * 48_000)] = frame

    def programme(self, first: int) -> bytes:
        """The packet of the frames from `first` on: an Opus header that no decoder sees, and the marks in it."""
        inside = [(at, frame) for at, frame in self._marks.items() if first <= at < first + PROGRAMME_FRAMES]
        return b"\xfc" + b"".join(_MARK.pack(frame, at - first) for at, frame in inside)


async def perform(talk: Publisher) -> None:
    """Send pictures and the sound of the same instants, each at its time, with sender reports as browsers send them."""
    assert talk.video is not None
    began, first_picture, first_sound = time.time(), talk.video.timestamp, 77_000
    for number in range(FRAMES):
        await asyncio.sleep(max(0.0, began + number * FRAME_S - time.time()))
        if number % 15 == 0:
            elapsed_s = time.time() - began
            ntp = ntp_from_unix(time.time() + CAMERA_CLOCK_AHEAD_S)
            picture = (first_picture + round(elapsed_s * 90_000)) & 0xFFFFFFFF
            talk.client.send_rtcp(SenderReport(0x1111, ntp, picture, 1, 1))
            talk.client.send_rtcp(SenderReport(0x2222, ntp, first_sound + round(elapsed_s * 48_000), 1, 1))
        frame = label_of(talk.send_frame()[0].payload).frame
        sound = first_sound + number * _TICKS_A_FRAME
        talk.client.send_rtp(RtpPacket(OPUS, number, sound, 0x2222, False, b"\xfc" + _MARK.pack(frame, 0)))


def last_report(viewer: Viewer, ssrc: int) -> SenderReport:
    return [part for part in viewer.client.rtcp if isinstance(part, SenderReport) and part.ssrc == ssrc][-1]


def seconds_after(report: SenderReport, timestamp: int, rate: int) -> float:
    return timestamp_delta(timestamp, report.rtp_timestamp) / rate


def seen_and_heard(viewer: Viewer) -> list[float]:
    """For each frame of which both arrived: by how much its sound is late, in seconds of the viewer's NTP time."""
    picture_report, sound_report = last_report(viewer, viewer.video_ssrc), last_report(viewer, viewer.audio_ssrc)
    seen = {label_of(p.payload).frame: seconds_after(picture_report, p.timestamp, 90_000) for p in viewer.video}
    apart_s = ntp_delta_s(sound_report.ntp_timestamp, picture_report.ntp_timestamp)
    late = []
    for packet in viewer.audio:
        for frame, offset in _MARK.iter_unpack(packet.payload[1:]):
            if frame in seen:
                heard = seconds_after(sound_report, packet.timestamp + offset, 48_000) + apart_s
                late.append(heard - seen[frame])
    return late


@pytest.mark.parametrize("uplink_s", [0.0, 0.06], ids=["near", "far"])
async def test_lips_and_voice_have_the_same_time_at_the_viewer(worker: MediaWorker, uplink_s: float) -> None:
    voice = VoiceInTheMix()
    async with worker.feed(
        "m", programme=voice.programme, on_microphone=voice.hear, clock_ahead_s=MIXER_CLOCK_AHEAD_S
    ) as mix:
        voice.mix = mix
        mix.sender.set_programme_delay(MIXER_DELAY_S)
        await worker.until_room("m", "live")
        talk = await worker.publish("m", action="talk", media=BOTH)
        await talk.stop()
        talk.client.uplink = LossyLink(delay_s=uplink_s)
        performing = asyncio.create_task(perform(talk))
        viewer = await worker.watch("m")
        await performing
        await eventually(lambda: len(seen_and_heard(viewer)) > FRAMES // 3)
        late = sorted(seen_and_heard(viewer))
    assert abs(late[len(late) // 2]) < TOLERANCE_S


async def test_without_the_set_back_the_voice_would_be_late_by_the_mixer_s_delay(worker: MediaWorker) -> None:
    """So that the measurement above is known to measure."""
    voice = VoiceInTheMix()
    async with worker.feed("m", programme=voice.programme, on_microphone=voice.hear) as mix:
        voice.mix = mix
        await worker.until_room("m", "live")
        talk = await worker.publish("m", action="talk", media=BOTH)
        await talk.stop()
        performing = asyncio.create_task(perform(talk))
        viewer = await worker.watch("m")
        await performing
        await eventually(lambda: len(seen_and_heard(viewer)) > FRAMES // 3)
        late = sorted(seen_and_heard(viewer))
    assert late[len(late) // 2] == pytest.approx(MIXER_DELAY_S, abs=TOLERANCE_S)
