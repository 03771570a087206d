"""What the control plane has to keep, written to Valkey (ARCHITECTURE.md, `media:events`)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from media_server.recording.ports import Unavailable

STREAM: Final = "media:events"
_KEPT: Final = 20_000
_CALL_S: Final = 3.0


class ValkeyEvents:
    """See `Events`: whoever writes keeps what could not be written."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey

    async def write(self, event: Mapping[str, Any]) -> None:
        """Raises Unavailable."""
        text = json.dumps(event, separators=(",", ":"))
        try:
            async with asyncio.timeout(_CALL_S):
                await self._valkey.xadd(STREAM, {"json": text}, maxlen=_KEPT, approximate=True)
        except (RedisError, OSError, TimeoutError) as error:
            raise Unavailable("Valkey is away") from error
