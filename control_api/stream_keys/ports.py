"""What stream keys need from the rest of the process."""

from typing import Protocol

from control_api.db.pool import Connection
from control_api.stream_keys.models import StreamKeyId
from control_api.streams.models import Stream


class KeyedStreams(Protocol):
    async def end_of_key(self, connection: Connection, key_id: StreamKeyId) -> list[tuple[Stream, bool]]:
        """End, in this transaction, what an encoder sends with that key; as it ended, and whether it was on air."""


class Endings(Protocol):
    async def tell(self, ended: Stream, *, was_on_air: bool) -> None:
        """Tell everybody whom it concerns, after it is committed."""
