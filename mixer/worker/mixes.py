"""All mixes of a worker, made to be as they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from mixer.host.settings import HostFull, NotAdmitted
from mixer.worker.desired import MixSpec, read_spec
from mixer.worker.mix import Mix, Surroundings
from mixer.worker.rejected import MessageRejected

TICK_S: Final = 0.04
_UNKNOWN_REVISION: Final = 0
_KEEP_EACH_S: Final = 1.0
LEFTOVERS_AFTER_S: Final = 60.0
"""So long after the start, what is on disk of mixes that nobody wants is not waited for any more."""

_log = structlog.get_logger(__name__)


class Mixes:
    """`run` until cancelled; then `leave`. `changed` is called when the snapshot says something new."""

    def __init__(self, around: Surroundings, *, changed: Callable[[], None]) -> None:
        self._around = around
        self._changed = changed
        self._mixes: dict[str, Mix] = {}
        self._read: dict[str, str] = {}
        self._not_running: dict[str, tuple[int, str]] = {}
        """Revision and problem of those that could not be begun."""
        self._rejected: dict[str, str] = {}
        """What is wrong with the newest spec of a mix."""
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._described: dict[str, dict[str, Any]] = {}
        self._started_at = asyncio.get_running_loop().time()
        self._has_leftovers = True

    @property
    def stream_ids(self) -> tuple[str, ...]:
        """The mixes that run."""
        return tuple(self._mixes)

    def want(self, specs: Mapping[str, str], *, may_end: bool) -> None:
        """These mixes are to run. Without `may_end`, one that is not named goes on."""
        self._not_running = {stream_id: known for stream_id, known in self._not_running.items() if stream_id in specs}
        self._rejected = {stream_id: reason for stream_id, reason in self._rejected.items() if stream_id in specs}
        for stream_id, text in specs.items():
            if self._read.get(stream_id) == text and stream_id in self._mixes:
                continue
            try:
                spec = read_spec(text, stream_id=stream_id)
            except MessageRejected as error:
                # What runs goes on as it was last wanted.
                if self._read.get(stream_id) != text:
                    _log.error("mix_spec_rejected", stream_id=stream_id, reason=str(error))
                self._read[stream_id] = text
                self._rejected[stream_id] = str(error)
                if stream_id not in self._mixes:
                    self._not_running[stream_id] = (_UNKNOWN_REVISION, str(error))
                continue
            self._read[stream_id] = text
            self._rejected.pop(stream_id, None)
            try:
                self._run(spec)
            except Exception:  # noqa: BLE001 - one mix that we fail over must not end those of others
                _log.exception("mix_failed", stream_id=stream_id)
        if may_end:
            for stream_id in self._mixes.keys() - specs.keys():
                self._end(stream_id)
            if self._has_leftovers and asyncio.get_running_loop().time() >= self._started_at + LEFTOVERS_AFTER_S:
                self._has_leftovers = False
                self._forget_leftovers(specs)

    def receive(self, stream_id: str, text: str) -> None:
        """Something was said on a mix's `mix:in`."""
        if (mix := self._mixes.get(stream_id)) is not None:
            try:
                mix.receive(text)
            except Exception:  # noqa: BLE001 - a message that we fail over must not end the mixes of others
                _log.exception("mix_failed", stream_id=stream_id)

    def refused(self, stream_id: str, source: str, seq: int, error: Exception) -> None:
        """The engine did not understand a command."""
        if (mix := self._mixes.get(stream_id)) is not None:
            mix.refused(source, seq, error)

    def describe(self) -> dict[str, Any]:
        """What the snapshot says of the mixes, those among them that could not be begun."""
        running = {stream_id: mix.describe() for stream_id, mix in self._mixes.items()}
        for stream_id in running.keys() & self._rejected.keys():
            running[stream_id]["problem"] = self._rejected[stream_id]
        for stream_id, (revision, problem) in self._not_running.items():
            running[stream_id] = {
                "revision": revision,
                "on_air": False,
                "feed": "connecting",
                "since": 0.0,
                "problem": problem,
                "begun": False,
                "devices": 0,
            }
        return running

    async def run(self) -> None:
        """Look after all mixes 25 times a second."""
        loop = asyncio.get_running_loop()
        due, kept_at = loop.time(), float("-inf")
        while True:
            for stream_id, mix in list(self._mixes.items()):
                try:
                    mix.tick()
                except Exception:  # noqa: BLE001 - logged with its traceback, and the next tick comes anyway
                    # One mix that fails for a reason of ours must not stop the others.
                    _log.exception("mix_failed", stream_id=stream_id)
            if loop.time() - kept_at >= _KEEP_EACH_S:
                kept_at = loop.time()
                await self._keep()
            described = self.describe()
            if described != self._described:
                self._described = described
                self._changed()
            # After a stall the ticks that were missed are not made up for.
            due = max(due + TICK_S, loop.time())
            await asyncio.sleep(due - loop.time())

    async def leave(self) -> None:
        """Let go of all mixes; another worker, or this one later, takes them up from disk."""
        await asyncio.gather(*self._ending.values(), return_exceptions=True)
        await self._keep()
        await asyncio.gather(*(mix.leave() for mix in self._mixes.values()))

    def _run(self, spec: MixSpec) -> None:
        if (mix := self._mixes.get(spec.stream_id)) is not None:
            mix.apply(spec)
        elif spec.stream_id not in self._ending:
            self._open(spec)

    def _open(self, spec: MixSpec) -> None:
        try:
            is_resumed = self._around.host.open(spec.stream_id, spec.deck_count)
        except (HostFull, NotAdmitted) as error:
            if spec.stream_id not in self._not_running:
                _log.error("mix_not_opened", stream_id=spec.stream_id, reason=str(error))
            self._not_running[spec.stream_id] = (spec.revision, str(error))
            return
        self._not_running.pop(spec.stream_id, None)
        now = asyncio.get_running_loop().time()
        try:
            self._mixes[spec.stream_id] = Mix(spec, self._around, is_resumed=is_resumed, now=now)
        except BaseException:
            self._around.host.close(spec.stream_id)
            raise
        _log.info("mix_opened", stream_id=spec.stream_id, resumed=is_resumed)

    def _forget_leftovers(self, specs: Mapping[str, str]) -> None:
        """Remove what a worker before this one kept of mixes that ended while it was away."""
        for path in self._around.folder.glob("*.json"):
            stream_id = path.stem
            if stream_id in specs or stream_id in self._mixes or stream_id in self._ending:
                continue
            try:
                self._around.host.open(stream_id)
            except HostFull:
                self._has_leftovers = True
                return
            self._around.host.close(stream_id)
            path.unlink(missing_ok=True)

    def _end(self, stream_id: str) -> None:
        mix = self._mixes.pop(stream_id)
        self._read.pop(stream_id, None)
        _log.info("mix_ended", stream_id=stream_id)
        task = asyncio.create_task(mix.close(), name=f"end of {stream_id}")
        self._ending[stream_id] = task
        task.add_done_callback(lambda ended: self._ended(stream_id, ended))

    def _ended(self, stream_id: str, task: asyncio.Task[None]) -> None:
        del self._ending[stream_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("mix_not_ended_in_order", stream_id=stream_id, exc_info=error)

    async def _keep(self) -> None:
        """Write what has changed to disk."""
        for mix in list(self._mixes.values()):
            if (kept := mix.keep()) is not None:
                file, text = kept
                try:
                    await asyncio.to_thread(file.write, text)
                except OSError as error:
                    _log.error("mix_not_kept", error=repr(error))
