"""Requests and answers about targets."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from control_api.api.envelopes import LINE, Body, Parameters, View
from control_api.targets.models import Platform, Target

Label = Annotated[str, LINE, StringConstraints(min_length=1, max_length=60)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=500)]
# Of what may stand in the path of an RTMP stream; some platforms put a query into their keys.
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400, pattern=r"^[\x21-\x7e]+$")]


class TargetPath(Parameters):
    id: UUID


class NewTargetRequest(Body):
    platform: Platform = Field(strict=False)
    label: Label
    url: Url | None = Field(default=None, description="Of a custom one. Others have one of their own.")
    key: Key
    enabled: bool = True


class EditTargetRequest(Body):
    label: Label | None = None
    url: Url | None = None
    key: Key | None = None
    enabled: bool | None = None


class TargetView(View):
    id: UUID
    platform: Platform
    label: str
    url: str
    key_hint: str = Field(description="The end of its key, which is never given back.")
    enabled: bool
    created_at: datetime

    @classmethod
    def of(cls, target: Target) -> "TargetView":
        return cls(
            id=target.id,
            platform=target.platform,
            label=target.label,
            url=target.url,
            key_hint=target.key_hint,
            enabled=target.enabled,
            created_at=target.created_at,
        )


class TargetsView(View):
    targets: list[TargetView]


class OneTargetView(View):
    target: TargetView
