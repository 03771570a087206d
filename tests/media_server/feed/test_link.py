"""Both ends of a feed against each other, without a network: what opens, what does not, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.feed.link import Anchor, FeedLink
from media_server.feed.offer import Bus, FeedOffer
from media_server.feed.receiver import FedPacket, FeedReceiver
from media_server.rtp.leg import MediaPacket
from media_server.rtp.ntp import ntp_from_unix, ntp_to_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import Goodbye, ReceiverReport, RtcpPacket, SenderReport
from media_server.rtp.sequence import sequence_delta
from media_server.transport.shared_key import SharedKey

HERE, THERE = ("127.0.0.1", 1), ("127.0.0.1", 2)
OFFER = FeedOffer(SharedKey(bytes(range(44))), 0x1111, 0x2222, 0x3333)
BASES: dict[Bus, int] = {"programme": 0xFFFF_FF00, "cue": 5}
SEEDS = sorted((Path(__file__).parent / "seeds").glob("datagram-*.hex"))


def pair(offer: FeedOffer = OFFER) -> tuple[FeedLink, FeedReceiver]:
    return FeedLink(OFFER, BASES, cname="mixer"), FeedReceiver(offer, cname="worker")


def talk(index: int, payload: bytes = b"\xfcvoice") -> MediaPacket:
    return MediaPacket(index, index * 960 & 0xFFFFFFFF, False, payload)


def told(link: FeedLink, datagram: bytes) -> list[RtcpPacket]:
    opened = link.open(datagram)
    assert isinstance(opened, list)
    return opened


def opened_packet(receiver: FeedReceiver, datagram: bytes) -> FedPacket:
    opened = receiver.open(datagram, HERE)
    assert isinstance(opened, FedPacket)
    return opened


def test_a_packet_arrives_with_its_bus_and_the_time_stamp_of_its_frame() -> None:
    link, receiver = pair()
    first = opened_packet(receiver, link.seal("programme", 0x200, b"\xfcone"))
    second = opened_packet(receiver, link.seal("programme", 0x200 + 960, b"\xfctwo"))
    assert (first.bus, first.packet.payload, first.packet.timestamp) == ("programme", b"\xfcone", 0x100)
    assert second.packet.timestamp == 0x100 + 960
    assert sequence_delta(second.packet.sequence_number, first.packet.sequence_number) == 1
    assert opened_packet(receiver, link.seal("cue", 7, b"\xfcc")).bus == "cue"


def test_packets_go_on_through_every_rollover_of_their_numbers() -> None:
    link, receiver = pair()
    for frame in range(3 * 65_536):
        datagram = link.seal("cue", frame, b"\xfc")
        if frame % 1_000 == 0 or frame > 3 * 65_536 - 5:
            assert opened_packet(receiver, datagram).packet.timestamp == (frame + BASES["cue"]) & 0xFFFFFFFF


def test_nothing_opens_under_another_key_and_no_address_is_learned_from_it() -> None:
    link, receiver = pair(OFFER.with_new_key())
    datagrams = [link.seal("cue", 0, b"\xfc"), link.goodbye(), *link.reports(None, unix_now=0, programme_delay_s=0)]
    assert all(receiver.open(datagram, HERE) == [] for datagram in datagrams)
    assert receiver.address is None
    assert receiver.counters.refused == len(datagrams)


def test_a_replayed_packet_is_refused() -> None:
    link, receiver = pair()
    datagram, report = link.seal("cue", 0, b"\xfc"), link.goodbye()
    assert receiver.open(datagram, HERE)
    assert receiver.open(report, HERE)
    assert receiver.open(datagram, HERE) == []
    assert receiver.open(report, HERE) == []


def test_the_address_is_that_of_the_first_packet_that_authenticated() -> None:
    link, receiver = pair()
    forged = bytearray(link.seal("cue", 0, b"\xfc"))
    forged[-1] ^= 1
    assert receiver.open(bytes(forged), THERE) == []
    assert receiver.open(link.seal("cue", 1, b"\xfc"), HERE)
    assert receiver.open(link.seal("cue", 2, b"\xfc"), THERE)
    assert receiver.address == HERE


@pytest.mark.parametrize("payload_type", [0, 96, 110])
def test_a_packet_of_no_bus_is_refused_though_it_authenticates(payload_type: int) -> None:
    _, receiver = pair()
    srtp = OFFER.srtp()
    for ssrc in (OFFER.programme_ssrc, OFFER.talk_ssrc):
        number = 111 if ssrc == OFFER.talk_ssrc else payload_type
        assert receiver.open(srtp.seal_rtp(RtpPacket(number, 1, 0, ssrc, payload=b"x").serialize()), HERE) == []


def test_what_each_side_sent_is_refused_when_it_comes_back() -> None:
    link, receiver = pair()
    voice = receiver.seal_talk(talk(4096))
    assert voice is not None
    assert receiver.open(voice, HERE) == []
    for own in (link.seal("cue", 0, b"\xfc"), *link.reports(None, unix_now=0, programme_delay_s=0), link.goodbye()):
        assert link.open(own) == []


def test_the_programme_s_reports_are_set_back_and_the_cue_s_are_true() -> None:
    link, receiver = pair()
    receiver.open(link.seal("cue", 48_000, b"\xfc"), HERE)
    receiver.open(link.seal("programme", 48_000, b"\xfc"), HERE)
    reports: dict[int, SenderReport] = {}
    for datagram in link.reports(Anchor(48_000, 100.0), unix_now=101.5, programme_delay_s=0.25):
        opened = receiver.open(datagram, HERE)
        assert isinstance(opened, list)
        reports |= {part.ssrc: part for part in opened if isinstance(part, SenderReport)}
    cue, programme = reports[OFFER.cue_ssrc], reports[OFFER.programme_ssrc]
    frame = 48_000 + 72_000
    assert (cue.rtp_timestamp, programme.rtp_timestamp) == (frame + 5, (frame + 0xFFFF_FF00) & 0xFFFFFFFF)
    assert ntp_to_unix(cue.ntp_timestamp) == pytest.approx(101.5, abs=1e-6)
    assert ntp_to_unix(programme.ntp_timestamp) == pytest.approx(101.25, abs=1e-6)
    assert (cue.packet_count, cue.octet_count) == (1, 1)


def test_a_mixer_that_sends_nothing_yet_makes_itself_heard() -> None:
    link, receiver = pair()
    (hello,) = link.reports(Anchor(0, 0.0), unix_now=1.0, programme_delay_s=0.0)
    assert receiver.open(hello, HERE)
    assert receiver.address == HERE


def test_the_worker_s_reports_and_its_goodbye_are_understood() -> None:
    link, receiver = pair()
    assert isinstance(told(link, receiver.report([], talk_clock=None))[0], ReceiverReport)
    voice = receiver.seal_talk(talk(4096))
    assert voice is not None
    opened = link.open(voice)
    assert isinstance(opened, RtpPacket)
    assert opened.payload == b"\xfcvoice"
    report = told(link, receiver.report([], talk_clock=(ntp_from_unix(1.0), 5)))[0]
    assert isinstance(report, SenderReport)
    assert (report.ssrc, report.rtp_timestamp, report.packet_count) == (OFFER.talk_ssrc, 5, 1)
    assert any(isinstance(part, Goodbye) for part in told(link, receiver.goodbye()))


def test_the_mixer_s_goodbye_names_both_buses() -> None:
    link, receiver = pair()
    opened = receiver.open(link.goodbye(), HERE)
    assert isinstance(opened, list)
    assert [part.sources for part in opened if isinstance(part, Goodbye)] == [(0x1111, 0x2222)]


@given(st.integers(64, 1 << 40), st.lists(st.integers(-80, 80), max_size=60))
def test_no_packet_index_is_ever_used_for_two_voices(first: int, steps: list[int]) -> None:
    link, receiver = pair()
    index, sent = first, set[int]()
    for count, step in enumerate([0, *steps]):
        index = max(0, index + step)
        datagram = receiver.seal_talk(talk(index, b"\xfc%d" % count))
        assert datagram is None or index not in sent
        if datagram is not None:
            sent.add(index)
            assert isinstance(link.open(datagram), RtpPacket)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_hostile_datagrams_that_were_collected_do_no_harm(path: Path) -> None:
    datagram = bytes.fromhex(path.read_text())
    link, receiver = pair()
    assert receiver.open(datagram, HERE) == []
    assert link.open(datagram) == []


@given(st.binary(max_size=120), st.booleans())
def test_no_bytes_from_a_peer_that_has_the_key_raise_anything(body: bytes, is_rtcp: bool) -> None:
    """The other end may be broken too: what authenticates need not make sense."""
    srtp = OFFER.srtp()
    link, receiver = pair()
    for ssrc in (OFFER.cue_ssrc, OFFER.talk_ssrc):
        if is_rtcp:
            datagram = srtp.seal_rtcp(b"\x80\xc8\0\1" + ssrc.to_bytes(4, "big") + body)
        else:
            assert srtp.gcm is not None
            header = b"\x80\x6f\0\1\0\0\0\0" + ssrc.to_bytes(4, "big")
            datagram = srtp.gcm.seal(header, body, ssrc=ssrc, index=1)
        receiver.open(datagram, HERE)
        link.open(datagram)


@given(st.binary(max_size=200))
def test_no_bytes_from_anybody_raise_anything(datagram: bytes) -> None:
    link, receiver = pair()
    assert receiver.open(datagram, HERE) == []
    assert link.open(datagram) == []
