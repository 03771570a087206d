"""Sound made in the test's own process, on the test's own time: at once, or when it is told to."""

from __future__ import annotations

from collections.abc import Sequence

from media_server.transcode.sound_work import SoundPacket, Work, conversion_of
from media_server.transcode.sounds import Line, OnLost, OnMade


class InlineSounds:
    """`Sounds` for tests on simulated time. `is_slow`: lots wait for `do`."""

    def __init__(self, *, is_slow: bool = False) -> None:
        self.is_slow = is_slow
        self.lines: list[_InlineLine] = []

    def begin(self, work: Work, *, made: OnMade, lost: OnLost) -> Line:
        line = _InlineLine(self, work, made, lost)
        self.lines.append(line)
        return line

    @property
    def waiting(self) -> list[Sequence[SoundPacket]]:
        """What is given and not made yet."""
        return [line.lot for line in self.lines if line.lot is not None]

    def do(self) -> None:
        """Make what waits."""
        for line in tuple(self.lines):
            line.do()

    def lose(self, *, is_suspect: bool) -> None:
        """The process dies."""
        lines, self.lines = self.lines, []
        for line in lines:
            line.lost(is_suspect=is_suspect)


class _InlineLine:
    def __init__(self, sounds: InlineSounds, work: Work, made: OnMade, lost: OnLost) -> None:
        self.lot: Sequence[SoundPacket] | None = None
        self.lost = lost
        self._sounds = sounds
        self._made = made
        self._conversion = conversion_of(work)

    @property
    def is_busy(self) -> bool:
        return self.lot is not None

    def convert(self, packets: Sequence[SoundPacket]) -> None:
        assert self.lot is None
        self.lot = packets
        if not self._sounds.is_slow:
            self.do()

    def do(self) -> None:
        lot, self.lot = self.lot, None
        if lot is not None:
            self._made(self._conversion.run(lot), self._conversion.head)

    def close(self) -> None:
        if self in self._sounds.lines:
            self._sounds.lines.remove(self)
