"""RTP, RTCP and what they carry."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from media_server.rtp.assembly import AccessUnitAssembler
from media_server.rtp.dependency_descriptor import parse_dependency_descriptor
from media_server.rtp.errors import ParseError
from media_server.rtp.extensions import DEPENDENCY_DESCRIPTOR, PASSED_ON, ExtensionMap
from media_server.rtp.keyframe import starts_keyframe
from media_server.rtp.nack import MAX_MISSING, NackGenerator
from media_server.rtp.packet import HEADER_LENGTH, RtpPacket
from media_server.rtp.parts import PART_READERS, Cut, read_vp8
from media_server.rtp.payloads import PAYLOAD_FORMATS
from media_server.rtp.red import parse_red, write_red
from media_server.rtp.reorder import DEFAULT_CAPACITY, ReorderBuffer
from media_server.rtp.rtcp import (
    Fir,
    Goodbye,
    Nack,
    Pli,
    ReceiverReport,
    Remb,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    TransportFeedback,
    parse_compound,
    serialize_compound,
)
from media_server.rtp.rtx import unwrap_rtx
from media_server.rtp.twcc import MAX_SPAN, TransportFeedbackRecorder
from tests.fuzz.target import Target, joined, pieces

CODECS: Final = sorted(PAYLOAD_FORMATS)
_CUTS: Final = (Cut(), Cut(0, 0), Cut(1, 0), Cut(None, 1))


def rtp(data: bytes) -> None:
    """What is read is written and read again as the same."""
    with suppress(ParseError):
        packet = RtpPacket.parse(data)
        assert RtpPacket.parse(packet.serialize()) == packet
        unwrap_rtx(packet, payload_type=1, ssrc=1)


def rtcp(data: bytes) -> None:
    """What is read can be written; of transport feedback what it says is what it would be made of."""
    with suppress(ParseError):
        packets = parse_compound(data)
        serialize_compound(packets)
        for packet in packets:
            if isinstance(packet, TransportFeedback):
                assert len(packet.deltas) == packet.status_count


def red(data: bytes) -> None:
    """What is read is written as it was."""
    with suppress(ParseError):
        assert write_red(parse_red(data)) == data


def payload(data: bytes) -> None:
    """The first byte says of which codec the payloads are that follow each other."""
    codec = CODECS[data[0] % len(CODECS)] if data else CODECS[0]
    reader = PAYLOAD_FORMATS[codec]()
    parts = PART_READERS[codec]() if codec in PART_READERS else None
    for piece in pieces(data[1:]):
        starts_keyframe(codec, piece)
        reader.begins_key_picture(piece)
        part = None
        if parts is not None:
            part = parts.read(piece, {DEPENDENCY_DESCRIPTOR: piece[:255]})
            parts.sizes()
        elif codec == "VP8":
            starts, picture_id_at, tl0_at, part = read_vp8(piece)
            assert starts == starts_keyframe(codec, piece)
            assert max(picture_id_at, tl0_at) < len(piece) or not piece
        if part is not None:
            for cut in _CUTS:
                part.is_within(cut)
                part.ends_picture(cut)
                part.lets_in(Cut(0, 0), cut)
        with suppress(ParseError):
            units = reader.read(piece)
            assert all(units)
            if units:
                reader.is_key(units)
                reader.is_picture(units)


def dependency_descriptor(data: bytes) -> None:
    """Descriptors of one stream: a later one may refer to what an earlier one brought."""
    structure = None
    for piece in pieces(data):
        with suppress(ParseError):
            descriptor = parse_dependency_descriptor(piece, structure)
            if descriptor is not None:
                structure = descriptor.structure
                assert len(descriptor.indications) == len(structure.targets)


def extensions(data: bytes) -> None:
    """Whatever a source said is written towards a peer such that it is read back."""
    keys = dict(zip(PASSED_ON, range(1, 1 + len(PASSED_ON)), strict=True))
    said = dict(zip(PASSED_ON, (piece for piece in pieces(data)), strict=False))
    for may_mix in (False, True):
        block = ExtensionMap(tuple(keys.items()), may_mix=may_mix).block(said, now=1.0)
        if not block:
            continue
        assert len(block) % 4 == 0
        packet = RtpPacket.parse(b"\x90\x60" + bytes(HEADER_LENGTH - 2) + block + b"media")
        assert packet.payload == b"media"
        written = {uri: value for uri, key in keys.items() if (value := packet.extensions.get(key)) is not None}
        assert written.items() <= said.items()


def stream(data: bytes) -> None:
    """Packets of one source, as they come, up to whole pictures; then what is asked for and reported."""
    reorder, nack = ReorderBuffer(), NackGenerator()
    recorder = TransportFeedbackRecorder(sender_ssrc=1, media_ssrc=2)
    assembler = AccessUnitAssembler(PAYLOAD_FORMATS[CODECS[data[0] % len(CODECS)] if data else CODECS[0]]())
    now = 0.0
    for piece in pieces(data[1:]):
        if len(piece) < 5:
            continue
        number, timestamp = int.from_bytes(piece[:2], "big"), int.from_bytes(piece[2:4], "big")
        now += (piece[4] & 0x7F) / 1000
        packet = RtpPacket(96, number, timestamp, 1, bool(piece[4] & 0x80), piece[5:])
        nack.receive(number, now=now)
        recorder.receive(timestamp, now=now)
        for ready in (*reorder.receive(packet, now=now), *reorder.poll(now=now)):
            assembler.receive(ready.packet, lost_before=ready.lost_before)
        assert len(reorder._held) <= DEFAULT_CAPACITY
        assert len(nack.due(now=now)) <= MAX_MISSING
    told = recorder.due(now=now + 1)
    assert sum(len(feedback.deltas) for feedback in told) <= MAX_SPAN + 1


def _packets() -> list[bytes]:
    plain = RtpPacket(96, 1, 2, 3, True, b"media")
    said = RtpPacket(96, 1, 2, 3, False, b"media", {1: b"\x80", 4: b"mid"})
    long = RtpPacket(96, 1, 2, 3, False, b"media", {20: b"x" * 40})
    return [packet.serialize() for packet in (plain, said, long)]


def _reports() -> list[bytes]:
    block = ReportBlock(1, 2, 3, 4, 5, 6, 7)
    every: list[RtcpPacket] = [
        SenderReport(1, 2, 3, 4, 5, (block,)),
        ReceiverReport(1, (block, block)),
        SourceDescription.of_cname(1, "cname"),
        Nack(1, 2, (3, 4, 9, 100)),
        Pli(1, 2),
        Fir(1, ((2, 3),)),
        Remb(1, 1_000_000, (1, 2)),
        TransportFeedback.of(1, 2, 3, 4, 5, [1, None, 300, -5, 1] + [1] * 20 + [None] * 30),
        Goodbye((1,), b"bye"),
    ]
    return [serialize_compound([packet]) for packet in every] + [serialize_compound(every)]


def _payloads() -> list[bytes]:
    shown = {
        "AV1": ("28030a01023201", "9002"),
        "H264": ("7800036742c0000268cb", "7c85aa", "7c45bb", "65aa"),
        "H265": ("600100034001010004420102ff", "620193aa", "620153cc"),
        "VP8": ("9080 81 02 10 00", "10 9d012a"),
        "VP9": ("0a 18 0140 00f0 01 04 00 85", "b88005 02 85"),
    }
    return [bytes((CODECS.index(codec),)) + joined(*map(bytes.fromhex, parts)) for codec, parts in shown.items()]


def _pictures() -> list[bytes]:
    frame = [n.to_bytes(2, "big") + b"\0\1" + bytes((0x80 * (n == 2),)) + b"\x65media" for n in range(3)]
    return [bytes((CODECS.index("H264"),)) + joined(*frame)]


TARGETS: Final = (
    Target("rtp", rtp, ("rtp/seeds/rtp-*.hex",), _packets),
    Target("rtcp", rtcp, ("rtp/seeds/rtcp-*.hex",), _reports),
    Target("red", red, (), lambda: [bytes.fromhex("ef0780036f") + b"oldmedia", b"\x6fmedia"]),
    Target("payload", payload, (), _payloads),
    Target(
        "dependency_descriptor",
        dependency_descriptor,
        ("rtp/seeds/dependency-*.hex",),
        lambda: [joined(bytes.fromhex("800001800214eaa860414d141020842701df010d"), bytes.fromhex("c00002"))],
    ),
    Target("extensions", extensions, (), lambda: [joined(b"\x80" * 8, b"\x05", b"\x01", b"\0\0\1"), joined(b"x" * 40)]),
    Target("stream", stream, (), _pictures),
)
