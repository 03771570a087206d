"""Claims about how a parallel run shares out its tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sharing import LONG, PAGES, PRODUCTS, processes_for, turn_of, unit_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        ("tests/mixer/host/test_sessions.py::test_a[x::y/z]", "tests/mixer/host/test_sessions.py"),
        ("tests/e2e/test_chat.py::test_a", "tests/e2e/"),
        ("tests/e2e/dj/test_company.py::test_a", "tests/e2e/"),
        ("tests/e2e/test_outage.py::test_a", "tests/e2e/"),
        ("tests/deploy/test_demo.py::test_a", "whole products"),
        ("tests/deploy/test_standalone.py::test_a", "whole products"),
        ("tests/deploy/test_plan.py::test_a", "tests/deploy/test_plan.py"),
    ],
    ids=[
        "a file",
        "a page",
        "another page",
        "a page of its own product",
        "a product",
        "another product",
        "a file beside it",
    ],
)
def test_what_shares_its_start_or_needs_a_processor_stays_together(nodeid: str, unit: str) -> None:
    assert unit_of(nodeid) == unit


def test_what_takes_long_begins_first_and_the_rest_keeps_its_order() -> None:
    collected = [
        "tests/control_api/chat/test_chat.py::test_b",
        "tests/control_api/chat/test_chat.py::test_a",
        "tests/deploy/test_plan.py::test_a",
        "tests/media_server/test_worker.py::test_a",
        "tests/deploy/test_demo.py::test_a",
        "tests/e2e/test_outage.py::test_a",
        "tests/e2e/dj/test_company.py::test_a",
    ]
    order = [5, 6, 4, 3, 2, 0, 1]
    assert sorted(collected, key=turn_of) == [collected[place] for place in order]


def test_waiting_tests_share_a_core_up_to_a_limit() -> None:
    assert [processes_for(cores) for cores in (1, 2, 64)] == [2, 3, 8]


def test_what_is_named_is_there() -> None:
    assert [name for name in (PAGES, *PRODUCTS, *LONG) if not (ROOT / name).exists()] == []
