"""A program ends on a signal, also when a cancellation is lost on the way."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from deploy.processes import running


async def signal_us(sig: signal.Signals) -> None:
    os.kill(os.getpid(), sig)


@pytest.mark.parametrize("sig", running.STOP_SIGNALS)
def test_a_signal_cancels_the_program_which_cleans_up(sig: signal.Signals) -> None:
    cleaned_up = []

    async def program() -> None:
        try:
            await signal_us(sig)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned_up.append(True)

    assert running.run_until_signal("test", program) == 0
    assert cleaned_up == [True]


def test_a_cancellation_that_a_library_loses_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LOST_CANCELLATION_S", 0.05)

    async def loses_one() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    async def program() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(loses_one())
            await signal_us(signal.SIGTERM)

    assert running.run_until_signal("test", program) == 0


def test_a_program_may_leave_in_its_own_time_after_the_first_signal() -> None:
    leave = asyncio.Event()

    async def program() -> None:
        await signal_us(signal.SIGTERM)
        await leave.wait()

    assert running.run_until_signal("test", program, first_signal=leave.set) == 0


def test_a_second_signal_ends_one_that_takes_too_long_to_leave() -> None:
    leave = asyncio.Event()
    cleaned_up: list[bool] = []

    async def program() -> None:
        try:
            await signal_us(signal.SIGTERM)
            await leave.wait()
            await signal_us(signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            cleaned_up.append(True)

    assert running.run_until_signal("test", program, first_signal=leave.set) == 0
    assert cleaned_up == [True]


def test_a_program_that_returns_ends_well_and_one_that_fails_does_not() -> None:
    async def returns() -> None: ...

    async def fails() -> None:
        raise OSError("no")

    assert running.run_until_signal("test", returns) == 0
    assert running.run_until_signal("test", fails) == 1
