"""The snapshot a media worker writes into Valkey (ARCHITECTURE.md, "Valkey")."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from control_api.identity import StreamId, UserId

RoomState = Literal["live", "interrupted", "ended"]


class _Snapshot(BaseModel):
    # A worker of a newer version may say more than we know of.
    model_config = ConfigDict(frozen=True, extra="ignore")


class RoomSnapshot(_Snapshot):
    state: RoomState
    generation: int = Field(ge=1)
    viewers: int = Field(ge=0)
    ended_reason: Literal["ended", "publisher_lost"] | None = None


class WorkerSnapshot(_Snapshot):
    worker_id: str = Field(min_length=1, max_length=128)
    http_port: int = Field(ge=1, le=65_535)
    public_url: str | None = None
    internal_url: str
    """Where other processes of ours reach it."""
    viewers: int = Field(ge=0)
    rooms: dict[StreamId, RoomSnapshot]
    booths: dict[StreamId, frozenset[UserId]] = Field(default_factory=dict)
    """Who hears the cue of a mix here, or talks in it."""
