"""RTP packets: vectors, round trips, agreement with aiortc, and hostile bytes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from aiortc.rtp import RtpPacket as AiortcPacket
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.errors import ParseError
from media_server.rtp.packet import RtpPacket, is_rtcp

SEEDS = sorted((Path(__file__).parent / "seeds").glob("rtp-*.hex"))
u7, u16, u32 = st.integers(0, 127), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
one_byte = st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=6)
two_byte = st.dictionaries(st.integers(1, 255), st.binary(max_size=255), max_size=4)
packets = st.builds(RtpPacket, u7, u16, u32, u32, st.booleans(), st.binary(max_size=64), one_byte | two_byte)


@given(packets)
def test_what_is_written_is_read_back(packet: RtpPacket) -> None:
    assert RtpPacket.parse(packet.serialize()) == packet


@given(packets)
def test_aiortc_reads_what_we_write(packet: RtpPacket) -> None:
    theirs = AiortcPacket.parse(packet.serialize())
    assert (theirs.payload_type, theirs.sequence_number, theirs.timestamp, theirs.ssrc, theirs.payload) == (
        packet.payload_type,
        packet.sequence_number,
        packet.timestamp,
        packet.ssrc,
        packet.payload,
    )


@given(st.binary(max_size=80))
def test_we_and_aiortc_agree_on_what_is_a_packet(data: bytes) -> None:
    data = b"\x80" + data
    for first in (0x80, 0xA0, 0x83, 0x90, 0xB2):
        datagram = bytes((first,)) + data[1:]
        try:
            theirs = AiortcPacket.parse(datagram)
        except ValueError:
            theirs = None
        try:
            ours = RtpPacket.parse(datagram)
        except ParseError:
            ours = None
        # aiortc reads on past an element of id 0 or 15, where RFC 8285 §4.2 ends the list.
        if theirs is None and ours is not None:
            assert datagram[0] & 0x10
        else:
            assert (theirs and theirs.payload) == (ours and ours.payload)


@given(st.binary(max_size=1_500))
def test_bytes_raise_nothing_but_parse_errors(data: bytes) -> None:
    with suppress(ParseError):
        RtpPacket.parse(data)
    with suppress(ParseError):
        RtpPacket.parse(b"\xb0" + data)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_hostile_packets_that_were_collected_are_refused(path: Path) -> None:
    with pytest.raises(ParseError):
        RtpPacket.parse(bytes.fromhex(path.read_text()))


def test_the_one_byte_example_of_the_rfc_is_read() -> None:
    # RFC 8285 §4.2: ids 1, 2 and 3 of 1, 2 and 4 bytes with padding between them.
    block = bytes.fromhex("bede0003 10aa 21bbbb 00 00 33cccccccc")
    packet = RtpPacket.parse(bytes.fromhex("90600001000000020000000 3".replace(" ", "")) + block + b"x")
    assert packet.extensions == {1: b"\xaa", 2: b"\xbb\xbb", 3: b"\xcc" * 4}
    assert packet.payload == b"x"


@pytest.mark.parametrize("terminator", ["f0", "03"])
def test_an_element_of_id_15_or_0_with_a_length_ends_the_list(terminator: str) -> None:
    block = bytes.fromhex("bede0002 10aa" + terminator + "20bbbb0000".replace(" ", ""))
    packet = RtpPacket.parse(bytes.fromhex("906000010000000200000003") + block)
    assert packet.extensions == {1: b"\xaa"}


def test_contributing_sources_and_padding_are_skipped() -> None:
    header = bytes.fromhex("a2e0fffe0000000200000003") + bytes(8)
    packet = RtpPacket.parse(header + b"media" + b"\0\0\3")
    assert (packet.payload, packet.marker, packet.payload_type, packet.sequence_number) == (b"media", True, 96, 65_534)
    assert RtpPacket.parse(header + b"\0\0\0\4").payload == b""


@pytest.mark.parametrize(("key", "size"), [(0, 1), (256, 1), (1, 256)])
def test_an_extension_without_wire_form_is_our_own_mistake(key: int, size: int) -> None:
    with pytest.raises(ValueError, match="wire form") as caught:
        RtpPacket(96, 1, 2, 3, extensions={key: bytes(size)}).serialize()
    assert not isinstance(caught.value, ParseError)


@pytest.mark.parametrize(
    ("second", "rtcp"), [(191, False), (192, True), (200, True), (206, True), (223, True), (224, False)]
)
def test_rtcp_is_told_from_rtp_by_its_packet_type(second: int, rtcp: bool) -> None:
    assert is_rtcp(bytes((0x80, second))) is rtcp
    assert not is_rtcp(bytes((0x80,)))
