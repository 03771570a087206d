"""What is done with a bus after each tick: it is encoded, or handed on as it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from mixer.codecs.opus import OpusEncoder, OpusSettings
from mixer.host.bus_reader import BusReader

PacketSink = Callable[[int, bytes], None]
"""Given the frame of a packet's first sample and the packet. It must not wait for anything: see Pump."""
PcmSink = Callable[[int, NDArray[np.float32]], None]
"""Given the frame of the first sample and float32 of shape (frames, 2), the sink's own. As a PacketSink."""

TURN_BLOCKS: Final = 4
"""So many blocks a turn, 20 ms of sound: what waited for longer is worked off in turns with the other outputs."""

_log = structlog.get_logger(__name__)


class Output(ABC):
    """An encoder or a tap that runs until it is stopped, or its session closed."""

    def __init__(self, reader: BusReader, on_stopped: Callable[[Output], None]) -> None:
        self._reader, self._on_stopped = reader, on_stopped
        self._is_stopped = False
        self.is_dropped = False
        """Whether the sink took too long, or raised, and is not called any more."""

    @property
    def gaps(self) -> int:
        """How often frames were missing: the engine was lost, or this process too slow."""
        return self._reader.gaps

    def stop(self) -> None:
        """The sink is not called any more, but for a call that is being made now."""
        self._is_stopped = True
        self._on_stopped(self)

    def is_due(self) -> bool:
        """Whether a block may be waiting."""
        return not self._is_stopped and self._reader.has_more()

    def drop(self) -> None:
        """The sink took too long."""
        self.is_dropped = True
        _log.error("output dropped", reason="its sink did not return")
        self.stop()

    def take_turn(self) -> None:
        """Hand on the next blocks that are there, TURN_BLOCKS at most."""
        try:
            for _ in range(TURN_BLOCKS):
                if self._is_stopped or (block := self._reader.read()) is None:
                    return
                self._take(*block)
        except Exception:  # noqa: BLE001 - a sink's bug must not stop the outputs of others
            _log.exception("output dropped", reason="its sink raised")
            self.is_dropped = True
            self.stop()

    @abstractmethod
    def _take(self, tick: int, frame: int, pcm: NDArray[np.float32]) -> None:
        """Handle one block."""


class Tap(Output):
    """Hands the blocks of a bus on."""

    def __init__(self, reader: BusReader, sink: PcmSink, on_stopped: Callable[[Output], None]) -> None:
        super().__init__(reader, on_stopped)
        self._sink = sink

    def _take(self, tick: int, frame: int, pcm: NDArray[np.float32]) -> None:
        self._sink(frame, pcm)


class OpusOutput(Output):
    """Encodes a bus. After a gap a packet begins anew, so no packet is of two places.

    `turn`: of which of the ticks of a packet its packets begin with, so that encoders do not all work at once.
    """

    def __init__(
        self,
        reader: BusReader,
        settings: OpusSettings,
        sink: PacketSink,
        on_stopped: Callable[[Output], None],
        *,
        turn: int,
    ) -> None:
        super().__init__(reader, on_stopped)
        self._encoder = OpusEncoder(settings)
        self._sink, self._turn = sink, turn
        self._buffer: NDArray[np.float32] = np.zeros((settings.frames, 2), np.float32)
        self._filled = 0
        self._start = 0

    def _take(self, tick: int, frame: int, pcm: NDArray[np.float32]) -> None:
        if frame != self._start + self._filled:
            ticks = max(1, len(self._buffer) // len(pcm))
            if tick % ticks != self._turn % ticks:
                self._filled, self._start = 0, -1
                return
            self._filled, self._start = 0, frame
        while len(pcm):
            part = pcm[: len(self._buffer) - self._filled]
            self._buffer[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            pcm = pcm[len(part) :]
            if self._filled == len(self._buffer):
                packet = self._encoder.encode(self._buffer)
                start, self._start, self._filled = self._start, self._start + self._filled, 0
                self._sink(start, packet)
