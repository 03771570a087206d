"""All targets of a room, as the control plane wants them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog

from media_server.egress.restream.target import RestreamTarget, Surroundings
from media_server.hub.hub import Hub

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """One target; `key` is its stream key, which is never shown."""

    target_id: str
    url: str
    key: str = field(repr=False)


@dataclass(slots=True)
class _Running:
    target: Target
    restream: RestreamTarget
    task: asyncio.Task[None]


class Multistream:
    """Makes targets run, each as a task of its own: none waits for another."""

    def __init__(self, hub: Hub, around: Surroundings) -> None:
        self._hub = hub
        self._around = around
        self._running: dict[str, _Running] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def want(self, targets: Iterable[Target]) -> None:
        """These, and no others. One whose address or key changed begins anew."""
        wanted = {target.target_id: target for target in targets}
        for target_id, running in tuple(self._running.items()):
            if wanted.get(target_id) != running.target:
                self._stop(target_id)
        for target_id, target in wanted.items():
            if target_id not in self._running:
                self._start(target)

    def state(self) -> dict[str, Any]:
        """`targets` of a room in a worker's snapshot."""
        return {target_id: running.restream.state() for target_id, running in self._running.items()}

    def end(self) -> None:
        """The stream is over: the platforms are told."""
        for running in self._running.values():
            running.restream.sending.end()

    def close(self) -> None:
        """Whatever still runs, runs no more."""
        for target_id in tuple(self._running):
            self._stop(target_id)

    async def gone(self) -> None:
        """After `close`: wait until every task has ended."""
        while self._ending:
            await asyncio.wait(self._ending)

    def _start(self, target: Target) -> None:
        restream = RestreamTarget(target.target_id, target.url, target.key, self._around)
        self._hub.listen(restream.sending, now=self._around.clock())
        task = asyncio.create_task(restream.run(), name=f"target {target.target_id}")
        task.add_done_callback(_report)
        self._running[target.target_id] = _Running(target, restream, task)

    def _stop(self, target_id: str) -> None:
        running = self._running.pop(target_id)
        self._hub.unlisten(running.restream.sending)
        self._ending.add(running.task)
        running.task.add_done_callback(self._ending.discard)
        running.task.cancel()


def _report(task: asyncio.Task[None]) -> None:
    """A target that ended by a fault of ours says so, and takes nothing else with it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a target ended by a fault", task=task.get_name(), exc_info=error)
