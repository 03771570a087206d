"""Objects by key. Keys are made by us, of ids and fixed words, never of what somebody typed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from control_api.errors import ServiceUnavailable
from control_api.objects.settings import ObjectSettings

PIECE_BYTES = 1024 * 1024
"""As much of an object as is in memory while it is copied or sent."""
CONNECT_TIMEOUT_S = 5
RETRIES = 3


class ObjectMissing(LookupError):
    """There is no object of this key."""


class Objects:
    """What is put is whole or not there. Every call is bounded in time and raises ServiceUnavailable when the store
    cannot be reached, or has no room."""

    def __init__(self, store: ObjectStore, *, timeout_s: float) -> None:
        self._store = store
        self._timeout_s = timeout_s

    @classmethod
    def of(cls, settings: ObjectSettings) -> "Objects":
        """The store that the settings name; a folder is made when it is not there."""
        return cls(_open(settings), timeout_s=settings.objects_timeout_s)

    async def put(self, key: str, content: bytes) -> None:
        with _outages():
            async with asyncio.timeout(self._timeout_s):
                await obstore.put_async(self._store, key, content, use_multipart=False)

    async def put_file(self, key: str, path: Path) -> None:
        """Copy a file, in pieces; the time is that of one piece for each."""
        pieces = 1 + (await asyncio.to_thread(path.stat)).st_size // PIECE_BYTES
        with _outages():
            async with asyncio.timeout(self._timeout_s * pieces):
                await obstore.put_async(self._store, key, path, max_concurrency=2)

    async def size(self, key: str) -> int:
        """In bytes. Raises ObjectMissing."""
        with _outages(key):
            async with asyncio.timeout(self._timeout_s):
                return (await obstore.head_async(self._store, key))["size"]

    async def read(self, key: str, *, start: int, length: int) -> bytes:
        """Bytes of an object that has them. Raises ObjectMissing."""
        if length == 0:
            return b""
        with _outages(key):
            async with asyncio.timeout(self._timeout_s):
                return bytes(await obstore.get_range_async(self._store, key, start=start, length=length))

    async def pieces(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """An object from `start` on, in pieces of PIECE_BYTES at most. Raises ObjectMissing."""
        # Each piece is a request of its own: a stream of obstore that is not read to its end aborts the process when
        # it exits.
        end = await self.size(key) if length is None else start + length
        while start < end:
            piece = await self.read(key, start=start, length=min(PIECE_BYTES, end - start))
            start += len(piece)
            yield piece

    async def fetch(self, key: str, path: Path) -> None:
        """Append an object to a file of this host. Raises ObjectMissing."""
        with path.open("ab") as file:
            async for piece in self.pieces(key):
                await asyncio.to_thread(file.write, piece)

    async def keys_below(self, prefix: str) -> list[str]:
        """The keys in a folder, and in those below it."""
        with _outages():
            async with asyncio.timeout(self._timeout_s):
                return [item["path"] async for batch in obstore.list(self._store, prefix) for item in batch]

    async def folders_of(self, prefix: str) -> list[str]:
        """The folders in a folder, as prefixes."""
        with _outages():
            async with asyncio.timeout(self._timeout_s):
                listed = await obstore.list_with_delimiter_async(self._store, prefix)
                return list(listed["common_prefixes"])

    async def delete(self, *keys: str) -> None:
        """Those that are gone already are no error."""
        for key in keys:
            with suppress(ObjectMissing), _outages(key):
                async with asyncio.timeout(self._timeout_s):
                    await obstore.delete_async(self._store, key)

    async def delete_below(self, prefix: str) -> None:
        """Everything in a folder."""
        await self.delete(*await self.keys_below(prefix))


def _open(settings: ObjectSettings) -> ObjectStore:
    parts = urlsplit(settings.objects_url)
    if parts.scheme == "file":
        return LocalStore(Path(unquote(parts.path)), mkdir=True, automatic_cleanup=True)
    if parts.scheme == "memory":
        return MemoryStore()
    secret = settings.objects_secret_access_key
    given = {
        "endpoint": settings.objects_endpoint,
        "region": settings.objects_region,
        "access_key_id": settings.objects_access_key_id,
        "secret_access_key": secret.get_secret_value() if secret else None,
    }
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config={name: value for name, value in given.items() if value is not None},  # type: ignore[arg-type]
        client_options={
            "timeout": timedelta(seconds=settings.objects_timeout_s),
            "connect_timeout": timedelta(seconds=CONNECT_TIMEOUT_S),
            "allow_http": bool(settings.objects_endpoint and settings.objects_endpoint.startswith("http://")),
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=settings.objects_timeout_s)},
    )


@contextmanager
def _outages(key: str | None = None) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotFoundError) as error:
        if key is None:
            raise ServiceUnavailable("objects") from error
        raise ObjectMissing(key) from error
    except (BaseError, OSError, TimeoutError) as error:
        raise ServiceUnavailable("objects") from error
