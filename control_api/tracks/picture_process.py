"""Pictures are drawn anew in a process of their own, since decoders of pictures are where attacks begin."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from control_api.errors import ServiceUnavailable
from control_api.tracks.errors import PictureUnreadable

PROGRAM = (sys.executable, "-m", "mixer.inspection.cover_process")
REFUSED = 3
"""How the program ends when the picture is to blame; it says why."""
AT_ONCE = 2
DRAWING_S = 30.0
"""The program bounds its own CPU time to less, so who needs as long as this waits for a host that is busy."""
WAITING_S = 10.0
MAX_REASON_CHARS = 200
MAX_DRAWN_BYTES = 8 * 1024**2
MAX_SAID_BYTES = 64 * 1024
PASSED_ON = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH")
"""Of the environment: a picture that takes the program over must not find the secrets of this process there."""


class PictureProcessBroken(RuntimeError):
    """The program does not run here; the end of what it said."""


class PictureProcess:
    """Draws AT_ONCE pictures at a time; one that has to wait for longer than WAITING_S is refused for now."""

    def __init__(self, program: Sequence[str] = PROGRAM) -> None:
        self._program = tuple(program)
        self._places = asyncio.Semaphore(AT_ONCE)

    async def draw(self, picture: bytes) -> bytes:
        """A JPEG made of its pixels. Raises PictureUnreadable, and ServiceUnavailable when the host is too busy."""
        async with self._place():
            process = await asyncio.create_subprocess_exec(
                *self._program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            )
            try:
                async with asyncio.timeout(DRAWING_S):
                    drawn, said = await _converse(process, picture)
            except TimeoutError as error:
                raise ServiceUnavailable("pictures") from error
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode == REFUSED:
            raise PictureUnreadable(said.decode(errors="replace").strip()[:MAX_REASON_CHARS])
        if process.returncode is not None and process.returncode < 0:
            # Ended by a signal, out of its bounds or in a crash: which only a picture made for that brings about.
            raise PictureUnreadable
        if process.returncode != 0:
            raise PictureProcessBroken(said.decode(errors="replace")[-MAX_REASON_CHARS:])
        return drawn

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(WAITING_S):
                await self._places.acquire()
        except TimeoutError as error:
            raise ServiceUnavailable("pictures") from error
        try:
            yield
        finally:
            self._places.release()


async def _converse(process: asyncio.subprocess.Process, picture: bytes) -> tuple[bytes, bytes]:
    """What it drew and said, once it has ended. Raises PictureUnreadable when that is more than it honestly may."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    drawn, said, _ = await asyncio.gather(
        _read(process, process.stdout, MAX_DRAWN_BYTES),
        _read(process, process.stderr, MAX_SAID_BYTES),
        _give(process.stdin, picture),
    )
    await process.wait()
    if len(drawn) > MAX_DRAWN_BYTES or len(said) > MAX_SAID_BYTES:
        raise PictureUnreadable
    return drawn, said


async def _give(stdin: asyncio.StreamWriter, picture: bytes) -> None:
    # One that has seen enough, or died, is judged by its exit status.
    with suppress(ConnectionError):
        stdin.write(picture)
        await stdin.drain()
    stdin.close()


async def _read(process: asyncio.subprocess.Process, stream: asyncio.StreamReader, most: int) -> bytes:
    """Up to `most` bytes, or a little more of one that is killed for it."""
    pieces = bytearray()
    while piece := await stream.read(64 * 1024):
        # On to the end in any case: of a process whose pipes nobody empties, asyncio never says that it has ended.
        if len(pieces) <= most:
            pieces += piece
        else:
            with suppress(ProcessLookupError):
                process.kill()
    return bytes(pieces)
