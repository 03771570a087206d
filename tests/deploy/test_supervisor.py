"""The supervisor with real processes: small Python programs that do what is asked of them."""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from deploy.standalone.child import ChildSpec
from deploy.standalone.console import Console
from deploy.standalone.embedded import Launch, ServerFailed
from deploy.standalone.lifecycle import Limits, State
from deploy.standalone.supervisor import Supervisor
from tests.support.waiting import eventually

# Says that it is ready by making a file, notes its end in a common journal, and ends on SIGTERM.
OBEDIENT = """
import pathlib, signal, sys, time
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def end(*_):
    with (folder / "journal").open("a") as journal:
        journal.write(f"{name} ended\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
with (folder / "journal").open("a") as journal:
    journal.write(f"{name} started\\n")
print("hello from", name, flush=True)
(folder / name).touch()
while True:
    time.sleep(60)
"""
STUBBORN = OBEDIENT.replace("signal.signal(signal.SIGTERM, end)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
BROKEN = "import sys; print('the reason'); sys.exit(3)"


class Stage:
    """A supervisor at work, its terminal and its journal."""

    def __init__(self, folder: Path, terminal: io.StringIO, supervisor: Supervisor, task: asyncio.Task[bool]) -> None:
        self.folder = folder
        self.terminal = terminal
        self.supervisor = supervisor
        self.task = task

    @property
    def journal(self) -> list[str]:
        path = self.folder / "journal"
        return path.read_text().splitlines() if path.exists() else []

    def said(self, text: str) -> bool:
        return text in self.terminal.getvalue()


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., ChildSpec]:
    async def nothing() -> None: ...

    def spec(
        name: str,
        program: str = OBEDIENT,
        limits: Limits = Limits(start_s=20, stop_s=10),  # noqa: B008 frozen
        prepare: Callable[[], Awaitable[None]] = nothing,
    ) -> ChildSpec:
        async def is_ready(_pid: int) -> bool:
            return (tmp_path / name).exists()

        launch = Launch((sys.executable, "-c", program, name, str(tmp_path)), None, signal.SIGTERM, cwd=tmp_path)
        return ChildSpec(name, "nowhere", launch, is_ready, prepare, limits)

    return spec


@asynccontextmanager
async def supervised(folder: Path, *specs: ChildSpec, expect_ready: bool = True) -> AsyncIterator[Stage]:
    terminal = io.StringIO()
    supervisor = Supervisor(list(specs), Console(terminal))
    ready = asyncio.Event()
    task = asyncio.create_task(supervisor.run(ready))
    if expect_ready:
        async with asyncio.timeout(20):
            await ready.wait()
    try:
        yield Stage(folder, terminal, supervisor, task)
    finally:
        supervisor.ask_to_stop()
        supervisor.ask_to_stop()
        await task


async def test_children_start_in_order_and_end_in_reverse(tmp_path: Path, child: Callable[..., ChildSpec]) -> None:
    async with supervised(tmp_path, child("a"), child("b"), child("c")) as stage:
        assert stage.journal == ["a started", "b started", "c started"]
        assert stage.said("hello from b")
        stage.supervisor.ask_to_stop()
        assert await stage.task is True
    assert stage.journal[3:] == ["c ended", "b ended", "a ended"]


async def test_a_child_that_dies_is_started_again_and_the_others_go_on(
    tmp_path: Path, child: Callable[..., ChildSpec]
) -> None:
    async with supervised(tmp_path, child("a"), child("b")) as stage:
        first, second = stage.supervisor.children
        (first_pid, second_pid) = (first.pid, second.pid)
        assert first_pid is not None
        psutil.Process(first_pid).kill()
        await eventually(lambda: first.state is State.BACKING_OFF)
        await eventually(lambda: first.state is State.RUNNING)
        assert first.pid not in (None, first_pid)
        assert second.pid == second_pid
        assert stage.said("was ended by SIGKILL; it is started again in 0.5 s")
        assert stage.said("is running again")


async def test_a_child_that_never_works_ends_the_start_and_its_reason_is_shown(
    tmp_path: Path, child: Callable[..., ChildSpec]
) -> None:
    specs = child("a"), child("b", BROKEN), child("c")
    async with supervised(tmp_path, *specs, expect_ready=False) as stage:
        assert await stage.task is False
    assert stage.journal == ["a started", "a ended"]
    assert stage.said("the reason")
    assert stage.said("ended with status 3 before it was ready")


async def test_what_prevents_a_start_is_said_and_no_process_is_left(
    tmp_path: Path, child: Callable[..., ChildSpec]
) -> None:
    async def impossible() -> None:
        raise ServerFailed("there is no room for its files")

    spec = child("a", prepare=impossible)
    async with supervised(tmp_path, spec, expect_ready=False) as stage:
        assert await stage.task is False
    assert stage.journal == []
    assert stage.said("cannot start: there is no room for its files")


async def test_a_child_that_ignores_the_signal_is_killed_after_its_limit(
    tmp_path: Path, child: Callable[..., ChildSpec]
) -> None:
    async with supervised(tmp_path, child("a", STUBBORN, Limits(start_s=20, stop_s=0.3))) as stage:
        pid = stage.supervisor.children[0].pid
        stage.supervisor.ask_to_stop()
        await stage.task
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert stage.said("did not react in time and is killed")


async def test_a_second_request_does_not_wait_for_a_stubborn_child(
    tmp_path: Path, child: Callable[..., ChildSpec]
) -> None:
    async with supervised(tmp_path, child("a"), child("b", STUBBORN, Limits(start_s=20, stop_s=60))) as stage:
        stage.supervisor.ask_to_stop()
        await eventually(lambda: stage.supervisor.children[1].state is State.STOPPING)
        stage.supervisor.ask_to_stop()
        async with asyncio.timeout(10):
            await stage.task


async def test_stopping_in_the_middle_of_a_start_ends_what_was_started(
    tmp_path: Path, child: Callable[..., ChildSpec]
) -> None:
    slow = child("b", "import time; time.sleep(60)")
    async with supervised(tmp_path, child("a"), slow, expect_ready=False) as stage:
        await eventually(lambda: len(stage.journal) == 1 and stage.supervisor.children[1].pid is not None)
        stage.supervisor.ask_to_stop()
        await stage.task
    assert stage.journal == ["a started", "a ended"]


async def test_a_grandchild_that_holds_the_output_does_not_hide_the_end_of_a_child(
    tmp_path: Path, child: Callable[..., ChildSpec]
) -> None:
    holder = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'])\n"
    async with supervised(tmp_path, child("a", holder + OBEDIENT)) as stage:
        only = stage.supervisor.children[0]
        assert only.pid is not None
        psutil.Process(only.pid).kill()
        await eventually(lambda: only.state is State.BACKING_OFF, timeout_s=3)


async def test_when_nobody_reads_the_output_any_more_everything_ends_in_order(
    tmp_path: Path, child: Callable[..., ChildSpec]
) -> None:
    async with supervised(tmp_path, child("a"), child("b")) as stage:

        def broken(_text: str) -> int:
            raise BrokenPipeError

        stage.terminal.write = broken  # type: ignore[method-assign]
        pid = stage.supervisor.children[1].pid
        assert pid is not None
        psutil.Process(pid).kill()  # it will be said, and that fails
        async with asyncio.timeout(10):
            await stage.task
    assert stage.journal[-1] == "a ended"


async def test_only_lines_with_hushed_words_are_left_out() -> None:
    terminal = io.StringIO()
    stream = asyncio.StreamReader()
    stream.feed_data(b"# overcommit must be enabled\n# out of memory\n")
    stream.feed_eof()
    await Console(terminal).copy("Valkey", stream, ("overcommit must be enabled",))
    assert [line.partition("│ ")[2] for line in terminal.getvalue().splitlines()] == ["# out of memory"]


async def test_a_child_without_newlines_costs_no_memory() -> None:
    terminal = io.StringIO()
    stream = asyncio.StreamReader()
    stream.feed_data(b"x" * 100_000)
    stream.feed_eof()
    await Console(terminal).copy("a", stream)
    assert max(map(len, terminal.getvalue().splitlines())) < 9_000
    assert terminal.getvalue().count("x") == 100_000
