"""Where streams are at this moment, as the workers that have their publishers record it."""

from typing import Annotated, cast

import structlog
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from redis.asyncio import Redis

from control_api.identity import StreamId
from control_api.valkey import valkey_outages

log = structlog.get_logger(__name__)


class Origin(BaseModel):
    """The worker that has a stream's publisher, and where other workers reach it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    worker_id: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    internal_url: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    generation: int = Field(ge=1)


class OriginRegistry:
    """Reads `media:origin:{stream_id}`, which lives as long as the lease of its worker."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey

    async def find(self, stream_id: StreamId) -> Origin | None:
        """Raises ServiceUnavailable."""
        with valkey_outages():
            told = cast("dict[str, str]", await self._valkey.hgetall(f"media:origin:{stream_id}"))
        if not told:
            return None
        try:
            return Origin.model_validate(told)
        except ValidationError as error:
            log.warning("origin_unreadable", stream_id=str(stream_id), problems=error.error_count())
            return None
