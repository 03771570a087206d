"""Requests about streams that are announced."""

from typing import Any

from pydantic import AwareDatetime, Field

from control_api.api.envelopes import Body
from control_api.streams.models import Announcement
from control_api.streams.views import Description, Title


class AnnounceRequest(Body):
    title: Title
    description: Description = ""
    starts_at: AwareDatetime
    record: bool = Field(default=False, description="Whether it is to be recorded.")

    def wish(self) -> Announcement:
        return Announcement(self.title, self.description, self.starts_at, self.record)


class EditAnnouncementRequest(Body):
    """What is left out stays as it is."""

    title: Title | None = None
    description: Description | None = None
    starts_at: AwareDatetime | None = None
    record: bool | None = None

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)
