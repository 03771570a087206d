"""Runs the program that draws a picture of a piece of a replay."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from control_api.errors import ServiceUnavailable

PROGRAM = (sys.executable, "-m", "control_api.replays.picture_program")
DRAWING_S = 60.0
MAX_PICTURE_BYTES = 2 * 1024**2
PASSED_ON = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH")
"""Of the environment: a stream that takes the decoder over must not find the secrets of this process there."""
JPEG_MAGIC = b"\xff\xd8\xff"


class NoPicture(Exception):
    """The piece has none that can be decoded, or took the program down."""


class PictureProcess:
    def __init__(self, program: Sequence[str] = PROGRAM) -> None:
        self._program = tuple(program)

    async def draw(self, movie: bytes) -> bytes:
        """A JPEG. Raises NoPicture, and ServiceUnavailable when the host is too busy."""
        process = await asyncio.create_subprocess_exec(
            *self._program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            limit=MAX_PICTURE_BYTES,
        )
        try:
            async with asyncio.timeout(DRAWING_S):
                picture = await _converse(process, movie)
        except TimeoutError as error:
            raise ServiceUnavailable("pictures") from error
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode != 0 or not picture.startswith(JPEG_MAGIC):
            raise NoPicture
        return picture


async def _converse(process: asyncio.subprocess.Process, movie: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    given = asyncio.create_task(_give(process.stdin, movie))
    picture = bytearray()
    try:
        while piece := await process.stdout.read(64 * 1024):
            picture += piece
            if len(picture) > MAX_PICTURE_BYTES:
                raise NoPicture
        await process.wait()
    finally:
        given.cancel()
        await asyncio.gather(given, return_exceptions=True)
    return bytes(picture)


async def _give(stdin: asyncio.StreamWriter, movie: bytes) -> None:
    # One that has seen enough, or died, is judged by its exit status.
    with suppress(ConnectionError):
        stdin.write(movie)
        await stdin.drain()
    stdin.close()
