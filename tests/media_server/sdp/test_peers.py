"""Our answers are taken by the peers themselves: Chromium and aiortc."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

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
async def test_chromium_publishes_one_h264_layer_and_stereo_opus(page: Page) -> None:
    for simulcast in (False, True):
        offer = await page.evaluate(OFFER, [["audio", "video"], "sendonly", False, simulcast])
        audio, video = await page.evaluate(ANSWER, answer_publisher(parse_offer(offer), LOOPBACK).sdp)
        assert (audio["direction"], video["direction"]) == ("sendonly", "sendonly")
        assert audio["codecs"][0].startswith("audio/opus")
        assert "stereo=1" in audio["codecs"][0]
        assert video["codecs"][0].startswith("video/H264")
        assert "profile-level-id=42e02a" in video["codecs"][0]
        assert video["encodings"] == 1
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
