"""A viewer whose path narrows is sent a smaller picture, hears every moment of the sound, and gets the picture back."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from itertools import pairwise

from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import Fir, Pli, RtcpPacket
from media_server.rtp.sequence import sequence_delta
from media_server.rtp.twcc import TransportFeedbackRecorder
from tests.support.bottleneck import Bottleneck
from tests.support.labelled_video import LabelledVideo, label_of
from tests.support.media_worker import MediaWorker
from tests.support.offers import OPUS, TRANSPORT_CC_ID, VP8, OfferedMedia
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

FRAME_S, SOUND_S, FEEDBACK_S = 1 / 30, 0.02, 0.05
LAYERS = {0x1000: 1, 0x1001: 4, 0x1002: 9}
"""SSRCs, and packets of 600 bytes a frame: 0.14, 0.58 and 1.3 Mbit/s."""
AUDIO_SSRC = 0x2222
SIMULCAST = ["a=ssrc-group:SIM 4096 4097 4098", *(f"a=ssrc:{ssrc} cname:test" for ssrc in LAYERS)]
WIDE_BPS, NARROW_BPS = 5_000_000, 800_000
QUEUE_S = 0.25
STEADY = 30
"""Frames of one layer in a row: nothing of another comes between them."""


class SimulcastPublisher:
    """Sends three layers and sound; a key frame where one is asked for."""

    def __init__(self, client: WebRtcClient) -> None:
        self.client = client
        self.layers = {
            ssrc: LabelledVideo(codec="VP8", payload_type=VP8, ssrc=ssrc, packets=packets, size=600, gop=100_000)
            for ssrc, packets in LAYERS.items()
        }
        client.on_rtcp = self._on_rtcp

    async def send(self) -> None:
        """In real time, until cancelled."""
        started, ticks = time.monotonic(), 0
        while True:
            if ticks * SOUND_S >= self._frames * FRAME_S:
                for layer in self.layers.values():
                    for packet in layer.frame():
                        self.client.send_rtp(packet)
            sound = RtpPacket(OPUS, ticks & 0xFFFF, 960 * ticks & 0xFFFFFFFF, AUDIO_SSRC, False, bytes(120))
            self.client.send_rtp(sound)
            ticks += 1
            await asyncio.sleep(max(0.0, started + ticks * SOUND_S - time.monotonic()))

    @property
    def _frames(self) -> int:
        return next(iter(self.layers.values())).frames

    def _on_rtcp(self, part: RtcpPacket) -> None:
        asked = [part.media_ssrc] if isinstance(part, Pli) else []
        asked += [ssrc for ssrc, _ in part.entries] if isinstance(part, Fir) else []
        for ssrc in asked:
            self.layers[ssrc].request_keyframe()


class ShapedViewer:
    """Sends transport-wide feedback, and remembers the layers of frames and the numbers of what came of the sound."""

    def __init__(self, client: WebRtcClient, link: Bottleneck) -> None:
        self.client = client
        self.link = link
        self.layers: deque[int] = deque(maxlen=STEADY)
        self.sound: list[int] = []
        self.probes = 0
        self._recorder: TransportFeedbackRecorder | None = None
        client.downlink = link
        client.on_rtp = self._on_rtp

    async def report(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(FEEDBACK_S)
            due = self._recorder.due(now=time.monotonic()) if self._recorder is not None else []
            for packet in due:
                self.client.send_rtcp(packet)

    def sees(self, packets: int) -> bool:
        """Whether the newest frames are all of the layer with so many packets."""
        return len(self.layers) == STEADY and set(self.layers) == {packets}

    def _on_rtp(self, packet: RtpPacket) -> None:
        assert self.client.remote is not None
        now, tracks = time.monotonic(), self.client.remote.tracks
        number = packet.extensions[TRANSPORT_CC_ID]
        if self._recorder is None:
            self._recorder = TransportFeedbackRecorder(sender_ssrc=1, media_ssrc=packet.ssrc)
        self._recorder.receive(int.from_bytes(number, "big"), now=now)
        if packet.ssrc == tracks["audio"].ssrc:
            self.sound.append(packet.sequence_number)
        elif packet.ssrc == tracks["video"].rtx_ssrc:
            self.probes += 1
        elif packet.marker:
            self.layers.append(label_of(packet.payload).count)


async def test_a_path_that_narrows_costs_the_picture_its_size_and_not_the_sound(worker: MediaWorker) -> None:
    offered = OfferedMedia("sendonly", video=("VP8",), rtx=False, audio_ssrc=AUDIO_SSRC, with_transport_cc=False)
    publisher = SimulcastPublisher(WebRtcClient())
    viewer = ShapedViewer(WebRtcClient(), Bottleneck(WIDE_BPS, queue_s=QUEUE_S, delay_s=0.01))
    async with asyncio.TaskGroup() as peers:
        offer = publisher.client.offer(offered) + "\r\n".join(SIMULCAST) + "\r\n"
        await connect(worker, "whip", publisher.client, offer)
        running = [peers.create_task(publisher.send())]
        await worker.until_room("s", "live")
        await eventually(lambda: all(layer.frames > STEADY for layer in publisher.layers.values()))
        await connect(worker, "whep", viewer.client, viewer.client.offer(OfferedMedia("recvonly", video=("VP8",))))
        running.append(peers.create_task(viewer.report()))

        await eventually(lambda: viewer.sees(9), timeout_s=20)
        viewer.link.capacity_bps = NARROW_BPS
        await eventually(lambda: viewer.sees(4) or viewer.sees(1), timeout_s=20)
        viewer.link.capacity_bps = WIDE_BPS
        await eventually(lambda: viewer.sees(9), timeout_s=60)
        for task in running:
            task.cancel()

    assert viewer.probes
    steps = [sequence_delta(later, earlier) for earlier, later in pairwise(viewer.sound)]
    assert max(steps) * SOUND_S < 0.5, "what the full queue dropped is a word, not a sentence"
    assert len(steps) > 0.9 * sum(steps)
    await publisher.client.close()
    await viewer.client.close()


async def connect(worker: MediaWorker, door: str, client: WebRtcClient, offer: str) -> None:
    token = worker.signer.sign("s", "publish" if door == "whip" else "watch", **({"gen": 1} if door == "whip" else {}))
    response = await worker.post(door, "s", offer, token)
    assert response.status == 201, await response.text()
    client.use_answer(await response.text())
    await client.connect()
