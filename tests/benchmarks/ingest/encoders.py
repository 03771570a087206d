"""Encoders as they stream: FFmpeg that sends a clip in real time, and a camera that films the clock."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 640
HEIGHT: Final = 360
FPS: Final = 30
_BITS: Final = 44
_CELL: Final = 14
_ROW: Final = 32
"""The picture that tests/e2e/js/clock_camera.js draws and witness.js reads."""


def make_clip(path: Path, *, megabits: float = 6.0, seconds: float = 12.0, size: str = "1920x1080") -> Path:
    """An FLV of H.264 at that bit rate, a key frame each 2 s, no B-frames, and AAC; made once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        rate = f"{round(megabits * 1000)}k"
        unfinished = path.with_suffix(".part.flv")
        inputs = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={FPS}", "-f", "lavfi", "-i", "sine=440:r=48000")
        picture = ("-vf", "noise=alls=18:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "60")
        rates = ("-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate, "-x264-params", "nal-hrd=cbr")
        sound = ("-c:a", "aac", "-b:a", "160k", "-ac", "2", "-pix_fmt", "yuv420p", "-t", str(seconds))
        _ffmpeg(*inputs, *picture, *rates, *sound, str(unfinished))
        unfinished.rename(path)
    return path


@contextmanager
def pushing(clip: Path, urls: list[str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """One FFmpeg each, that sends the clip again and again without encoding anything."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    children = [
        subprocess.Popen(
            [program, "-v", "error", "-re", "-stream_loop", "-1", "-i", str(clip), "-c", "copy", "-f", "flv", url],
            stdin=subprocess.DEVNULL,
        )
        for url in urls
    ]
    try:
        yield children
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(10)


class ClockCamera:
    """Films the wall clock and streams it by RTMP, encoded for low latency, until `close`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._over = threading.Event()
        self.problem: Exception | None = None
        self._thread = threading.Thread(target=self._film, name="clock camera", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join(10)

    def _film(self) -> None:
        try:
            with av.open(self._url, "w", format="flv", options={"flvflags": "no_duration_filesize"}) as out:
                options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(FPS), "bf": "0"}
                picture = out.add_stream("libx264", rate=FPS, options=options)
                picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
                picture.bit_rate = 2_500_000
                picture.codec_context.time_base = Fraction(1, FPS)
                sound = out.add_stream("aac", rate=48_000, layout="stereo")
                began, number, heard = time.monotonic(), 0, 0
                while not self._over.is_set():
                    frame = av.VideoFrame.from_ndarray(clock_picture(round(time.time() * 1000), number), format="gray")
                    frame.pts = number
                    for packet in picture.encode(frame.reformat(format="yuv420p")):
                        out.mux(packet)
                    while heard < (number + 1) * 48_000 // FPS:
                        out.mux(sound.encode(_silence(heard)))
                        heard += 1024
                    number += 1
                    time.sleep(max(0.0, began + number / FPS - time.monotonic()))
        except (OSError, av.FFmpegError) as error:
            self.problem = error


def clock_picture(milliseconds: int, number: int) -> NDArray[np.uint8]:
    """(360, 640) grey: the time as two rows of 44 cells, the second inverted, above something that moves."""
    picture = np.full((HEIGHT, WIDTH), 90, np.uint8)
    x = (number * 5) % WIDTH
    picture[180:260, x : x + 80] = 255
    ones = np.array([milliseconds >> bit & 1 for bit in range(_BITS)], np.uint8) * 255
    picture[:_ROW, : _BITS * _CELL] = np.repeat(ones, _CELL)
    picture[_ROW : 2 * _ROW, : _BITS * _CELL] = 255 - np.repeat(ones, _CELL)
    return picture


def _silence(start: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
    return frame


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments], check=True)
