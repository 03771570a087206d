"""Requests and answers about stream keys."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from control_api.api.envelopes import LINE, Body, Parameters, View
from control_api.stream_keys.models import StreamKey
from control_api.stream_keys.servers import IngestServers

Label = Annotated[str, LINE, StringConstraints(max_length=60)]


class KeyPath(Parameters):
    id: UUID


class NewKeyRequest(Body):
    label: Label = Field(default="", description="What it is for, such as the machine that has it.")


class KeyView(View):
    id: UUID
    label: str
    hint: str = Field(description="The end of the key.")
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: StreamKey) -> "KeyView":
        return cls(
            id=key.id,
            label=key.label,
            hint=key.hint,
            created_at=key.created_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


class ServerView(View):
    rtmp_url: str
    rtmps_url: str | None
    srt_url: str | None

    @classmethod
    def of(cls, servers: IngestServers) -> "ServerView":
        return cls(rtmp_url=servers.rtmp_url, rtmps_url=servers.rtmps_url, srt_url=servers.srt_url)


class KeysView(View):
    keys: list[KeyView]
    server: ServerView


class KeyWithSecretView(View):
    key: KeyView
    secret: str = Field(description="For the encoder. It is shown this once.")


class OneKeyView(View):
    key: KeyView
