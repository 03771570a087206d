"""Key frames seen in payloads written by hand, and in garbage."""

from __future__ import annotations

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.errors import ParseError
from media_server.rtp.keyframe import starts_keyframe
from media_server.rtp.vp8 import parse_descriptor

CODECS = ["H264", "VP8", "VP9", "AV1", "H265"]


@pytest.mark.parametrize(
    ("codec", "payload", "is_key"),
    [
        ("H264", "65 88", True),
        ("H264", "67 42", True),
        ("H264", "68 ce", False),
        ("H264", "41 9a", False),
        ("H264", "06 05", False),
        ("H264", "78 0002 6742 0002 68ce", True),
        ("H264", "78 0002 68ce 0002 6588", True),
        ("H264", "78 0002 68ce 0002 419a", False),
        ("H264", "78 0000 0002 6588", True),
        ("H264", "78 00ff 6742", False),
        ("H264", "7c 85 88", True),
        ("H264", "7c 05 88", False),
        ("H264", "7c 45 88", False),
        ("H264", "7c 81 88", False),
        ("H264", "7c", False),
        ("H265", "2601 af", True),
        ("H265", "4001 0c", True),
        ("H265", "4201 01", True),
        ("H265", "4401 c1", False),
        ("H265", "0201 d0", False),
        ("H265", "6201 93 af", True),
        ("H265", "6201 13 af", False),
        ("H265", "6001 0002 4001 0002 4201", True),
        ("H265", "6001 0002 4401 0002 0201", False),
        ("VP8", "10 50", True),
        ("VP8", "10 51", False),
        ("VP8", "00 50", False),
        ("VP8", "11 50", False),
        ("VP8", "90 80 8123 50", True),
        ("VP8", "90 e0 8123 07 40 50", True),
        ("VP8", "90 e0 8123 07 40 51", False),
        ("VP8", "90 80 8123", False),
        ("VP9", "08 82", True),
        ("VP9", "48 82", False),
        ("VP9", "00 82", False),
        ("VP9", "88 8123 82", True),
        ("VP9", "a8 8123 00 00", True),
        ("VP9", "a8 8123 02 00", False),
        ("VP9", "a8 23 02 00", False),
        ("VP9", "a8 23 20 00", True),
        ("AV1", "18 0a", True),
        ("AV1", "10 32", False),
        ("AV1", "08", False),
        ("opus", "fc ff", False),
    ],
)
def test_the_first_packet_of_a_key_frame_is_known(codec: str, payload: str, is_key: bool) -> None:
    assert starts_keyframe(codec, bytes.fromhex(payload)) is is_key


@given(st.binary(max_size=40))
def test_garbage_is_answered_and_never_raises(payload: bytes) -> None:
    assert all(isinstance(starts_keyframe(codec, payload), bool) for codec in CODECS)


@given(st.binary(max_size=12))
def test_the_vp8_descriptor_is_read_as_aiortc_reads_it(payload: bytes) -> None:
    try:
        theirs, rest = VpxPayloadDescriptor.parse(payload)
    except ValueError:
        theirs = None
    try:
        ours = parse_descriptor(payload)
    except ParseError:
        ours = None
    assert (theirs is None) == (ours is None)
    if theirs is None or ours is None:
        return
    assert payload[ours.size :] == rest
    # aiortc counts the reserved bit above the three of RFC 7741's PID.
    assert (int(ours.is_partition_start), ours.partition) == (theirs.partition_start, theirs.partition_id & 7)
    assert (ours.picture_id, ours.tl0_picture_index, ours.key_index) == (
        theirs.picture_id,
        theirs.tl0picidx,
        theirs.keyidx,
    )
    assert ours.temporal_layer == (None if theirs.tid is None else theirs.tid[0])


def test_a_truncated_vp8_descriptor_is_an_error() -> None:
    for payload in ("", "80", "9080", "908081", "90c08123", "90a08123"):
        with pytest.raises(ParseError):
            parse_descriptor(bytes.fromhex(payload))
