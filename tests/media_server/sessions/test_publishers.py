"""Publishers who vanish, come back, move to another device; and what their viewers see of it: one stream."""

from __future__ import annotations

from itertools import pairwise

from media_server.rtp.rtcp import ReceiverReport, TransportFeedback
from media_server.rtp.sequence import sequence_delta, timestamp_delta
from tests.support.live_peers import Viewer
from tests.support.media_worker import MediaWorker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

OTHER = OfferedMedia("sendonly", video_ssrc=0x7771, video_rtx_ssrc=0x7772, audio_ssrc=0x7773, video_first=True)


def assert_gapless(viewer: Viewer) -> None:
    """Every sequence number once and in order, and time that never steps back."""
    ordered = sorted(
        viewer.video, key=lambda packet: sequence_delta(packet.sequence_number, viewer.video[0].sequence_number)
    )
    assert all(sequence_delta(b.sequence_number, a.sequence_number) == 1 for a, b in pairwise(ordered))
    assert all(timestamp_delta(b.timestamp, a.timestamp) >= 0 for a, b in pairwise(ordered))


async def test_a_newer_generation_takes_over_and_the_viewer_sees_one_stream(worker: MediaWorker) -> None:
    first = await worker.publish("s", generation=1)
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 10)
    second = await worker.publish("s", generation=2, media=OTHER, sequence_number=100, timestamp=5)
    await eventually(lambda: first.client.is_closed_by_server)
    await first.stop()
    before = len(viewer.video)
    await eventually(lambda: len(viewer.video) > before + 60)
    assert second.video is not None
    assert not viewer.client.is_closed_by_server
    assert_gapless(viewer)
    assert {packet.ssrc for packet in viewer.video} == {viewer.video_ssrc}
    assert (await worker.room("s"))["generation"] == 2


async def test_a_publisher_who_falls_silent_is_interrupted_and_live_again_when_heard(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    publisher.client.is_consenting = False
    await publisher.stop()
    await worker.until_room("s", "interrupted", timeout_s=8)
    publisher.start()
    await worker.until_room("s", "live")


async def test_a_publisher_who_says_goodbye_and_stays_away_ends_the_stream(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    await publisher.stop()
    publisher.client.say_goodbye()
    await worker.until_room("s", "interrupted")
    assert not viewer.client.is_closed_by_server
    await worker.until_room("s", "ended")
    assert (await worker.room("s"))["ended_reason"] == "publisher_lost"
    await eventually(lambda: viewer.client.is_closed_by_server)


async def test_a_publisher_who_comes_back_within_the_grace_period_keeps_the_viewers(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 10)
    await publisher.stop()
    publisher.client.say_goodbye()
    await worker.until_room("s", "interrupted")
    before = len(viewer.video)
    await worker.publish("s", media=OTHER, sequence_number=60_000, timestamp=77)
    await eventually(lambda: len(viewer.video) > before + 40)
    await worker.until_room("s", "live")
    assert_gapless(viewer)


async def test_other_codecs_end_the_viewers_sessions_so_that_they_ask_again(worker: MediaWorker) -> None:
    await worker.publish("s", generation=1)
    viewer = await worker.watch("s")
    await worker.publish("s", generation=2, media=OfferedMedia("sendonly", video=("VP8",), video_ssrc=5))
    await eventually(lambda: viewer.client.is_closed_by_server)
    again = await worker.watch("s", media=OfferedMedia("recvonly", video=("VP8",)))
    await eventually(lambda: len(again.whole_frames) > 5)


async def test_transport_feedback_names_an_ssrc_of_the_publisher_and_covers_every_packet(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    client = publisher.client

    def told() -> list[TransportFeedback]:
        return [part for part in client.rtcp if isinstance(part, TransportFeedback)]

    await eventually(lambda: sum(len(part.deltas) for part in told()) > 100)
    assert {part.media_ssrc for part in told()} <= {0x1111, 0x2222}
    covered = [(part.base_sequence + n) & 0xFFFF for part in told() for n in range(len(part.deltas))]
    assert covered == list(range(len(covered)))
    assert all(delta is not None for part in told() for delta in part.deltas)


async def test_receiver_reports_tell_the_publisher_how_it_arrives(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")

    def reported() -> set[int]:
        reports = [part for part in publisher.client.rtcp if isinstance(part, ReceiverReport)]
        return {
            block.ssrc for report in reports for block in report.reports if block.packets_lost == 0 and block.last_sr
        }

    await eventually(lambda: reported() == {0x1111, 0x2222})


async def test_ssrcs_that_the_offer_does_not_name_are_found(worker: MediaWorker) -> None:
    await worker.publish("s", media=OfferedMedia("sendonly", with_transport_cc=False))
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 5 and len(viewer.audio) > 5)


async def test_rubbish_inside_good_srtp_does_not_end_the_session(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    head = bytes.fromhex("6600010000000100000005")
    padding_too_long, extension_cut_short = (
        b"\xa0" + head + b"xx\xff",
        b"\x90" + head + bytes.fromhex("bede00011f000000"),
    )
    for datagram in (padding_too_long, extension_cut_short, b"\x80" + head):
        publisher.client.send_rtp(datagram)
    seen = len(viewer.whole_frames)
    await eventually(lambda: len(viewer.whole_frames) > seen + 10)


async def test_a_publisher_without_a_reachable_answer_leaves_no_room(worker: MediaWorker) -> None:
    client = WebRtcClient()
    token = worker.signer.sign("s", "publish")
    response = await worker.post("whip", "s", client.offer(OfferedMedia("sendonly")), token)
    await worker.request("DELETE", response.headers["Location"], token)

    async def is_gone() -> bool:
        return bool((await (await worker.request("GET", "/health")).json())["rooms"] == 0)

    await eventually(is_gone)
    await client.close()
