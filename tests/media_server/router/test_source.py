"""What a publisher sends, taken apart: whose a packet is, what is missing, and what is told back."""

from __future__ import annotations

from dataclasses import replace

from media_server.router.producer import REORDER_WINDOW, Producer
from media_server.router.source import SourceDemux, SourceTrack
from media_server.rtp.extensions import ABS_CAPTURE_TIME, ABS_SEND_TIME, AUDIO_LEVEL
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import Fir, Nack, Pli, SenderReport
from media_server.rtp.rtx import wrap_rtx
from media_server.rtp.sender import PublisherClock
from media_server.sdp import Encoding, ReceivedTrack
from media_server.sdp.shapes import MID, REPAIRED_RTP_STREAM_ID, RTP_STREAM_ID
from tests.media_server.router.feeding import H264, OPUS, received_track
from tests.support.labelled_video import LabelledVideo

VIDEO_SSRC, RTX_SSRC, AUDIO_SSRC = 0x1111, 0x1112, 0x2222


def source_track(track: ReceivedTrack) -> SourceTrack:
    producer = Producer(track.kind, track.codec.name, track.codec.clock_rate)
    return SourceTrack(track, producer, local_ssrc=99, clock=PublisherClock(unix_at_zero=0.0))


def demux(*, named: bool = False) -> SourceDemux:
    video = received_track(ssrc=VIDEO_SSRC if named else None, rtx_ssrc=RTX_SSRC if named else None, mid="1")
    audio = received_track(OPUS, ssrc=AUDIO_SSRC if named else None, mid="0")
    return SourceDemux((source_track(audio), source_track(video)))


def packet(
    payload_type: int, ssrc: int, *, mid: bytes | None = None, sequence: int = 1, payload: bytes = b"x"
) -> RtpPacket:
    extensions = {4: mid} if mid is not None else {}
    return RtpPacket(payload_type, sequence, 90, ssrc, False, payload, extensions)


def take(source: SourceTrack, received: RtpPacket, *, now: float = 0.0) -> bool:
    original = source.receive(received, now=now)
    return original is not None and source.producer.receive(original, now=now) is not None


def test_an_ssrc_named_in_the_sdp_says_whose_a_packet_is_whatever_else_it_carries() -> None:
    sources = demux(named=True)
    found = sources.find(packet(111, VIDEO_SSRC, mid=b"0"))
    assert found is not None
    assert found.track.kind == "video"


def test_mid_says_it_before_the_payload_type_and_its_ssrc_is_remembered() -> None:
    sources = demux()
    first = sources.find(packet(111, 5, mid=b"1"))
    again = sources.find(packet(111, 5))
    assert first is not None
    assert first is again
    assert first.track.mid == "1"


def test_without_mid_the_payload_type_says_it_for_media_and_repairs() -> None:
    sources = demux()
    kinds = [found.track.kind for pt in (102, 103, 111) if (found := sources.find(packet(pt, pt))) is not None]
    assert kinds == ["video", "video", "audio"]


def test_a_packet_of_no_track_is_counted() -> None:
    sources = demux()
    assert sources.find(packet(77, 1)) is None
    assert sources.find(packet(77, 2, mid=b"9")) is None
    assert sources.counters.unknown == 2


def test_a_source_that_invents_ssrcs_gets_no_more_than_sixteen() -> None:
    sources = demux()
    found = [sources.find(packet(102, ssrc)) is not None for ssrc in range(1000)]
    assert found == [True] * 16 + [False] * 984
    assert sources.find(packet(102, 3)) is not None


def test_a_gap_is_asked_for_and_its_repair_by_rtx_fills_it() -> None:
    source = source_track(received_track(ssrc=VIDEO_SSRC, rtx_ssrc=RTX_SSRC))
    sent = LabelledVideo(ssrc=VIDEO_SSRC, sequence_number=65_534).frame()
    for received in (sent[0], sent[3]):
        assert take(source, received)
    assert source.nack(now=0.0) == Nack(99, VIDEO_SSRC, (65_535, 0))
    repair = wrap_rtx(sent[1], payload_type=103, ssrc=RTX_SSRC, sequence_number=9)
    assert take(source, repair, now=0.01)
    assert not take(source, repair, now=0.01)
    assert source.nack(now=0.2) == Nack(99, VIDEO_SSRC, (0,))
    assert take(source, sent[2], now=0.21)
    assert source.nack(now=1.0) is None
    assert source.producer.head is not None
    assert source.producer.head.index == REORDER_WINDOW + 3


def test_repairs_before_any_media_and_repairs_that_are_broken_or_padding_are_dropped() -> None:
    source = source_track(received_track())
    assert source.receive(packet(103, RTX_SSRC), now=0.0) is None
    assert source.receive(packet(102, VIDEO_SSRC), now=0.0) is not None
    assert source.receive(packet(103, RTX_SSRC, payload=b"\x00"), now=0.0) is None
    assert source.receive(packet(103, RTX_SSRC, payload=b""), now=0.0) is None
    assert source.receive(packet(77, VIDEO_SSRC), now=0.0) is None


def test_an_encoder_that_starts_anew_under_another_ssrc_goes_on_in_the_same_timeline() -> None:
    source = source_track(received_track())
    for number, ssrc in enumerate((7, 8, 9)):
        video = LabelledVideo(ssrc=ssrc, sequence_number=10_000 * (number + 1))
        for frame in range(5):
            for received in video.frame():
                assert take(source, received, now=number + frame / 30)
    assert source.producer.head is not None
    assert source.producer.head.index == REORDER_WINDOW + 59
    assert source.nack(now=5.0) is None
    block = source.report_block(now=5.0)
    assert block is not None
    assert (block.ssrc, block.packets_lost) == (9, 0)


def test_a_straggler_of_the_ssrc_before_does_not_start_the_timeline_anew() -> None:
    source = source_track(received_track())
    old, new = LabelledVideo(ssrc=7, sequence_number=100), LabelledVideo(ssrc=8, sequence_number=9000)
    late = old.frame()
    for received in late[:3]:
        assert take(source, received)
    for received in new.frame():
        assert take(source, received, now=0.1)
    assert not take(source, late[3], now=0.11)
    for received in new.frame():
        assert take(source, received, now=0.14)
    assert source.producer.head is not None
    assert source.producer.head.index == REORDER_WINDOW + 10
    assert source.nack(now=0.2) is None


def test_a_sender_report_comes_back_in_the_next_report_block() -> None:
    source = source_track(received_track(ssrc=VIDEO_SSRC))
    for received in LabelledVideo(ssrc=VIDEO_SSRC).frame():
        source.receive(received, now=1.0)
    source.sender_report(SenderReport(VIDEO_SSRC, 0x0001_0002_0003_0004, 90, 1, 1), now=2.0)
    block = source.report_block(now=2.5)
    assert block is not None
    assert (block.last_sr, block.delay_since_last_sr) == (0x0002_0003, 32_768)


def test_reports_belong_to_the_ssrc_that_carries_media() -> None:
    sources = demux(named=True)
    assert sources.by_ssrc(VIDEO_SSRC) is not None
    assert sources.by_ssrc(RTX_SSRC) is None
    assert sources.by_ssrc(12345) is None


def test_codecs_without_nack_are_not_asked_again() -> None:
    source = source_track(received_track(OPUS, ssrc=AUDIO_SSRC))
    for sequence in (1, 9):
        source.receive(packet(111, AUDIO_SSRC, sequence=sequence), now=0.0)
    assert source.nack(now=0.0) is None
    assert "nack" in H264.feedback


RID_ID, REPAIRED_ID = 10, 11


def simulcast_demux() -> SourceDemux:
    audio = received_track(OPUS, mid="0")
    video = replace(
        received_track(mid="1"),
        layers=tuple(Encoding(rid) for rid in ("q", "h", "f")),
        extensions={MID: 4, RTP_STREAM_ID: RID_ID, REPAIRED_RTP_STREAM_ID: REPAIRED_ID},
    )
    clock = PublisherClock(unix_at_zero=0.0)
    layers = (
        SourceTrack(video, Producer("video", "H264", 90_000), local_ssrc=99, clock=clock, layer=layer)
        for layer in video.layers
    )
    return SourceDemux((source_track(audio), *layers))


def named(payload_type: int, ssrc: int, **names: str) -> RtpPacket:
    ids = {"mid": 4, "rid": RID_ID, "repaired": REPAIRED_ID}
    extensions = {ids[name]: value.encode() for name, value in names.items()}
    return RtpPacket(payload_type, 1, 90, ssrc, False, b"\x00\x01x", extensions)


def test_rids_tell_layers_apart_and_their_ssrcs_are_remembered() -> None:
    sources = simulcast_demux()
    for ssrc, rid in ((31, "f"), (11, "q"), (21, "h")):
        found = sources.find(named(102, ssrc, mid="1", rid=rid))
        assert found is not None
        assert found.layer.rid == rid
        assert sources.find(named(102, ssrc)) is found


def test_retransmissions_are_told_apart_by_the_rid_they_repair() -> None:
    sources = simulcast_demux()
    found = sources.find(named(103, 22, mid="1", repaired="h"))
    assert found is not None
    assert found.layer.rid == "h"


def test_a_packet_that_does_not_say_which_layer_it_is_of_is_of_none_and_not_remembered() -> None:
    sources = simulcast_demux()
    assert sources.find(named(102, 7, mid="1")) is None
    assert sources.find(named(102, 7)) is None
    assert sources.find(named(102, 7, mid="1", rid="x")) is None
    assert sources.find(named(103, 7, mid="1", rid="h")) is None
    found = sources.find(named(102, 7, mid="1", rid="h"))
    assert found is not None
    assert found.layer.rid == "h"


def test_each_layer_asks_for_its_own_key_frame_however_many_ask() -> None:
    sources = simulcast_demux()
    for ssrc, rid in ((11, "q"), (21, "h"), (31, "f")):
        source = sources.find(named(102, ssrc, mid="1", rid=rid))
        assert source is not None
        source.receive(named(102, ssrc), now=0.0)
    layer = sources.tracks[2]
    for _ in range(100):
        layer.producer.keyframes.request(now=0.0)
    assert [source.keyframe_request(now=0.0) for source in sources.tracks] == [None, None, Pli(99, 21), None]
    assert layer.keyframe_request(now=0.4) is None
    assert layer.keyframe_request(now=0.5) == Pli(99, 21)
    assert layer.keyframe_request(now=1.4) is None
    assert layer.keyframe_request(now=1.5) == Pli(99, 21)


def test_where_fir_alone_was_agreed_each_request_has_the_next_number() -> None:
    track = received_track(replace(H264, feedback=("nack", "ccm fir")), ssrc=VIDEO_SSRC)
    source = source_track(track)
    requests = []
    for now in (0.0, 1.0, 2.5):
        source.producer.keyframes.request(now=now)
        requests.append(source.keyframe_request(now=now))
    assert requests == [Fir(99, ((VIDEO_SSRC, number),)) for number in (1, 2, 3)]


def test_what_a_source_says_of_its_packets_is_kept_by_meaning_and_the_transports_own_is_not() -> None:
    track = replace(received_track(OPUS), extensions={MID: 4, AUDIO_LEVEL: 1, ABS_SEND_TIME: 2, ABS_CAPTURE_TIME: 9})
    source = source_track(track)
    assert source.said_of(packet(111, 5)) == {}
    said = RtpPacket(111, 1, 90, 5, False, b"x", {4: b"1", 1: b"\x85", 2: b"abc", 9: b"12345678", 12: b"?"})
    assert source.said_of(said) == {AUDIO_LEVEL: b"\x85", ABS_CAPTURE_TIME: b"12345678"}


def test_retries_follow_the_round_trip_that_repairs_show() -> None:
    source = source_track(received_track(ssrc=VIDEO_SSRC, rtx_ssrc=RTX_SSRC))
    video = LabelledVideo(ssrc=VIDEO_SSRC, sequence_number=1)
    now = 0.0
    for number in range(60):
        first, lost, *rest = video.frame()
        for received in (first, *rest):
            take(source, received, now=now)
        assert source.nack(now=now) is not None
        now += 0.2
        repair = wrap_rtx(lost, payload_type=103, ssrc=RTX_SSRC, sequence_number=number)
        while (retry := source.nack(now=now)) is not None:
            # Too early: it was on its way.
            assert number < 30
            assert retry.lost == (lost.sequence_number,)
        take(source, repair, now=now)
        now += 0.01
    *_, last = video.frame(), video.frame()
    take(source, last[0], now=now)
    assert source.nack(now=now) is not None
    assert source.nack(now=now + 0.2) is None
    assert source.nack(now=now + 0.26) is not None
