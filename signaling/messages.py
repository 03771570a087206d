"""Events as they cross the wire: payloads read strictly, acknowledgements and states written."""

from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from signaling.ports import StreamState

STREAM_STATE: Final = "stream:state"
STREAM_MOVE: Final = "stream:move"
LOBBY_CHANGED: Final = "lobby:changed"
LOBBY_ROOM: Final = "lobby"
MAX_COMMANDS: Final = 64
MAX_SAFE_INTEGER: Final = 2**53 - 1

Payload = TypeVar("Payload", bound=BaseModel)


class EventError(Exception):
    """An event that was refused, with the stable code its acknowledgement carries."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class StreamRef(BaseModel):
    """Payload of `stream:watch` and `stream:unwatch`."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)

    stream_id: UUID


class ChatSend(StreamRef):
    """Payload of `chat:send`; what becomes of the text, and how long it may be then, is the chat's to say."""

    text: Annotated[str, Field(strict=True, max_length=2_000)]


Whole = Annotated[int, Field(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
Value = None | bool | Whole | Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=128)]
FieldName = Annotated[str, Field(max_length=32)]


class MixSend(BaseModel):
    """Payload of `mix:send`: commands with the numbers that the device gave them. The mixer says what they mean."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)

    stream_id: UUID
    device: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
    commands: Annotated[
        list[tuple[Annotated[int, Field(strict=True, ge=1, le=MAX_SAFE_INTEGER)], dict[FieldName, Value]]],
        Field(max_length=MAX_COMMANDS),
    ] = []
    ping: Value = None


class Nothing(BaseModel):
    """Payload of the lobby's events: none, or an empty object."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def parse(model: type[Payload], arguments: tuple[Any, ...]) -> Payload:
    """The one object an event carries, as `model`. Raises EventError and nothing else."""
    if len(arguments) > 1:
        raise EventError("VALIDATION_ERROR", "An event carries one object.")
    try:
        return model.model_validate(arguments[0] if arguments else {})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "payload"
        raise EventError("VALIDATION_ERROR", f"{where[:64]}: {first['msg']}") from None


def stream_room(stream_id: UUID) -> str:
    return f"stream:{stream_id}"


def stream_of_room(room: str) -> UUID | None:
    """The stream a room belongs to, or None for the lobby and the rooms Socket.IO keeps for itself."""
    kind, _, stream_id = room.partition(":")
    return UUID(stream_id) if kind == "stream" else None


def state_payload(state: StreamState) -> dict[str, Any]:
    return {
        "streamId": str(state.stream_id),
        "status": state.status,
        "mediaState": state.media_state,
        "viewerCount": state.viewer_count,
        "endedReason": state.ended_reason,
    }


def accepted(data: dict[str, Any]) -> dict[str, Any]:
    return {"success": True, "data": data}


def refused(error: EventError) -> dict[str, Any]:
    return {"success": False, "error": {"code": error.code, "message": error.message}}
