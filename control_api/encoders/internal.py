"""POST /internal/ingest: a media worker asks whose stream key it was shown."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from control_api.encoders.models import IngestRequest
from control_api.encoders.service import EncoderService
from control_api.streams.models import Ingest


class _Body(BaseModel):
    # A worker of a newer version may say more than we know of.
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    key: Annotated[str, StringConstraints(max_length=256)]
    protocol: Literal[Ingest.RTMP, Ingest.RTMPS, Ingest.SRT]
    worker_id: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.-]+$")]
    address: Annotated[str, StringConstraints(max_length=64)] = Field(description="Of the encoder.")


class InternalIngest:
    def __init__(self, encoders: EncoderService) -> None:
        self._encoders = encoders

    async def answer(self, body: bytes) -> dict[str, Any]:
        """See `api.internal.Answer`."""
        told = _Body.model_validate_json(body)
        grant = await self._encoders.admit(IngestRequest(told.key, told.protocol, told.worker_id, told.address))
        return {
            "streamId": str(grant.stream_id),
            "userId": str(grant.user_id),
            "generation": grant.generation,
            "takeOver": grant.take_over,
        }
