"""A camera that films the wall clock, as an encoder streams it by RTMP."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from tests.support.processes import REPOSITORY

WIDTH: Final = 640
HEIGHT: Final = 360
FPS: Final = 30
_BITS: Final = 44
_CELL: Final = 14
_ROW: Final = 32
"""The picture that tests/e2e/js/clock_camera.js draws and witness.js reads."""
_RATE: Final = 48_000
_AAC_SAMPLES: Final = 1024


class ClockCamera:
    """Films the wall clock and streams it with a tone by RTMP, encoded for low latency, until `close`.

    `b_frames` and `group` (frames from one key frame to the next) are what people get wrong. A process of its own:
    FFmpeg holds the interpreter while it connects. Unless `at_once`, it waits until `begin`: on a busy machine the
    process takes seconds to start.
    """

    def __init__(self, url: str, *, b_frames: int = 0, group: int = FPS, at_once: bool = True) -> None:
        command = [sys.executable, "-m", "tests.support.clock_camera", url, str(b_frames), str(group)]
        self._process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.problem: str | None = None
        self.filmed_s = 0.0
        if at_once:
            self.begin()

    @property
    def is_filming(self) -> bool:
        return self._process.poll() is None

    def begin(self) -> None:
        """Connect, and film."""
        assert self._process.stdin is not None
        self._process.stdin.write("begin\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """`problem` is what it said if it had ended by itself, `filmed_s` how much it sent."""
        was_filming = self.is_filming
        self._process.terminate()
        frames, said = self._process.communicate(timeout=60)
        self.filmed_s = int(frames or 0) / FPS
        if not was_filming:
            self.problem = said or f"it ended with {self._process.returncode}"


def film(url: str, is_over: threading.Event, *, b_frames: int, group: int) -> None:
    """Until `is_over`, when it prints how many frames it sent.

    Raises OSError and av.FFmpegError when the server does not take it.
    """
    options = {"preset": "ultrafast", "g": str(group), "bf": str(b_frames), "b-adapt": "0"}
    if not b_frames:
        options["tune"] = "zerolatency"
    with av.open(url, "w", format="flv", options={"flvflags": "no_duration_filesize"}) as out:
        picture = out.add_stream("libx264", rate=FPS, options=options)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.bit_rate = 2_500_000
        picture.codec_context.time_base = Fraction(1, FPS)
        sound = out.add_stream("aac", rate=_RATE, layout="stereo")
        began, number, heard = time.monotonic(), 0, 0
        try:
            while not is_over.is_set():
                frame = av.VideoFrame.from_ndarray(clock_picture(round(time.time() * 1000), number), format="gray")
                frame.pts = number
                for packet in picture.encode(frame.reformat(format="yuv420p")):
                    out.mux(packet)
                while heard < (number + 1) * _RATE // FPS:
                    out.mux(sound.encode(_tone(heard)))
                    heard += _AAC_SAMPLES
                number += 1
                time.sleep(max(0.0, began + number / FPS - time.monotonic()))
        finally:
            print(number, flush=True)


def clock_picture(milliseconds: int, number: int) -> NDArray[np.uint8]:
    """(360, 640) grey: the time as two rows of 44 cells, the second inverted, above something that moves."""
    picture = np.full((HEIGHT, WIDTH), 90, np.uint8)
    x = (number * 5) % WIDTH
    picture[180:260, x : x + 80] = 255
    ones = np.array([milliseconds >> bit & 1 for bit in range(_BITS)], np.uint8) * 255
    picture[:_ROW, : _BITS * _CELL] = np.repeat(ones, _CELL)
    picture[_ROW : 2 * _ROW, : _BITS * _CELL] = 255 - np.repeat(ones, _CELL)
    return picture


def _tone(start: int) -> av.AudioFrame:
    """1024 samples of 440 Hz, at a quarter of full scale."""
    wave = 0.25 * np.sin(2 * np.pi * 440 / _RATE * np.arange(start, start + _AAC_SAMPLES))
    frame = av.AudioFrame.from_ndarray(np.stack((wave, wave)).astype(np.float32), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = _RATE, start, Fraction(1, _RATE)
    return frame


if __name__ == "__main__":
    over = threading.Event()
    # An exception of a handler is lost where it comes in the middle of a destructor, or of FFmpeg calling back.
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    if sys.stdin.readline():
        film(sys.argv[1], over, b_frames=int(sys.argv[2]), group=int(sys.argv[3]))
