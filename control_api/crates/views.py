"""Requests and answers about crates."""

from datetime import datetime
from uuid import UUID

from control_api.api.envelopes import Body, Parameters, View
from control_api.crates.models import Crate
from control_api.tracks.words import Name


class CratePath(Parameters):
    id: UUID


class CrateTrackPath(CratePath):
    track_id: UUID


class CrateRequest(Body):
    name: Name


class CrateView(View):
    id: UUID
    name: str
    track_count: int
    created_at: datetime

    @classmethod
    def of(cls, crate: Crate) -> "CrateView":
        return cls(id=crate.id, name=crate.name, track_count=crate.track_count, created_at=crate.created_at)


class OneCrateView(View):
    crate: CrateView


class CratesView(View):
    crates: list[CrateView]
