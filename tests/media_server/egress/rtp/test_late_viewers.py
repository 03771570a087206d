"""Who joins a source that sends key frames seldom and cannot be asked for one."""

from __future__ import annotations

import pytest

from media_server.router.producer import MAX_GOP_S, MAX_GOP_UNASKED_S, Producer
from media_server.rtp.packet import RtpPacket


@pytest.mark.parametrize(("kept_s", "is_found"), [(MAX_GOP_S, False), (MAX_GOP_UNASKED_S, True)])
def test_a_group_of_eight_seconds_is_kept_where_no_key_frame_can_be_asked_for(kept_s: float, is_found: bool) -> None:
    producer = Producer("video", "H264", 90_000, max_gop_s=kept_s)
    number = 0
    # 6 Mbit/s, 25 packets a picture.
    for frame in range(249):
        for part in range(25):
            payload = (b"\x65" if frame == 0 else b"\x41") + bytes(999)
            packet = RtpPacket(96, number & 0xFFFF, frame * 3000, 1, part == 24, payload)
            producer.receive(packet, now=frame / 30)
            producer.take_pending()
            number += 1
    start = producer.gop_start(now=249 / 30)
    assert (start is not None) == is_found
