"""Our answers are taken by the peers themselves: Chromium, aiortc and FFmpeg."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator

import imageio_ffmpeg
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from playwright.async_api import Page, async_playwright

from media_server.sdp import Codec, LocalTransport, Source, answer_publisher, answer_viewer, parse_offer
from tests.media_server.sdp.offered import LOCAL, ROOM

SSRCS = {"audio": (1_001, 1_002), "video": (2_001, 2_002)}
# Nothing listens there, so that a peer that begins its checks finds no one.
LOOPBACK = LocalTransport(LOCAL.ice_ufrag, LOCAL.ice_pwd, LOCAL.fingerprint_sha256, (("127.0.0.1", 9),))

OFFER = """async ([kinds, direction, data, simulcast]) => {
  window.pc = new RTCPeerConnection();
  if (data) pc.createDataChannel('x');
  for (const kind of kinds) {
    const options = {direction};
    let source = kind;
    if (direction === 'sendonly') {
      if (kind === 'video') {
        const canvas = document.createElement('canvas');
        canvas.getContext('2d');
        source = canvas.captureStream(30).getVideoTracks()[0];
        if (simulcast) options.sendEncodings = [{rid: 'h'}, {rid: 'l', scaleResolutionDownBy: 4}];
      } else {
        source = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
      }
    }
    pc.addTransceiver(source, options);
  }
  await pc.setLocalDescription();
  return pc.localDescription.sdp;
}"""
ANSWER = """async (sdp) => {
  await pc.setRemoteDescription({type: 'answer', sdp});
  return pc.getTransceivers().map((t) => ({
    mid: t.mid,
    kind: t.receiver.track.kind,
    direction: t.currentDirection,
    codecs: t.sender.getParameters().codecs.map((c) => c.mimeType + ';' + (c.sdpFmtpLine || '')),
    encodings: t.sender.getParameters().encodings.length,
    extensions: t.sender.getParameters().headerExtensions.map((e) => e.uri),
  }));
}"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking", "--no-first-run"],
        )
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


def viewer_answer(offer: str, sources: tuple[Source, ...] = ROOM) -> str:
    return answer_viewer(
        parse_offer(offer),
        LOOPBACK,
        sources,
        stream_id="room",
        cname="clock",
        ssrcs=SSRCS,  # type: ignore[arg-type]
    ).sdp


@pytest.mark.e2e
async def test_chromium_publishes_h264_in_the_layers_it_offers_and_stereo_opus(page: Page) -> None:
    for simulcast in (False, True):
        offer = await page.evaluate(OFFER, [["audio", "video"], "sendonly", False, simulcast])
        audio, video = await page.evaluate(ANSWER, answer_publisher(parse_offer(offer), LOOPBACK).sdp)
        assert (audio["direction"], video["direction"]) == ("sendonly", "sendonly")
        assert [codec.partition(";")[0] for codec in audio["codecs"]] == ["audio/red", "audio/opus"]
        assert "stereo=1" in audio["codecs"][1]
        assert video["codecs"][0].startswith("video/H264")
        assert "profile-level-id=42e02a" in video["codecs"][0]
        assert video["encodings"] == (2 if simulcast else 1)
        assert not any("orientation" in uri for uri in video["extensions"])


@pytest.mark.e2e
@pytest.mark.parametrize("kinds", [["audio", "video"], ["video", "audio"], ["video"]])
@pytest.mark.parametrize("data", [False, True])
async def test_chromium_takes_a_viewers_answer(page: Page, kinds: list[str], data: bool) -> None:
    offer = await page.evaluate(OFFER, [kinds, "recvonly", data, False])
    transceivers = await page.evaluate(ANSWER, viewer_answer(offer))
    assert [t["direction"] for t in transceivers] == ["recvonly"] * len(kinds)


@pytest.mark.e2e
@pytest.mark.parametrize("kept", ["audio", "video"])
async def test_chromium_takes_an_answer_of_a_room_with_one_track(page: Page, kept: str) -> None:
    offer = await page.evaluate(OFFER, [["audio", "video"], "recvonly", False, False])
    room = tuple(source for source in ROOM if source.kind == kept)
    transceivers = await page.evaluate(ANSWER, viewer_answer(offer, room))
    assert {t["kind"]: t["direction"] for t in transceivers} == {
        kind: "recvonly" if kind == kept else "inactive" for kind in ("audio", "video")
    }


@pytest.mark.e2e
@pytest.mark.parametrize("codec", ["VP8", "VP9", "AV1"])
async def test_chromium_takes_the_other_codecs(page: Page, codec: str) -> None:
    offer = await page.evaluate(OFFER, [["audio", "video"], "recvonly", False, False])
    room = (ROOM[0], Source("video", Codec(codec, 96, 90_000)))
    transceivers = await page.evaluate(ANSWER, viewer_answer(offer, room))
    assert [t["direction"] for t in transceivers] == ["recvonly", "recvonly"]


@pytest.mark.parametrize("publishes", [True, False])
async def test_aiortc_takes_the_answer(publishes: bool) -> None:
    connection = RTCPeerConnection()
    try:
        if publishes:
            connection.addTrack(AudioStreamTrack())
            connection.addTrack(VideoStreamTrack())
        else:
            connection.addTransceiver("audio", direction="recvonly")
            connection.addTransceiver("video", direction="recvonly")
        offer = await connection.createOffer()
        sdp = answer_publisher(parse_offer(offer.sdp), LOOPBACK).sdp if publishes else viewer_answer(offer.sdp)
        await connection.setLocalDescription(offer)
        await connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        directions = [t.currentDirection for t in connection.getTransceivers()]
        assert directions == ["sendonly" if publishes else "recvonly"] * 2
    finally:
        await connection.close()


class FirstDatagram(asyncio.DatagramProtocol):
    """Keeps the first datagram that comes."""

    def __init__(self) -> None:
        self.data: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self.data.done():
            self.data.set_result(data)


async def test_ffmpeg_takes_the_answer_and_begins_its_checks() -> None:
    loop = asyncio.get_running_loop()
    media, first = await loop.create_datagram_endpoint(FirstDatagram, local_addr=("127.0.0.1", 0))
    local = LocalTransport(
        LOCAL.ice_ufrag, LOCAL.ice_pwd, LOCAL.fingerprint_sha256, (media.get_extra_info("sockname"),)
    )
    offers: list[str] = []

    async def whip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if head.startswith("POST"):
            length = re.search(r"content-length: (\d+)", head, re.I)
            assert length is not None
            offers.append((await reader.readexactly(int(length[1]))).decode())
            body = answer_publisher(parse_offer(offers[0]), local).sdp
            writer.write(
                f"HTTP/1.1 201 Created\r\nContent-Type: application/sdp\r\nLocation: /s\r\nConnection: close\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
        writer.close()

    server = await asyncio.start_server(whip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    command = (
        "-nostdin -loglevel quiet -re -f lavfi -i testsrc2=s=320x240:r=30 -f lavfi -i sine -c:v libx264 -bf 0"
        f" -c:a libopus -ar 48000 -ac 2 -t 20 -f whip http://127.0.0.1:{port}/whip/x"
    )
    ffmpeg = await asyncio.create_subprocess_exec(imageio_ffmpeg.get_ffmpeg_exe(), *command.split())
    try:
        check = await asyncio.wait_for(first.data, 20)
    finally:
        ffmpeg.kill()
        await ffmpeg.wait()
        server.close()
        media.close()
    remote_ufrag = parse_offer(offers[0]).ice_ufrag
    # A STUN binding request (RFC 8489 §5) whose user name is ours and then its own (RFC 8445 §7.2.2).
    assert check[:2] == b"\x00\x01"
    assert f"{LOCAL.ice_ufrag}:{remote_ufrag}".encode() in check
