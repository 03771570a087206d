"""The people of the demo. Their passwords are public, so they exist in development only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DemoAccount:
    role: str
    username: str
    email: str
    password: str


DJ: Final = DemoAccount("dj", "nightshift", "dj@example.com", "demo-Dj-4821")
RESIDENT: Final = DemoAccount("dj", "selecta", "booth@example.com", "demo-Booth-4821")
"""A DJ who is not on air: whoever signs in opens the booth, with a few tracks in the library."""
PERFORMER: Final = DemoAccount("performer", "mira", "performer@example.com", "demo-Performer-4821")
VIEWER: Final = DemoAccount("viewer", "ada", "viewer@example.com", "demo-Viewer-4821")
ALL: Final = (RESIDENT, DJ, PERFORMER, VIEWER)
