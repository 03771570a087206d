"""What a publisher says of its packets reaches viewers under their own ids, beside what the worker says of them."""

from __future__ import annotations

import time

from media_server.rtp.extensions import ABS_CAPTURE_TIME, ABS_SEND_TIME, AUDIO_LEVEL, abs_send_time
from media_server.rtp.packet import RtpPacket
from tests.support.media_worker import MediaWorker
from tests.support.offers import MID_ID, OfferedMedia
from tests.support.waiting import eventually

LEVEL, CAPTURED = b"\x9e", bytes(range(8))
SPOKEN = OfferedMedia(
    "sendonly", video_ssrc=1, audio_ssrc=2, extensions=((5, AUDIO_LEVEL), (6, ABS_CAPTURE_TIME), (7, ABS_SEND_TIME))
)
HEARD = OfferedMedia("recvonly", extensions=((12, AUDIO_LEVEL), (8, ABS_SEND_TIME), (9, ABS_CAPTURE_TIME)))
TICKS_PER_S = 1 << 18


def age_s(packet: RtpPacket) -> float:
    """How long ago `packet` says it was sent, by the clock that this process shares with the worker."""
    now = int.from_bytes(abs_send_time(time.monotonic()), "big")
    return ((now - int.from_bytes(packet.extensions[8], "big")) & 0xFFFFFF) / TICKS_PER_S


async def test_what_a_publisher_says_reaches_viewers_under_their_own_ids(worker: MediaWorker) -> None:
    publisher = await worker.publish("s", media=SPOKEN)
    # Its own time of sending means nothing beyond its own path.
    publisher.says = {5: LEVEL, 6: CAPTURED, 7: b"\xff\xff\xff"}
    viewer = await worker.watch("s", media=HEARD)
    await eventually(lambda: len(viewer.audio) > 20 and len(viewer.video) > 20)
    for packets, mid in ((viewer.audio[-10:], b"0"), (viewer.video[-10:], b"1")):
        for packet in packets:
            assert packet.extensions == {
                MID_ID: mid,
                12: LEVEL,
                9: CAPTURED,
                8: packet.extensions[8],
            }
            assert age_s(packet) < 32, "the worker's clock is the clock of this process"


async def test_who_agreed_on_nothing_is_sent_nothing_beside_one_who_did(worker: MediaWorker) -> None:
    publisher = await worker.publish("s", media=SPOKEN)
    publisher.says = {5: LEVEL}
    heard = await worker.watch("s", media=HEARD)
    plain = await worker.watch("s", media=OfferedMedia("recvonly", with_transport_cc=False))
    await eventually(lambda: min(map(len, (heard.audio, heard.video, plain.audio, plain.video))) > 20)
    assert {tuple(sorted(packet.extensions)) for packet in heard.audio[5:]} == {(MID_ID, 8, 12)}
    assert {tuple(packet.extensions) for packet in plain.audio} == {(MID_ID,)}
    assert {tuple(packet.extensions) for packet in plain.video} == {(MID_ID,)}
    frames = plain.whole_frames
    assert frames == list(range(frames[0], frames[-1] + 1))


async def test_a_repair_says_what_the_packet_said_that_was_lost(worker: MediaWorker) -> None:
    publisher = await worker.publish("s", media=SPOKEN)
    publisher.says = {6: CAPTURED}
    viewer = await worker.watch("s", media=HEARD, repairs=False)
    await eventually(lambda: len(viewer.video) > 40)
    lost = viewer.video[-1]
    viewer.ask_again(lost.sequence_number)
    await eventually(lambda: len(viewer.repairs) == 1)
    assert viewer.repairs[0].extensions.keys() == lost.extensions.keys() == {MID_ID, 8, 9}
    assert viewer.repairs[0].extensions[9] == CAPTURED
