"""Payload formats beside H.264: fragments are joined, what is broken raises ParseError and nothing else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.av1 import Av1Payloads
from media_server.rtp.errors import ParseError
from media_server.rtp.h265 import H265Payloads
from media_server.rtp.payloads import PAYLOAD_FORMATS
from media_server.rtp.vp9 import Vp9Payloads, parse_vp9_descriptor

SEEDS = sorted(
    path for name in ("h265", "av1", "vp9") for path in (Path(__file__).parent / "seeds").glob(f"{name}-payload-*.hex")
)


def test_hevc_fragments_and_aggregates_are_taken_apart() -> None:
    payloads = H265Payloads()
    assert payloads.read(bytes.fromhex("600100034001010004420102ff")) == [b"\x40\x01\x01", b"\x42\x01\x02\xff"]
    assert payloads.read(bytes.fromhex("620193aa")) == []
    assert payloads.in_fragment
    assert payloads.read(bytes.fromhex("620113bb")) == []
    assert payloads.read(bytes.fromhex("620153cc")) == [b"\x26\x01\xaa\xbb\xcc"]
    assert payloads.is_key([b"\x26\x01\xaa"])
    assert payloads.begins_key_picture(bytes.fromhex("600100034001010004"))


def test_av1_elements_and_fragments_are_taken_apart() -> None:
    payloads = Av1Payloads()
    assert payloads.read(bytes.fromhex("28030a01023201")) == [b"\x0a\x01\x02", b"\x32\x01"]
    assert payloads.read(bytes.fromhex("503201")) == []
    assert payloads.in_fragment
    assert payloads.read(bytes.fromhex("9002")) == [b"\x32\x01\x02"]
    assert payloads.begins_key_picture(bytes.fromhex("280a"))
    assert not payloads.begins_key_picture(bytes.fromhex("880a"))


@pytest.mark.parametrize(
    ("payload", "size", "layer"),
    [("0885", 1, 0), ("88 05 85", 2, 0), ("888005 85", 3, 0), ("28 02 00 85", 3, 1), ("b88005 02 85", 4, 1),
     ("d805 03 02 85", 4, 0), ("0a 18 0140 00f0 01 04 00 85", 9, 0)],
    ids=["plain", "short-id", "long-id", "layer", "layer-flexible", "references", "structure"],
)  # fmt: skip
def test_vp9_descriptors_of_all_shapes_are_read(payload: str, size: int, layer: int) -> None:
    data = bytes.fromhex(payload)
    descriptor = parse_vp9_descriptor(data)
    assert (descriptor.size, descriptor.spatial_layer) == (size, layer)
    assert Vp9Payloads().read(data) == ([] if layer else [data[size:]])


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_a_seed_raises_parse_error(seed: Path) -> None:
    payloads = PAYLOAD_FORMATS[seed.stem.partition("-")[0].upper()]()
    with pytest.raises(ParseError):
        payloads.read(bytes.fromhex(seed.read_text()))


@given(st.sampled_from(sorted(PAYLOAD_FORMATS)), st.lists(st.binary(max_size=40), max_size=12))
def test_arbitrary_payloads_raise_parse_error_alone(codec: str, payloads: list[bytes]) -> None:
    reader = PAYLOAD_FORMATS[codec]()
    for payload in payloads:
        reader.begins_key_picture(payload)
        with suppress(ParseError):
            units = reader.read(payload)
            assert all(units)
            if units:
                reader.is_key(units)
                reader.is_picture(units)
