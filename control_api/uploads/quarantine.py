"""Writes the bytes of one upload into quarantine, part by part."""

from collections.abc import Awaitable, Callable

from control_api.objects.store import Objects
from control_api.uploads.models import PART_BYTES, UploadId, part_key, part_start

Advance = Callable[[int], Awaitable[None]]
"""Says that the upload stands at an offset from now on; raises when it may not."""


class QuarantineWriter:
    """Takes bytes from `offset` on. What `advance` was told of is kept, whatever happens to the rest."""

    def __init__(self, objects: Objects, upload_id: UploadId, offset: int, advance: Advance) -> None:
        self._objects = objects
        self._upload_id = upload_id
        self._advance = advance
        self._kept = offset
        """What is written, and said."""
        self._start = part_start(offset)
        self._part: bytearray | None = None

    @property
    def offset(self) -> int:
        """Bytes taken, kept or not yet."""
        return self._kept if self._part is None else self._start + len(self._part)

    @property
    def has_more(self) -> bool:
        """Whether bytes were taken that are not kept yet."""
        return self.offset > self._kept

    async def write(self, piece: bytes) -> None:
        view = memoryview(piece)
        while view:
            part = await self._open_part()
            room = PART_BYTES - len(part)
            part += view[:room]
            view = view[room:]
            if len(part) == PART_BYTES:
                await self.keep()

    async def keep(self) -> None:
        """Have everything kept that was taken."""
        if not self.has_more or self._part is None:
            return
        end, before = self.offset, self._kept
        await self._objects.put(part_key(self._upload_id, self._start, end), bytes(self._part))
        await self._advance(end)
        self._kept = end
        if before > self._start:
            await self._objects.delete(part_key(self._upload_id, self._start, before))
        if end == self._start + PART_BYTES:
            self._start, self._part = end, None

    async def _open_part(self) -> bytearray:
        if self._part is None:
            length = self._kept - self._start
            key = part_key(self._upload_id, self._start, self._kept)
            self._part = bytearray(await self._objects.read(key, start=0, length=length))
        return self._part
