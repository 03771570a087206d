"""The two extensions of WHEP, as a session's answer announces them (draft-ietf-wish-whep, "Protocol extensions")."""

from __future__ import annotations

from typing import Final, Literal, get_args

EventName = Literal["active", "inactive", "layers", "viewercount"]
EVENT_NAMES: Final[tuple[EventName, ...]] = get_args(EventName)
_URN: Final = "urn:ietf:params:whep:ext:core"


def extension_links(location: str) -> list[str]:
    """Link headers of the session at `location`."""
    return [
        f'<{location}/sse>; rel="{_URN}:server-sent-events"; events="{",".join(EVENT_NAMES)}"',
        f'<{location}/layer>; rel="{_URN}:layer"',
    ]
