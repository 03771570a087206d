"""POST /internal/relay: a media worker that was asked for a stream it does not have asks where that is."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from control_api.db.pool import Database
from control_api.identity import StreamId
from control_api.media.origins import OriginRegistry
from control_api.media.tokens import MediaTokenSigner
from control_api.streams import queries
from control_api.streams.errors import StreamEnded, StreamNotFound, StreamNotLive
from control_api.streams.models import Status


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    stream_id: UUID
    worker_id: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.-]+$")]


class InternalRelay:
    def __init__(self, database: Database, origins: OriginRegistry, tokens: MediaTokenSigner) -> None:
        self._database = database
        self._origins = origins
        self._tokens = tokens

    async def answer(self, body: bytes) -> dict[str, Any]:
        """See `api.internal.Answer`. Raises StreamNotFound, StreamEnded, StreamNotLive, ServiceUnavailable.

        Of a mix that is not on air nothing is told: its origin would not send it either.
        """
        told = _Body.model_validate_json(body)
        stream_id = StreamId(told.stream_id)
        async with self._database.connection() as connection:
            stream = await queries.find_stream(connection, stream_id)
        if stream is None:
            raise StreamNotFound
        if stream.status is Status.ENDED:
            raise StreamEnded
        origin = await self._origins.find(stream_id) if stream.status is Status.LIVE else None
        if origin is None or origin.worker_id == told.worker_id:
            raise StreamNotLive
        return {
            "url": origin.internal_url,
            "token": self._tokens.relay(stream_id, told.worker_id).text,
            "workerId": origin.worker_id,
            "generation": origin.generation,
        }
