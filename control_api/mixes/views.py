"""Requests and answers about mixes."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from control_api.api.envelopes import Body, Parameters, View
from control_api.media.views import IceServerView
from control_api.mixes.models import Booth, DeviceGrant, Entered, LoadPlace, MixState
from control_api.streams.models import Status
from control_api.streams.views import StreamView


class MixPath(Parameters):
    id: UUID


class MemberPath(Parameters):
    id: UUID
    user_id: UUID


class OpenMixRequest(Body):
    deck_count: Literal[2, 4] = 2


class LoadRequest(Body):
    deck: int | None = Field(default=None, ge=0, le=3, description="Counted from 0.")
    pad: int | None = Field(default=None, ge=0, le=7, description="Of the sampler, counted from 0, in place of a deck.")
    track_id: UUID | None = Field(description="One's own, and ready; null takes off what is there.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.deck is None) == (self.pad is None):
            raise ValueError("either a deck or a pad")
        return self

    @property
    def place(self) -> LoadPlace:
        """Where the track is to go."""
        return ("deck", self.deck) if self.deck is not None else ("pad", self.pad or 0)


class InviteRequest(Body):
    username: str = Field(min_length=1, max_length=30, pattern=r"^[A-Za-z0-9_]+$")


class HandOverRequest(Body):
    user_id: UUID


class MemberView(View):
    user_id: UUID
    username: str
    is_lead: bool


class MixView(View):
    id: UUID
    stream_id: UUID
    deck_count: int
    on_air: bool
    lead_id: UUID
    members: list[MemberView]
    state: MixState
    opened_at: datetime

    @classmethod
    def of(cls, booth: Booth) -> "MixView":
        mix = booth.mix
        return cls(
            id=mix.stream_id,
            stream_id=mix.stream_id,
            deck_count=mix.deck_count,
            on_air=booth.stream.status is Status.LIVE,
            lead_id=mix.lead_id,
            members=[
                MemberView(user_id=member.user_id, username=member.username, is_lead=member.user_id == mix.lead_id)
                for member in mix.members
            ],
            state=booth.state,
            opened_at=mix.opened_at,
        )


class OneMixView(View):
    mix: MixView


class BoothView(View):
    stream: StreamView
    mix: MixView

    @classmethod
    def of(cls, booth: Booth) -> "BoothView":
        return cls(stream=StreamView.of(booth.stream), mix=MixView.of(booth))


class CurrentBoothView(View):
    """Both or neither."""

    stream: StreamView | None = None
    mix: MixView | None = None


class MonitorView(View):
    worker_id: str = Field(description="Of the media worker, as `stream:move` names it.")
    whep_url: str
    token: str
    expires_at: datetime
    ice_servers: list[IceServerView]

    @classmethod
    def of(cls, grant: DeviceGrant) -> "MonitorView":
        return cls(
            worker_id=grant.worker_id,
            whep_url=grant.url,
            token=grant.token,
            expires_at=grant.expires_at,
            ice_servers=IceServerView.of_all(grant.ice_servers),
        )


class TalkView(View):
    worker_id: str = Field(description="Of the media worker, as `stream:move` names it.")
    whip_url: str
    token: str
    expires_at: datetime
    ice_servers: list[IceServerView]

    @classmethod
    def of(cls, grant: DeviceGrant) -> "TalkView":
        return cls(
            worker_id=grant.worker_id,
            whip_url=grant.url,
            token=grant.token,
            expires_at=grant.expires_at,
            ice_servers=IceServerView.of_all(grant.ice_servers),
        )


class OneTalkView(View):
    talk: TalkView


class EnteredView(View):
    stream: StreamView
    mix: MixView
    monitor: MonitorView
    talk: TalkView

    @classmethod
    def of(cls, entered: Entered) -> "EnteredView":
        return cls(
            stream=StreamView.of(entered.booth.stream),
            mix=MixView.of(entered.booth),
            monitor=MonitorView.of(entered.monitor),
            talk=TalkView.of(entered.talk),
        )
