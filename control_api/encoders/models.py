"""What a creator wants of the next stream from an encoder, and what a media worker is answered."""

from dataclasses import dataclass

from control_api.identity import StreamId, UserId
from control_api.streams.models import Ingest


@dataclass(frozen=True, slots=True)
class EncoderWish:
    """`take_over`: a second encoder with one's key takes over from the first, and is not refused."""

    title: str
    description: str
    record: bool
    take_over: bool


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """An encoder came to a worker, with what it says is a stream key."""

    key: str
    ingest: Ingest
    worker_id: str
    address: str


@dataclass(frozen=True, slots=True)
class IngestGrant:
    stream_id: StreamId
    user_id: UserId
    generation: int
    take_over: bool
