"""FFmpeg's own WHIP muxer as publisher."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg

INPUTS = (
    *("-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30"),
    *("-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"),
)
VIDEO = (
    *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline"),
    *("-pix_fmt", "yuv420p", "-g", "60", "-bf", "0", "-b:v", "800k"),
)
AUDIO = ("-c:a", "libopus", "-ar", "48000", "-ac", "2", "-b:a", "96k")


@contextmanager
def publishing(whip_url: str, token: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Publishes a test picture and a tone for as long as the context is open."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", *INPUTS, *VIDEO, *AUDIO]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "-f", "whip", "-authorization", token, whip_url],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
