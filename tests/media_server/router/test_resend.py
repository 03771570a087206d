"""Packets that are sent again, as their stream carries them."""

from __future__ import annotations

import pytest

from media_server.router.resend import RtxLeg
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
