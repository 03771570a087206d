"""Sound that is made of sound, in a process of its own for all rooms of a worker."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import count
from typing import Final, Protocol

import structlog

from media_server.transcode.child import Child
from media_server.transcode.sound_wire import Begin, End, Lot, Made, Message, pack, take
from media_server.transcode.sound_work import SoundPacket, Work
from media_server.transcode.wire import WireError

MAX_SUSPICIONS: Final = 3
"""Whose sound was at work in so many processes that died gets no more of them: others share them."""
_PROGRAM: Final = "media_server.transcode.sound_process"
_READ_BYTES: Final = 1 << 16
_STUCK_AFTER_POLLS: Final = 10
"""Polls are a second apart; counted, so that a worker that was itself held up does not take its process for stuck."""
_RETRY_AFTER_S: Final = (0.2, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Waits before another process is started; the last repeats."""

_log = structlog.get_logger(__name__)


class Line(Protocol):
    """The sound of one track on its way through. After `close` nothing is told of it any more."""

    @property
    def is_busy(self) -> bool:
        """Whether what was given last is still being made."""
        ...

    def convert(self, packets: Sequence[SoundPacket]) -> None:
        """Give it what came, unless it is busy."""
        ...

    def close(self) -> None: ...


class OnMade(Protocol):
    def __call__(self, packets: Sequence[SoundPacket], head: bytes) -> None: ...


class OnLost(Protocol):
    def __call__(self, *, is_suspect: bool) -> None: ...


class Sounds(Protocol):
    """Where sound is made."""

    def begin(self, work: Work, *, made: OnMade, lost: OnLost) -> Line:
        """`made` is told what came of each lot, in order; `lost`, once and instead, that nothing more will come.

        Whoever loses a line may begin another. `is_suspect`: this line's was the sound that the process was busy with.
        """
        ...


class _ProcessLine:
    def __init__(self, maker: SoundMaker, number: int, work: Work, made: OnMade, lost: OnLost) -> None:
        self.number, self.work, self.made, self.lost = number, work, made, lost
        self.lot: Lot | None = None
        self._maker = maker

    @property
    def is_busy(self) -> bool:
        return self.lot is not None

    def convert(self, packets: Sequence[SoundPacket]) -> None:
        assert self.lot is None
        self.lot = Lot(self.number, tuple(packets))
        self._maker.send(self)

    def close(self) -> None:
        self._maker.close(self)


class SoundMaker:
    """`run` until cancelled. The process is started for the first line, and anew after it was lost."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._lines: dict[int, _ProcessLine] = {}
        self._under_way: deque[int] = deque()
        self._child: Child | None = None
        self._is_wanted = asyncio.Event()
        self._failures = 0
        self._answers = 0

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._child.pid if self._child is not None else None

    def begin(self, work: Work, *, made: OnMade, lost: OnLost) -> Line:
        """See `Sounds`."""
        line = _ProcessLine(self, next(self._numbers), work, made, lost)
        self._lines[line.number] = line
        self._is_wanted.set()
        self._say(Begin(line.number, work))
        return line

    def send(self, line: _ProcessLine) -> None:
        """A line has a lot; before there is a process it waits there."""
        if self._child is not None and line.lot is not None and line.number in self._lines:
            self._under_way.append(line.number)
            self._say(line.lot)

    def close(self, line: _ProcessLine) -> None:
        """A line wants nothing more."""
        if self._lines.pop(line.number, None) is not None:
            self._say(End(line.number))

    async def run(self) -> None:
        """Keep a process, once one is wanted."""
        await self._is_wanted.wait()
        while True:
            try:
                await self._run_one()
            except (OSError, WireError) as error:
                _log.error("no sound is made", problem=str(error))
            self._lose_all()
            await asyncio.sleep(_RETRY_AFTER_S[min(self._failures, len(_RETRY_AFTER_S) - 1)])
            self._failures += 1

    async def _run_one(self) -> None:
        child = await Child.start(_PROGRAM)
        watching = asyncio.create_task(self._watch(child))
        try:
            self._child = child
            for line in self._lines.values():
                self._say(Begin(line.number, line.work))
                self.send(line)
            buffer = bytearray()
            while data := await child.reader.read(_READ_BYTES):
                buffer += data
                for message in take(buffer):
                    self._hear(message)
        finally:
            self._child = None
            watching.cancel()
            child.kill()
            status = await child.ended()
        _log.warning("a sound process ended", pid=child.pid, status=status)

    async def _watch(self, child: Child) -> None:
        silent_polls, answers = 0, self._answers
        while True:
            await asyncio.sleep(1.0)
            is_silent = bool(self._under_way) and answers == self._answers
            silent_polls, answers = silent_polls + 1 if is_silent else 0, self._answers
            if silent_polls > _STUCK_AFTER_POLLS:
                _log.error("a sound process is stuck", pid=child.pid)
                child.kill()

    def _hear(self, message: Message) -> None:
        if not isinstance(message, Made) or not self._under_way or self._under_way.popleft() != message.line:
            raise WireError("that is not what was asked")
        self._answers += 1
        self._failures = 0
        line = self._lines.get(message.line)
        if line is not None:
            line.lot = None
            try:
                line.made(message.packets, message.head)
            except Exception:  # noqa: BLE001 - a bug that one stream brings to light must not end the sound of all others
                _log.exception("sound was not taken")

    def _say(self, message: Message) -> None:
        if self._child is not None:
            self._child.say(pack(message))

    def _lose_all(self) -> None:
        suspect = self._under_way[0] if self._under_way else None
        lost, self._lines = self._lines, {}
        self._under_way.clear()
        for line in lost.values():
            line.lost(is_suspect=line.number == suspect)
