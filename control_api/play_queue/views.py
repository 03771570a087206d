"""Requests and answers about the queue."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from control_api.api.envelopes import Body, Parameters, View
from control_api.linked_files.links import FileLinks
from control_api.play_queue.models import QueuedTrack
from control_api.play_queue.service import MAX_ENTRIES
from control_api.tracks.views import TrackView


class EntryPath(Parameters):
    entry_id: UUID


class QueueRequest(Body):
    track_id: UUID
    position: Annotated[int, Field(ge=0, le=MAX_ENTRIES)] | None = Field(
        default=None, description="Where it is to be, from 0; the end when left out."
    )


class QueueOrderRequest(Body):
    entry_ids: Annotated[list[UUID], Field(max_length=MAX_ENTRIES)]


class EntryView(View):
    id: UUID
    added_at: datetime
    track: TrackView


class QueueView(View):
    entries: list[EntryView] = Field(description="From the one that is next.")

    @classmethod
    def of(cls, queue: Sequence[QueuedTrack], links: FileLinks) -> "QueueView":
        return cls(
            entries=[
                EntryView(id=item.entry.id, added_at=item.entry.added_at, track=TrackView.of(item.track, links))
                for item in queue
            ]
        )
