"""Retransmission streams."""

from __future__ import annotations

import pytest
from aiortc.rtp import RtpPacket as AiortcPacket
from aiortc.rtp import wrap_rtx as aiortc_wrap
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.errors import ParseError
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtx import unwrap_rtx, wrap_rtx

packets = st.builds(
    RtpPacket,
    st.integers(0, 127),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.booleans(),
    st.binary(max_size=40),
    st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=4), max_size=2),
)


@given(packets)
def test_a_packet_sent_again_is_the_packet(packet: RtpPacket) -> None:
    rtx = wrap_rtx(packet, payload_type=97, ssrc=5, sequence_number=9)
    assert (rtx.payload_type, rtx.ssrc, rtx.sequence_number, rtx.timestamp) == (97, 5, 9, packet.timestamp)
    assert unwrap_rtx(rtx, payload_type=packet.payload_type, ssrc=packet.ssrc) == packet


@given(packets)
def test_the_bytes_are_aiortcs(packet: RtpPacket) -> None:
    packet.extensions = {}
    theirs = aiortc_wrap(AiortcPacket.parse(packet.serialize()), payload_type=97, sequence_number=9, ssrc=5)
    assert wrap_rtx(packet, payload_type=97, ssrc=5, sequence_number=9).serialize() == theirs.serialize()


def test_a_probe_of_padding_is_no_packet() -> None:
    assert unwrap_rtx(RtpPacket(97, 1, 2, 3), payload_type=96, ssrc=4) is None


def test_half_a_sequence_number_is_an_error() -> None:
    with pytest.raises(ParseError):
        unwrap_rtx(RtpPacket(97, 1, 2, 3, payload=b"x"), payload_type=96, ssrc=4)
