"""A client of clamd's INSTREAM (clamd(8)): whether ClamAV knows a file.

It does not look into the sound of MP3 and Ogg files, so what it finds clean is not known to be clean.
"""

import asyncio
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PIECE_BYTES = 256 * 1024
MAX_REPLY_BYTES = 4_096
LIMITS_EXCEEDED = "Heuristics.Limits.Exceeded"
"""With AlertExceedsMax it says so of what its limits kept it from looking at; without, it calls that clean."""
_LENGTH = struct.Struct("!L")


class ClamdUnavailable(Exception):
    """clamd could not be asked, or gave no verdict: the file is not known to be clean."""


@dataclass(frozen=True, slots=True)
class Clamd:
    """`timeout_s` bounds connecting, each piece, and the wait for the verdict after the last one."""

    host: str
    port: int
    timeout_s: float

    async def find(self, path: Path) -> str | None:
        """The name of the malware in a file, None when ClamAV knows none. Raises ClamdUnavailable."""
        try:
            async with asyncio.timeout(self.timeout_s):
                reader, writer = await asyncio.open_connection(self.host, self.port, limit=MAX_REPLY_BYTES)
        except (OSError, TimeoutError) as error:
            raise ClamdUnavailable(f"cannot connect: {error!r}") from error
        # It may answer before it has everything, and close: of a file above its limit for instance. Only who reads
        # meanwhile gets to know why.
        replying = asyncio.create_task(reader.readuntil(b"\0"))
        try:
            await self._send(path, writer, replying)
            async with asyncio.timeout(self.timeout_s):
                reply = await replying
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ClamdUnavailable(f"no verdict: {error!r}") from error
        finally:
            replying.cancel()
            writer.close()
            await asyncio.gather(replying, return_exceptions=True)
        return _verdict(reply[:-1].decode(errors="replace"))

    async def _send(self, path: Path, writer: asyncio.StreamWriter, replying: "asyncio.Task[bytes]") -> None:
        """Returns early when there is a reply, or nobody to send to: what was replied says why."""
        file = await asyncio.to_thread(path.open, "rb")
        with file, suppress(ConnectionError):
            writer.write(b"zINSTREAM\0")
            while not replying.done():
                piece = await asyncio.to_thread(file.read, PIECE_BYTES)
                writer.write(_LENGTH.pack(len(piece)) + piece)
                async with asyncio.timeout(self.timeout_s):
                    await writer.drain()
                if not piece:
                    return


def _verdict(reply: str) -> str | None:
    """Raises ClamdUnavailable for whatever is neither OK nor FOUND, and where it has not looked at all of the file."""
    said = reply.strip()
    if said == "stream: OK":
        return None
    if said.startswith("stream: ") and said.endswith(" FOUND") and LIMITS_EXCEEDED not in said:
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    raise ClamdUnavailable(f"it said {said[:200]!r}")
