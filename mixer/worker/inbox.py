"""What is said on `mix:in:{stream_id}`, read strictly."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, Tag, TypeAdapter, ValidationError, field_validator

from mixer.worker.desired import Message, Name, Playable, places
from mixer.worker.rejected import MessageRejected

MAX_MESSAGE_BYTES: Final = 64 * 1024
MAX_COMMANDS: Final = 64
MAX_PING_CHARS: Final = 200
MAX_SEQ: Final = 2**53

Device = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
RequestId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]


class FromMember(Message):
    """Commands of a device, each with its number, and perhaps a ping to be sent back."""

    user: Name
    device: Device
    via: Literal["data", "socket"]
    commands: list[tuple[Annotated[int, Field(ge=1, le=MAX_SEQ)], dict[str, Any]]] = Field(
        default_factory=list, max_length=MAX_COMMANDS
    )
    ping: Any = None

    @field_validator("ping")
    @classmethod
    def _short(cls, ping: Any) -> Any:
        try:
            length = len(json.dumps(ping))
        except (ValueError, RecursionError):
            raise ValueError("not to be sent back") from None
        if length > MAX_PING_CHARS:
            raise ValueError("too long to be sent back")
        return ping


class DeckLoad(Message):
    """`track` None takes away what is on the deck."""

    deck: int = Field(ge=0, le=3)
    track: Playable | None


class PadLoad(Message):
    """The same of a pad of the sampler."""

    pad: int = Field(ge=0, le=7)
    track: Playable | None


class LoadRequest(Message):
    request: RequestId
    user: Name
    load: DeckLoad | PadLoad


class ReloadRequest(Message):
    """What is known of a track has changed, wherever it is loaded."""

    request: RequestId
    reload: Playable


Incoming = FromMember | LoadRequest | ReloadRequest


def _kind(told: Any) -> str:
    keys = told if isinstance(told, dict) else {}
    return "load" if "load" in keys else "reload" if "reload" in keys else "member"


_INCOMING: Final[TypeAdapter[Incoming]] = TypeAdapter(
    Annotated[
        Annotated[FromMember, Tag("member")]
        | Annotated[LoadRequest, Tag("load")]
        | Annotated[ReloadRequest, Tag("reload")],
        Discriminator(_kind),
    ]
)


def read_incoming(text: str | bytes) -> Incoming:
    """Raises MessageRejected, and nothing else."""
    if len(text) > MAX_MESSAGE_BYTES:
        raise MessageRejected(f"a message has at most {MAX_MESSAGE_BYTES} bytes")
    try:
        return _INCOMING.validate_json(text)
    except ValidationError as error:
        raise MessageRejected(f"no message: {places(error)}") from None
