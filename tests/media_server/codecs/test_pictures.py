"""Records and headers of pictures: what encoders wrote is read, what is broken raises CodecError and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.codecs import av1, h264, hevc, nal, vp8, vp9
from media_server.codecs.errors import CodecError
from media_server.codecs.names import codec_string
from tests.media_server.codecs.records import encoded

SEEDS = sorted((Path(__file__).parent / "seeds").glob("*.hex"))
PARSERS: dict[str, Callable[[bytes], object]] = {
    "avcc": h264.parse_avcc,
    "hvcc": hevc.parse_hvcc,
    "hevcsps": hevc.parse_sequence_parameters,
    "av1c": av1.parse_av1c,
    "obus": av1.split_obus,
    "sequence": av1.parse_sequence_header,
    "vpcc": vp9.parse_vpcc,
    "vp9frame": vp9.parse_key_frame,
    "vp8frame": vp8.key_frame_size,
    "lengths": nal.split_lengths,
}
X265 = "x265-params=log-level=none"


def avcc(width: int = 322, height: int = 242, options: str = "preset=ultrafast") -> bytes:
    nals = nal.split_byte_stream(encoded("libx264", width, height, options)[0])
    return h264.build_avcc(*([each for each in nals if each[0] & 0x1F == kind] for kind in (7, 8)))


def hvcc(width: int = 322, height: int = 242, options: str = X265) -> bytes:
    nals = nal.split_byte_stream(encoded("libx265", width, height, options)[0])
    return hevc.build_hvcc(*([each for each in nals if hevc.nal_type(each) == kind] for kind in hevc.PARAMETER_SETS))


def av1_header(width: int = 320, height: int = 242) -> bytes:
    obus = av1.split_obus(encoded("libsvtav1", width, height, "preset=13")[1])
    return next(obu.payload for obu in obus if obu.kind == av1.OBU_SEQUENCE_HEADER)


def vp9_frame(width: int = 322, height: int = 242) -> bytes:
    return encoded("libvpx-vp9", width, height, "deadline=realtime,cpu-used=8")[1]


@pytest.mark.parametrize("size", [(322, 242), (640, 360), (176, 144)])
def test_sizes_are_read_as_they_were_encoded(size: tuple[int, int]) -> None:
    sps = h264.parse_sequence_parameters(h264.parse_avcc(avcc(*size)).sps[0])
    assert (sps.width, sps.height) == size
    other = hevc.parse_sequence_parameters(hevc.parse_hvcc(hvcc(*size)).sps[0])
    assert (other.width, other.height) == size
    header = av1.parse_sequence_header(av1_header(*size))
    assert (header.width, header.height) == size
    key = vp9.parse_key_frame(vp9_frame(*size))
    assert (key.width, key.height) == size
    assert vp8.key_frame_size(encoded("libvpx", *size)[1]) == size


@pytest.mark.parametrize(("options", "reorders"), [("bf=2", 2), ("bf=0", 0), ("tune=zerolatency", 0)])
def test_an_sps_says_how_many_pictures_are_reordered_and_how_fast_they_come(options: str, reorders: int) -> None:
    sps = h264.parse_sequence_parameters(h264.parse_avcc(avcc(options=options)).sps[0])
    assert sps.reorder_frames == reorders
    assert sps.frame_rate == pytest.approx(30)


def test_baseline_never_reorders() -> None:
    sps = h264.parse_sequence_parameters(h264.parse_avcc(avcc(options="profile=baseline")).sps[0])
    assert (sps.profile, sps.reorder_frames) == (66, 0)


@pytest.mark.parametrize(("frames", "reorders"), [(0, False), (3, True)])
def test_an_hevc_sps_says_whether_pictures_are_reordered(frames: int, reorders: bool) -> None:
    record = hvcc(options=f"{X265}:bframes={frames}")
    assert (hevc.parse_sequence_parameters(hevc.parse_hvcc(record).sps[0]).reorder_frames > 0) is reorders


def test_a_vui_that_is_cut_short_says_nothing_and_the_size_is_read() -> None:
    whole = h264.parse_avcc(avcc(options="bf=2")).sps[0]
    cut = h264.parse_sequence_parameters(whole[:-6])
    assert (cut.width, cut.height, cut.reorder_frames) == (322, 242, None)


@pytest.mark.parametrize(
    ("codec", "record", "name"),
    [
        ("h264", lambda: avcc(options="profile=baseline"), "avc1.42c0"),
        ("hevc", hvcc, "hvc1.1.6.L60.90"),
        ("hevc", lambda: b"\x01\x42\x20\x00\x00\x00\xb0\x00\x00\x00\x00\x00\x99" + bytes(10), "hvc1.A2.4.L153.B0"),
        ("av1", lambda: av1.build_av1c(av1_header()), "av01.0.00M.08"),
        ("vp9", lambda: vp9.build_vpcc(vp9_frame()), "vp09.00.20.08"),
        ("vp8", bytes, "vp08.00.10.08"),
    ],
    ids=["h264", "hevc", "hevc-main10", "av1", "vp9", "vp8"],
)
def test_codecs_have_the_names_that_players_know(codec: str, record: Callable[[], bytes], name: str) -> None:
    assert codec_string(codec, record()).startswith(name)


def test_an_av1c_record_is_that_of_the_encoder() -> None:
    record = av1.build_av1c(av1_header())
    assert record[0] == 0x81
    assert av1.parse_av1c(record) == av1.parse_sequence_header(av1_header())
    with pytest.raises(CodecError):
        av1.parse_av1c(record[:4])


def test_a_temporal_unit_goes_through_without_its_delimiter() -> None:
    unit = encoded("libsvtav1", 320, 242, "preset=13")[1]
    obus = av1.split_obus(unit)
    assert av1.is_key_unit(obus)
    again = av1.split_obus(av1.join_obus(obus))
    assert again == [obu for obu in obus if obu.kind != av1.OBU_TEMPORAL_DELIMITER]
    assert not av1.is_key_unit([obu for obu in obus if obu.kind != av1.OBU_SEQUENCE_HEADER])


@given(st.integers(0, 0xFFFFFFFF))
def test_leb128_is_read_as_it_was_written(value: int) -> None:
    written = av1.write_leb128(value)
    assert av1.read_leb128(written, 0) == (value, len(written))


def test_key_frames_of_vp8_and_vp9_are_told_from_others() -> None:
    assert vp8.is_key_frame(encoded("libvpx", 320, 240)[1])
    assert not vp8.is_key_frame(b"\x11")
    assert not vp8.is_key_frame(b"")
    assert vp9.is_key_frame(vp9_frame())
    assert not vp9.is_key_frame(b"\x86\x00")
    assert not vp9.is_key_frame(b"")


def test_nal_units_go_between_byte_streams_and_lengths() -> None:
    nals = [b"\x67\x01\x02", b"\x68\x00\x00\x03\x01", b"\x65" + bytes(3) + b"\x01x"[1:]]
    assert nal.split_lengths(nal.join_lengths(nals)) == nals
    assert nal.split_byte_stream(nal.join_byte_stream(nals[:2])) == nals[:2]
    assert nal.split_lengths(b"\x00\x02ab\x00\x00\x00\x01c", length_size=2) == [b"ab", b"c"]


def test_a_vpcc_record_is_read_with_and_without_the_version_of_its_box() -> None:
    record = vp9.build_vpcc(vp9_frame())
    assert vp9.parse_vpcc(record) == vp9.parse_vpcc(b"\x01\x00\x00\x00" + record)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_a_seed_raises_codec_error(seed: Path) -> None:
    kind, _, _ = seed.stem.partition("-")
    parse = PARSERS.get(kind, h264.parse_sequence_parameters)
    with pytest.raises(CodecError):
        parse(bytes.fromhex(seed.read_text()))


@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=600))
def test_arbitrary_bytes_raise_codec_error_alone(kind: str, data: bytes) -> None:
    with suppress(CodecError):
        PARSERS[kind](data)


@given(
    st.sampled_from(["avcc", "hvcc", "av1c", "vp9frame"]),
    st.integers(0, 4000),
    st.integers(0, 255),
    st.integers(0, 4000),
)
def test_damaged_records_raise_codec_error_alone(kind: str, position: int, value: int, end: int) -> None:
    whole = {"avcc": avcc, "hvcc": hvcc, "av1c": lambda: av1.build_av1c(av1_header()), "vp9frame": vp9_frame}[kind]()
    damaged = bytearray(whole)
    damaged[position % len(damaged)] = value
    with suppress(CodecError):
        PARSERS[kind](bytes(damaged[: 1 + end % len(damaged)]))
    with suppress(CodecError):
        codec_string({"avcc": "h264", "hvcc": "hevc", "av1c": "av1", "vp9frame": "vp9"}[kind], bytes(damaged))
