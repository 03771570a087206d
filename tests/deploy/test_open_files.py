"""A process may have as many sockets open as the system lets it, not as few as it began with."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from deploy.processes.open_files import allow_open_files


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_is_raised_and_never_lowered(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (500, hard))
    assert allow_open_files(600) == 600
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (600, hard)
    assert allow_open_files(550) == 600
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (600, hard)


def test_the_hard_limit_is_the_most(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (500, hard))
    assert allow_open_files(hard + 1) == hard
