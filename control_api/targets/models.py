"""Targets as PostgreSQL knows them: their keys sealed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from control_api.identity import UserId

TargetId = NewType("TargetId", UUID)
HINT_CHARS = 4


class Platform(StrEnum):
    YOUTUBE = "youtube"
    TWITCH = "twitch"
    FACEBOOK = "facebook"
    CUSTOM = "custom"


INGEST_OF = {
    Platform.YOUTUBE: "rtmps://a.rtmps.youtube.com:443/live2",
    Platform.TWITCH: "rtmps://ingest.global-contribute.live-video.net:443/app",
    Platform.FACEBOOK: "rtmps://live-api-s.facebook.com:443/rtmp",
}
"""Where each platform takes every creator's stream."""


@dataclass(frozen=True, slots=True)
class Target:
    """`key_hint` is the end of its key."""

    id: TargetId
    creator_id: UserId
    platform: Platform
    label: str
    url: str
    sealed_key: str
    key_hint: str
    enabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TargetForWorker:
    """`sealed_key` as workers read it."""

    id: TargetId
    url: str
    sealed_key: str
