"""Pictures are drawn anew in a process of their own, since decoders of pictures are where attacks begin."""

import asyncio
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
            )
            try:
                async with asyncio.timeout(DRAWING_S):
                    drawn, said = await process.communicate(picture)
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
