"""Claims about reading a Range header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_api.api.ranges import Part, Unsatisfiable, requested_part

ALL_OF_IT = None


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", Part(0, 1)),
        ("bytes=0-99", Part(0, 100)),
        ("bytes=90-", Part(90, 10)),
        ("bytes=90-500", Part(90, 10)),
        ("bytes=-1", Part(99, 1)),
        ("bytes=-500", Part(0, 100)),
        ("bytes= 5 - 6 ", Part(5, 2)),
        (None, ALL_OF_IT),
        ("", ALL_OF_IT),
        ("bytes=-", ALL_OF_IT),
        ("bytes=5-4", ALL_OF_IT),
        ("bytes=0-1,5-6", ALL_OF_IT),
        ("items=0-1", ALL_OF_IT),
        ("bytes=a-b", ALL_OF_IT),
        ("bytes=١-٢", ALL_OF_IT),
        ("bytes=0-" + "9" * 30, ALL_OF_IT),
    ],
    ids=str,
)
def test_one_range_is_read_as_rfc_9110_says_and_anything_else_is_all_of_it(
    header: str | None, part: Part | None
) -> None:
    assert requested_part(header, 100) == part


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0), ("bytes=-5", 0)])
def test_a_range_behind_the_end_cannot_be_satisfied(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        requested_part(header, size)


@given(st.text(max_size=30) | st.from_regex(r"bytes=[0-9]{0,20}-[0-9]{0,20}", fullmatch=True), st.integers(0, 2**40))
def test_no_header_gives_a_part_outside_the_file(header: str, size: int) -> None:
    try:
        part = requested_part(header, size)
    except Unsatisfiable:
        return
    assert part is None or (part.length > 0 and part.start >= 0 and part.start + part.length <= size)
