"""Real encoders and players: the ffmpeg of imageio-ffmpeg as a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import imageio_ffmpeg

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "64k", "-ac", "2")
_END_S = 10.0


@dataclass
class Encoder:
    """A running ffmpeg. `said` is what it wrote to its standard error so far."""

    process: asyncio.subprocess.Process
    said: bytearray

    async def ended(self) -> str:
        """Wait until it ends by itself; what it said."""
        async with asyncio.timeout(30):
            await self.process.wait()
        return self.said.decode("utf-8", "replace")


@asynccontextmanager
async def ffmpeg(*arguments: str | Sequence[str]) -> AsyncIterator[Encoder]:
    """ffmpeg with these arguments, until the context is left."""
    flat = [part for each in arguments for part in ((each,) if isinstance(each, str) else each)]
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-hide_banner", "-nostdin", "-loglevel", "verbose", *flat),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    said = bytearray()

    async def listen() -> None:
        assert process.stderr is not None
        while part := await process.stderr.read(65_536):
            said.extend(part)
            del said[: max(0, len(said) - 200_000)]

    listening = asyncio.create_task(listen())
    try:
        yield Encoder(process, said)
    finally:
        if process.returncode is None:
            process.kill()
        async with asyncio.timeout(_END_S):
            await process.wait()
            await listening


def publishing(url: str, *codecs: str | Sequence[str], seconds: float | None = None) -> tuple[str, ...]:
    """Arguments of an encoder in real time, with picture and sound."""
    flat = [part for each in codecs for part in ((each,) if isinstance(each, str) else each)]
    length = () if seconds is None else ("-t", str(seconds))
    return ("-re", *PICTURE, "-re", *SOUND, *flat, *length, "-f", "flv", url)
