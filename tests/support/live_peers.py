"""A publisher and a viewer as scripts: they send, repair and count, and decode nothing."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from media_server.rtp.nack import NackGenerator
from media_server.rtp.ntp import ntp_from_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import Fir, Nack, Pli, RtcpPacket, SenderReport
from media_server.rtp.rtx import unwrap_rtx, wrap_rtx
from tests.support.labelled_video import Codec, Label, LabelledVideo, label_of
from tests.support.offers import H264, H264_RTX, OPUS, TRANSPORT_CC_ID, VP8, VP8_RTX, AnsweredTrack, OfferedMedia
from tests.support.webrtc_client import WebRtcClient

FRAME_S = 1 / 30
AUDIO_S = 0.02
REPORT_EVERY_FRAMES = 15
_KEPT_FOR_RESENDING = 2000


class _Peer:
    """What both have: a client, the session's address, and tasks that end with it."""

    def __init__(self, client: WebRtcClient, token: str) -> None:
        self.client = client
        self.token = token
        self.location = ""
        self.etag = ""
        self._tasks: list[asyncio.Task[None]] = []

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def stop(self) -> None:
        """No more media; the transport stays."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def close(self) -> None:
        """Vanish without a word."""
        await self.stop()
        await self.client.close()


class Publisher(_Peer):
    """Sends labelled video and sound; repairs what is asked for again, by RTX where it named an SSRC for it."""

    def __init__(self, client: WebRtcClient, token: str, media: OfferedMedia, **video: Any) -> None:
        super().__init__(client, token)
        codec: Codec = media.video[0] if media.video else "H264"
        self.video: LabelledVideo | None = None
        if media.video:
            self.video = LabelledVideo(
                codec=codec,
                payload_type=H264 if codec == "H264" else VP8,
                ssrc=media.video_ssrc if media.video_ssrc is not None else 0x1111,
                **video,
            )
        self._has_audio = media.audio
        self._audio_ssrc = media.audio_ssrc if media.audio_ssrc is not None else 0x2222
        self._audio_number, self._audio_timestamp = 7, 0xFFFF_F000
        self._rtx_ssrc = media.video_rtx_ssrc
        self._rtx_payload_type = H264_RTX if codec == "H264" else VP8_RTX
        self._rtx_number = 0
        self._with_transport_cc = media.with_transport_cc
        self._transport_number = 0
        self.says: dict[int, bytes] = {}
        """Header extensions of every packet."""
        self._sent: OrderedDict[int, RtpPacket] = OrderedDict()
        self.keyframe_requests = 0
        self.repaired = 0
        client.on_rtcp = self._on_rtcp

    def start(self) -> None:
        """Go on sending in real time."""
        if self.video is not None:
            self._run(self._send_video())
        if self._has_audio:
            self._run(self._send_audio())

    def send_frame(self) -> list[RtpPacket]:
        """One frame now."""
        assert self.video is not None
        packets = self.video.frame()
        for packet in packets:
            self._sent[packet.sequence_number] = packet
            self._send(packet)
        while len(self._sent) > _KEPT_FOR_RESENDING:
            self._sent.popitem(last=False)
        return packets

    def report(self) -> None:
        """Sender reports of video and audio, of this instant."""
        ntp = ntp_from_unix(time.time())
        if self.video is not None:
            self.client.send_rtcp(SenderReport(self.video.ssrc, ntp, self.video.timestamp, 1, 1))
        if self._has_audio:
            self.client.send_rtcp(SenderReport(self._audio_ssrc, ntp, self._audio_timestamp, 1, 1))

    def _send(self, packet: RtpPacket) -> None:
        extensions = dict(self.says)
        if self._with_transport_cc:
            extensions[TRANSPORT_CC_ID] = self._transport_number.to_bytes(2, "big")
            self._transport_number = (self._transport_number + 1) & 0xFFFF
        self.client.send_rtp(replace(packet, extensions=extensions))

    async def _send_video(self) -> None:
        assert self.video is not None
        started, frames = time.monotonic(), 0
        while True:
            if frames % REPORT_EVERY_FRAMES == 0:
                self.report()
            self.send_frame()
            frames += 1
            await asyncio.sleep(max(0.0, started + frames * FRAME_S - time.monotonic()))

    async def _send_audio(self) -> None:
        started, count = time.monotonic(), 0
        while True:
            self._send(
                RtpPacket(OPUS, self._audio_number, self._audio_timestamp, self._audio_ssrc, False, b"\xfc\xff\xfe")
            )
            self._audio_number = (self._audio_number + 1) & 0xFFFF
            self._audio_timestamp = (self._audio_timestamp + 960) & 0xFFFFFFFF
            count += 1
            await asyncio.sleep(max(0.0, started + count * AUDIO_S - time.monotonic()))

    def _on_rtcp(self, part: RtcpPacket) -> None:
        if isinstance(part, Nack):
            for number in part.lost:
                if (packet := self._sent.get(number)) is not None:
                    self._repair(packet)
        elif isinstance(part, Pli | Fir) and self.video is not None:
            self.keyframe_requests += 1
            self.video.request_keyframe()

    def _repair(self, packet: RtpPacket) -> None:
        self.repaired += 1
        if self._rtx_ssrc is None:
            self._send(packet)
            return
        self._send(
            wrap_rtx(
                packet,
                payload_type=self._rtx_payload_type,
                ssrc=self._rtx_ssrc,
                sequence_number=self._rtx_number,
            )
        )
        self._rtx_number = (self._rtx_number + 1) & 0xFFFF


class Viewer(_Peer):
    """Collects what arrives by track, undoes RTX, and asks again for what is missing while `repairs`."""

    def __init__(self, client: WebRtcClient, token: str, *, repairs: bool = True) -> None:
        super().__init__(client, token)
        assert client.remote is not None
        self.tracks = client.remote.tracks
        self.video: list[RtpPacket] = []
        self.audio: list[RtpPacket] = []
        self.repairs: list[RtpPacket] = []
        self.packets_by_frame: dict[int, dict[int, Label]] = {}
        self._asks = repairs
        self._nack = NackGenerator(rtt_s=0.05)
        self._last_pli = 0.0
        client.on_rtp = self._on_rtp

    @property
    def video_ssrc(self) -> int:
        """The SSRC of the video it was promised."""
        return _ssrc(self.tracks["video"])

    @property
    def audio_ssrc(self) -> int:
        """The SSRC of the audio it was promised."""
        return _ssrc(self.tracks["audio"])

    @property
    def whole_frames(self) -> list[int]:
        """The frames of which every packet is here, in order."""
        return sorted(frame for frame, packets in self.packets_by_frame.items() if _is_whole(packets))

    def start(self) -> None:
        """Ask again for what is missing from now on."""
        if self._asks:
            self._run(self._repair())

    def ask_for_keyframe(self) -> None:
        """Send a PLI."""
        self.client.send_rtcp(Pli(1, self.video_ssrc))

    def ask_again(self, *sequence_numbers: int) -> None:
        """Send a NACK for packets of the video."""
        self.client.send_rtcp(Nack(1, self.video_ssrc, sequence_numbers))

    def _on_rtp(self, packet: RtpPacket) -> None:
        if "audio" in self.tracks and packet.ssrc == self.tracks["audio"].ssrc:
            self.audio.append(packet)
            return
        track = self.tracks["video"]
        if packet.ssrc == track.rtx_ssrc:
            self.repairs.append(packet)
            original = unwrap_rtx(packet, payload_type=track.payload_type, ssrc=self.video_ssrc)
            if original is None:
                return
            packet = original
        elif packet.ssrc != track.ssrc:
            return
        self._nack.receive(packet.sequence_number, now=time.monotonic())
        self.video.append(packet)
        label = label_of(packet.payload)
        self.packets_by_frame.setdefault(label.frame, {})[label.number] = label

    async def _repair(self) -> None:
        while True:
            lost = self._nack.due(now=time.monotonic())
            if lost:
                self.ask_again(*lost)
            await asyncio.sleep(0.01)


def _ssrc(track: AnsweredTrack) -> int:
    assert track.ssrc is not None
    return track.ssrc


def _is_whole(packets: dict[int, Label]) -> bool:
    return len(packets) == next(iter(packets.values())).count
