"""Dependency descriptors are read as encoders write them, and what is none raises ParseError alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.dependency_descriptor import (
    DISCARDABLE,
    NOT_PRESENT,
    SWITCH,
    DependencyStructure,
    parse_dependency_descriptor,
)
from media_server.rtp.errors import ParseError
from tests.support.dependency_descriptors import L1T3, L3T1_KEY, Structure, Template, descriptor

SEEDS = sorted((Path(__file__).parent / "seeds").glob("dd-*.hex"))
KEY = descriptor(5, 1, structure=L1T3)


def structure_of(structure: Structure) -> DependencyStructure:
    told = parse_dependency_descriptor(descriptor(structure.offset, 0, structure=structure), None)
    assert told is not None
    return told.structure


def test_a_structure_is_read_with_its_templates_targets_and_sizes() -> None:
    structure = structure_of(L3T1_KEY)
    assert structure.offset == 60
    assert [(t.spatial, t.temporal) for t in structure.templates] == [(0, 0), (0, 0), (1, 0), (1, 0), (2, 0), (2, 0)]
    assert structure.templates[3].indications == (NOT_PRESENT, SWITCH, NOT_PRESENT)
    assert structure.targets == ((0, 0), (1, 0), (2, 0))
    assert structure.sizes == ((320, 180), (640, 360), (1280, 720))
    assert structure_of(L1T3).targets == ((0, 0), (0, 1), (0, 2))
    assert structure_of(L1T3).sizes == ()


def test_three_bytes_refer_to_the_structure_that_is_known() -> None:
    told = parse_dependency_descriptor(descriptor(7, 65_535, ends=False), structure_of(L1T3))
    assert told is not None
    assert (told.starts_frame, told.ends_frame, told.frame_number) == (True, False, 65_535)
    assert (told.spatial, told.temporal) == (0, 1)
    assert told.indications == (NOT_PRESENT, DISCARDABLE, SWITCH)
    assert not told.brings_structure
    assert parse_dependency_descriptor(descriptor(7, 1), None) is None


def test_template_ids_wrap_at_64() -> None:
    told = parse_dependency_descriptor(descriptor(1, 1), structure_of(L3T1_KEY))
    assert told is not None
    assert told.spatial == 2


def test_what_a_frame_says_of_itself_comes_before_its_template() -> None:
    told = parse_dependency_descriptor(descriptor(7, 1, active=(0b011, 3), own="-RD"), structure_of(L1T3))
    assert told is not None
    assert told.indications == (0, 3, 1)
    assert told.active == 0b011
    brought = parse_dependency_descriptor(KEY, None)
    assert brought is not None
    assert brought.active == 0b111


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_a_seed_raises_parse_error(seed: Path) -> None:
    with pytest.raises(ParseError):
        parse_dependency_descriptor(bytes.fromhex(seed.read_text()), structure_of(L1T3))


@given(st.binary(max_size=80))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for known in (None, structure_of(L1T3)):
        with suppress(ParseError):
            parse_dependency_descriptor(data, known)


@given(
    st.lists(st.integers(0, 2), max_size=12), st.integers(1, 32), st.integers(0, 63), st.randoms(use_true_random=False)
)
def test_any_structure_comes_back_as_it_was_written(steps: list[int], targets: int, offset: int, rng: object) -> None:
    layers = [(0, 0)]
    for step in steps:
        spatial, temporal = layers[-1]
        if step == 1 and temporal < 7:
            layers.append((spatial, temporal + 1))
        elif step == 2 and spatial < 3:
            layers.append((spatial + 1, 0))
        else:
            layers.append((spatial, temporal))
    choice = rng.choice  # type: ignore[attr-defined]
    templates = [Template(s, t, "".join(choice("-DSR") for _ in range(targets))) for s, t in layers]
    structure = structure_of(Structure(templates, offset))
    assert [(t.spatial, t.temporal) for t in structure.templates] == layers
    assert [t.indications for t in structure.templates] == [
        tuple("-DSR".index(letter) for letter in template.indications) for template in templates
    ]
