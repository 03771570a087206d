"""Packets that are sent again, as their stream carries them."""

from __future__ import annotations

import pytest

from media_server.router.resend import Repeats, RtxLeg
from media_server.rtp.extensions import AUDIO_LEVEL
from media_server.rtp.leg import MediaPacket, continued
from tests.media_server.router.feeding import new_leg


def test_a_packet_sent_again_still_says_what_its_source_said() -> None:
    rtx, packet = RtxLeg(new_leg()), MediaPacket(70_000, 5, True, b"abc", extensions={AUDIO_LEVEL: b"\x7f"})
    first, second = (rtx.wrap(packet, original_sequence_number=7) for _ in range(2))
    assert second.index == first.index + 1
    for wrapped in (first, second):
        assert (wrapped.timestamp, wrapped.marker, wrapped.payload) == (5, True, b"\0\x07abc")
        assert wrapped.extensions == {AUDIO_LEVEL: b"\x7f"}


@pytest.mark.parametrize(
    ("picture_id_at", "tl0_at", "expected"),
    [(2, 3, "9080070b"), (0, 3, "9080060b"), (2, 0, "9080070a"), (0, 0, "9080060a")],
)
def test_picture_ids_of_a_packet_sent_again_go_on_too(picture_id_at: int, tl0_at: int, expected: str) -> None:
    packet = MediaPacket(1, 1, False, bytes.fromhex("9080060a"), picture_id_at=picture_id_at, tl0_at=tl0_at)
    wrapped = RtxLeg(new_leg()).wrap(packet, original_sequence_number=513)
    assert continued(wrapped, picture_id_offset=1, tl0_offset=1).hex() == "0201" + expected


def test_a_probe_is_the_newest_packets_under_the_numbers_they_had_until_it_is_long_enough() -> None:
    repeats = Repeats(RtxLeg(new_leg()))
    sent: list[MediaPacket] = []
    newest = [(70_000 - n, MediaPacket(n, n, False, bytes(100))) for n in range(5)]
    assert repeats.repeat(newest, 250, send=lambda leg, packet: sent.append(packet)) >= 250
    assert [int.from_bytes(packet.payload[:2], "big") for packet in sent] == [70_000 - n & 0xFFFF for n in range(3)]


def test_of_a_picture_that_was_paused_long_ago_a_few_packets_are_left_to_probe_with() -> None:
    repeats = Repeats(RtxLeg(new_leg()))
    sent: list[MediaPacket] = []
    assert repeats.repeat([], 1_000, send=lambda leg, packet: sent.append(packet)) == 0
    repeats.keep([(n, MediaPacket(n, n, False, bytes(500))) for n in range(9, 0, -1)])
    assert repeats.repeat([], 1_000, send=lambda leg, packet: sent.append(packet)) >= 1_000
    assert int.from_bytes(sent[0].payload[:2], "big") == 9
