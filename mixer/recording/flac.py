"""Writes a bus to a FLAC file, in a thread of its own."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from mixer.dsp.units import SAMPLE_RATE

MAX_BLOCKS: Final = 1024
"""Blocks (5 s of 5 ms) that wait for the disk; the next are left out, and silence is in their place."""
MAX_SILENCE_S: Final = 60.0
"""More than this is not filled: the recording goes on right after what was before."""
_FRAMES: Final = 4096
_END_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of it: the file as far as it could be written, `first_frame` of the session being its first sample.

    `frames` that it is long, of which `silent_frames` were missing. `problem`: why it ends early, if it does.
    """

    path: Path
    first_frame: int
    frames: int
    silent_frames: int
    bytes: int
    problem: str | None


class FlacRecording:
    """Stereo, 48 kHz, 16 bits. `write` is a PcmSink: it copies nothing and waits for nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem: str | None = None
        """Why nothing more is written: a full disk, for one."""
        self._queue: queue.Queue[tuple[int, NDArray[np.float32]] | None] = queue.Queue(MAX_BLOCKS)
        self._first: int | None = None
        self._frames = self._silent = 0
        self._thread = threading.Thread(target=self._run, name="mixer-recording", daemon=True)
        self._thread.start()

    def write(self, frame: int, pcm: NDArray[np.float32]) -> None:
        """Record float32 of shape (frames, 2), `frame` being the session's count at its first."""
        try:
            self._queue.put_nowait((frame, pcm))
        except queue.Full:
            # The next block that finds room shows by its frame how much silence belongs here.
            return

    def finish(self) -> Recorded:
        """Write what waits and close the file. Blocks for the disk: not for an event loop."""
        # Whoever writes has stopped, so room for the end comes as fast as the disk takes blocks.
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=0.1)
                break
            except queue.Full:
                continue
        self._thread.join(_END_S)
        if self._thread.is_alive():
            self.problem = "the disk does not answer"
        size = self.path.stat().st_size if self.path.exists() else 0
        return Recorded(self.path, self._first or 0, self._frames, self._silent, size, self.problem)

    def _run(self) -> None:
        try:
            with av.open(str(self.path), "w", format="flac") as container:
                stream = container.add_stream("flac", rate=SAMPLE_RATE, layout="stereo")
                assert isinstance(stream, AudioStream)
                stream.codec_context.format = "s16"
                _Writer(container, stream).run(self)
        except (av.FFmpegError, OSError) as error:
            self.problem = error.strerror or str(error)
            # So that `finish` finds room, and blocks that still come are not kept.
            while self._queue.get() is not None:
                continue

    def next_block(self) -> tuple[int, NDArray[np.float32]] | None:
        """For the writer: what to write next and how much silence goes before it; None at the end."""
        item = self._queue.get()
        if item is None:
            return None
        frame, pcm = item
        if self._first is None:
            self._first = frame
        missing = frame - (self._first + self._frames)
        if not 0 <= missing <= MAX_SILENCE_S * SAMPLE_RATE:
            self._first += missing
            missing = 0
        self._frames += missing + len(pcm)
        self._silent += missing
        return missing, pcm


class _Writer:
    """Cuts blocks into the frames of the codec."""

    def __init__(self, container: av.container.OutputContainer, stream: AudioStream) -> None:
        self._container, self._stream = container, stream
        self._waiting: NDArray[np.int16] = np.zeros((0, 2), np.int16)
        self._written = 0

    def run(self, recording: FlacRecording) -> None:
        while (block := recording.next_block()) is not None:
            missing, pcm = block
            while missing > 0:
                part = min(missing, SAMPLE_RATE)
                self._add(np.zeros((part, 2), np.int16))
                missing -= part
            self._add(np.round(np.clip(pcm, -1.0, 1.0) * 32767.0).astype(np.int16))
        if len(self._waiting):
            self._encode(self._waiting)
        self._container.mux(self._stream.encode(None))

    def _add(self, samples: NDArray[np.int16]) -> None:
        self._waiting = np.concatenate((self._waiting, samples))
        while len(self._waiting) >= _FRAMES:
            self._encode(self._waiting[:_FRAMES])
            self._waiting = self._waiting[_FRAMES:]

    def _encode(self, samples: NDArray[np.int16]) -> None:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE, self._written
        self._written += len(samples)
        self._container.mux(self._stream.encode(frame))
