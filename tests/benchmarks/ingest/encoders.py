"""Encoders as they stream: FFmpeg sends a clip in real time, without encoding anything."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import imageio_ffmpeg

FPS: Final = 30


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


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments], check=True)
