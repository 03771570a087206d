"""A voice is heard when its lips are seen, though it went through the mixer and the camera's picture did not.

Camera, mixer and media worker each have a clock of their own, seconds apart. Every frame of the camera and the sound of
the same instant say which frame they are; a mixer without an engine puts that sound into the programme a quarter of a
second later. The viewer compares the times that its sender reports give to both.
"""

from __future__ import annotations

import asyncio
import statistics
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import pytest

from media_server.hub.from_rtp import RtpSource
from media_server.router.producer import Kind
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
LOOKS = 4
"""On a machine that stands still for a moment what is told of clocks is wrong until the reports after it."""
TOLERANCE_S = 0.03
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
    frame = 0
    began, first_picture, first_sound = time.time(), talk.video.timestamp, 77_000
    for number in count():
        await asyncio.sleep(max(0.0, began + number * FRAME_S - time.time()))
        if number % 15 == 0:
            elapsed_s = time.time() - began
            ntp = ntp_from_unix(time.time() + CAMERA_CLOCK_AHEAD_S)
            picture = (first_picture + round(elapsed_s * 90_000)) & 0xFFFFFFFF
            talk.client.send_rtcp(SenderReport(0x1111, ntp, picture, 1, 1))
            talk.client.send_rtcp(SenderReport(0x2222, ntp, first_sound + round(elapsed_s * 48_000), 1, 1))
        if number:
            # A packet of sound is sent when it is full: the one that began with the frame before.
            sound = first_sound + (number - 1) * _TICKS_A_FRAME
            talk.client.send_rtp(RtpPacket(OPUS, number, sound, 0x2222, False, b"\xfc" + _MARK.pack(frame, 0)))
        frame = label_of(talk.send_frame()[0].payload).frame


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


@asynccontextmanager
async def performed(worker: MediaWorker, *, delay_s: float, uplink_s: float) -> AsyncIterator[Viewer]:
    """Who watches a DJ that talks over a mix, whose mixer says that a voice takes `delay_s` through it."""
    voice = VoiceInTheMix()
    async with worker.feed(
        "m", programme=voice.programme, on_microphone=voice.hear, clock_ahead_s=MIXER_CLOCK_AHEAD_S
    ) as mix:
        voice.mix = mix
        mix.sender.set_programme_delay(delay_s)
        await worker.until_room("m", "live")
        talk = await worker.publish("m", action="talk", media=BOTH)
        await talk.stop()
        talk.client.uplink = LossyLink(delay_s=uplink_s)
        performing = asyncio.create_task(perform(talk))
        try:
            yield await worker.watch("m")
        finally:
            performing.cancel()
            await asyncio.gather(performing, return_exceptions=True)


def reports(viewer: Viewer, ssrc: int) -> int:
    return sum(isinstance(part, SenderReport) and part.ssrc == ssrc for part in viewer.client.rtcp)


async def lateness_s(viewer: Viewer, expected_s: float) -> float:
    """By how much the voice is late when the clocks have been told of each other, and still two reports later."""

    def middle() -> float:
        return statistics.median(seen_and_heard(viewer)[-60:])

    await eventually(lambda: min(reports(viewer, viewer.video_ssrc), reports(viewer, viewer.audio_ssrc)) > 0)
    await eventually(lambda: len(seen_and_heard(viewer)) > 60)
    for _ in range(LOOKS):
        await eventually(lambda: abs(middle() - expected_s) < TOLERANCE_S)
        await two_reports_later(viewer)
        if abs(middle() - expected_s) < TOLERANCE_S:
            break
    return middle()


async def two_reports_later(viewer: Viewer) -> None:
    told = reports(viewer, viewer.audio_ssrc)
    await eventually(lambda: reports(viewer, viewer.audio_ssrc) >= told + 2)


@pytest.mark.parametrize("uplink_s", [0.0, 0.06], ids=["near", "far"])
async def test_lips_and_voice_have_the_same_time_at_the_viewer(worker: MediaWorker, uplink_s: float) -> None:
    async with performed(worker, delay_s=MIXER_DELAY_S, uplink_s=uplink_s) as viewer:
        assert abs(await lateness_s(viewer, 0.0)) < TOLERANCE_S


async def test_a_mixer_that_did_not_tell_its_delay_would_be_late_by_it(worker: MediaWorker) -> None:
    """So that the measurement above is known to measure."""
    async with performed(worker, delay_s=0.0, uplink_s=0.0) as viewer:
        assert await lateness_s(viewer, MIXER_DELAY_S) == pytest.approx(MIXER_DELAY_S, abs=TOLERANCE_S)


class ToldToHub:
    """What the room gives the source of its hub, at its own doors."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reports: dict[str, tuple[float, int]] = {}
        self._seen: dict[int, int] = {}
        self._heard: list[tuple[int, int]] = []
        receive, sender_report = RtpSource.receive, RtpSource.sender_report

        def received(source: RtpSource, kind: Kind, packet: RtpPacket, *, now: float) -> None:
            if kind == "video":
                self._seen[label_of(packet.payload).frame] = packet.timestamp
            else:
                marks = _MARK.iter_unpack(packet.payload[1:])
                self._heard += [(frame, (packet.timestamp + offset) & 0xFFFFFFFF) for frame, offset in marks]
            receive(source, kind, packet, now=now)

        def reported(source: RtpSource, kind: Kind, *, ntp_s: float, rtp_timestamp: int) -> None:
            self.reports[kind] = (ntp_s, rtp_timestamp)
            sender_report(source, kind, ntp_s=ntp_s, rtp_timestamp=rtp_timestamp)

        monkeypatch.setattr(RtpSource, "receive", received)
        monkeypatch.setattr(RtpSource, "sender_report", reported)

    def lateness_s(self) -> float:
        """By how much the newest sounds are late against their pictures, by the reports."""

        def time_of(kind: str, timestamp: int, rate: int) -> float:
            ntp_s, reported = self.reports[kind]
            return ntp_s + timestamp_delta(timestamp, reported) / rate

        late = [
            time_of("audio", heard, 48_000) - time_of("video", self._seen[frame], 90_000)
            for frame, heard in self._heard[-60:]
            if frame in self._seen
        ]
        return statistics.median(late) if len(late) > 30 and len(self.reports) == 2 else float("inf")


async def test_the_hub_is_told_the_same_of_picture_and_sound(
    worker: MediaWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ToldToHub(monkeypatch)
    async with performed(worker, delay_s=MIXER_DELAY_S, uplink_s=0.0) as viewer:
        for _ in range(LOOKS):
            await eventually(lambda: abs(told.lateness_s()) < TOLERANCE_S)
            await two_reports_later(viewer)
            if abs(told.lateness_s()) < TOLERANCE_S:
                break
        assert abs(told.lateness_s()) < TOLERANCE_S
