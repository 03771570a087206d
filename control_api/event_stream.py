"""Streams of Valkey in which other processes tell what is to be kept: read in order, and again until acknowledged."""

from collections.abc import Sequence
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from control_api.valkey import valkey_outages

GROUP: Final = "control_api"
# One name for all processes: only who holds the keeper's lock reads, and first what its predecessor left undone.
CONSUMER: Final = "keeper"

Entries = list[tuple[str, dict[str, str] | None]]
"""Ids and fields; None for an entry that was trimmed before it was read."""
Answer = list[tuple[str, Entries]]


class EventStream:
    """One stream, read `batch` entries at a time. All calls raise ServiceUnavailable during an outage."""

    def __init__(self, valkey: Redis, name: str, *, batch: int) -> None:
        self._valkey = valkey
        self._name = name
        self._batch = batch

    async def next_texts(self) -> list[tuple[str, str]]:
        """The next entries as (id, text of the field `json`), those that were never acknowledged first; empty at the
        end."""
        entries = await self._read("0") or await self._read(">")
        return [(entry_id, (fields or {}).get("json", "")) for entry_id, fields in entries]

    async def acknowledge(self, entry_ids: Sequence[str]) -> None:
        """They are kept, and not given again."""
        with valkey_outages():
            await self._valkey.xack(self._name, GROUP, *entry_ids)

    async def _read(self, after: str) -> Entries:
        """The first entries that were given to us and never acknowledged ("0"), or that are new (">")."""
        streams: dict[Any, Any] = {self._name: after}
        with valkey_outages():
            try:
                answer = await self._valkey.xreadgroup(GROUP, CONSUMER, streams, count=self._batch)
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                # The first time, or Valkey has lost what it knew.
                await self._valkey.xgroup_create(self._name, GROUP, id="0", mkstream=True)
                return []
        [[_, entries]] = cast("Answer", answer) or [("", [])]
        return entries
