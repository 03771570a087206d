"""Claims about parameter sets out of decoder configuration records, whatever the records are."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_api.replays.parameter_sets import ParameterSetsUnfit, parameter_sets

SEEDS = {
    codec: bytes.fromhex((Path(__file__).parent / "seeds" / f"{name}.hex").read_text())
    for codec, name in (("h264", "avcc"), ("hevc", "hvcc"))
}


def units(sets: bytes) -> list[bytes]:
    found = []
    while sets:
        length = int.from_bytes(sets[:4], "big")
        found.append(sets[4 : 4 + length])
        sets = sets[4 + length :]
    return found


def test_those_of_h264_are_its_sequence_and_picture_parameters() -> None:
    assert [unit[0] & 0x1F for unit in units(parameter_sets("h264", SEEDS["h264"]))] == [7, 8]


def test_those_of_hevc_are_in_order() -> None:
    kinds = [(unit[0] >> 1) & 0x3F for unit in units(parameter_sets("hevc", SEEDS["hevc"]))]
    assert kinds[:3] == [32, 33, 34]


@pytest.mark.parametrize("codec", ["av1", "vp9", "aac"])
def test_codecs_that_say_it_in_their_key_frames_need_none(codec: str) -> None:
    assert parameter_sets(codec, b"anything") == b""


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_record_that_is_cut_off_is_refused_wherever_that_is(codec: str) -> None:
    whole = parameter_sets(codec, SEEDS[codec])
    for length in range(len(SEEDS[codec])):
        with suppress(ParameterSetsUnfit):
            # What stands behind the sets may be missing.
            assert parameter_sets(codec, SEEDS[codec][:length]) == whole


@given(st.sampled_from(["h264", "hevc"]), st.binary(max_size=200))
def test_whatever_the_record_is_there_is_one_error(codec: str, record: bytes) -> None:
    with suppress(ParameterSetsUnfit):
        assert sum(len(unit) + 4 for unit in units(parameter_sets(codec, record))) >= 0


@given(st.sampled_from(["h264", "hevc"]), st.data())
def test_a_seed_with_other_bytes_is_read_or_refused(codec: str, data: st.DataObject) -> None:
    record = bytearray(SEEDS[codec])
    for _ in range(data.draw(st.integers(1, 5))):
        record[data.draw(st.integers(0, len(record) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ParameterSetsUnfit):
        assert isinstance(parameter_sets(codec, bytes(record)), bytes)
