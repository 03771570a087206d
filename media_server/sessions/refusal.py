"""Why somebody cannot have a session now."""

from __future__ import annotations

from typing import Literal

from media_server.sessions.live_room import LiveRoom
from media_server.sessions.publisher import PublisherSession
from media_server.sessions.seat import Seat
from media_server.tokens import MediaGrant

RefusalCode = Literal[
    "STREAM_NOT_LIVE",
    "STREAM_ENDED",
    "ALREADY_PUBLISHING",
    "SUPERSEDED",
    "VIEWER_DROPPED",
    "WORKER_FULL",
    "WORKER_DRAINING",
    "SSRC_TAKEN",
    "NO_COMMON_ADDRESS",
]


class Refused(Exception):
    """A session that cannot be had now. `code` is stable."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_takes_sessions(*, is_draining: bool, is_full: bool) -> None:
    """Raises Refused at a worker that is about to leave, or has no room."""
    if is_draining:
        raise Refused("WORKER_DRAINING", "this media server is about to leave; ask where to go instead")
    if is_full:
        raise Refused("WORKER_FULL", "this media server has no room for another session")


def check_open(room: LiveRoom) -> None:
    """Raises Refused when the stream is over."""
    if room.room.state.is_over:
        raise Refused("STREAM_ENDED", "the stream has ended")


def check_not_dropped(room: LiveRoom, grant: MediaGrant) -> None:
    """Raises Refused for a viewer who was told to go, and for a member of a mix who was after the token was issued."""
    is_viewer = grant.action == "watch"
    if room.is_dropped(grant.subject) if is_viewer else room.is_removed(grant.subject, grant.issued_at):
        raise Refused("VIEWER_DROPPED", "you have left the stream or were removed from it; join it again")


def check_newer_than_pulled(room: LiveRoom | None, grant: MediaGrant) -> None:
    """Raises Refused when the stream is pulled from where a publisher of this or a newer generation is."""
    if room is None or room.role == "origin":
        return
    if grant.generation < room.room.state.generation:
        raise Refused("SUPERSEDED", "the stream went on from another device; ask for a new token")
    if grant.generation == room.room.state.generation:
        raise Refused("ALREADY_PUBLISHING", "somebody is publishing this stream with the same token")


def check_generation(seat: Seat[PublisherSession], grant: MediaGrant) -> None:
    """Raises Refused when a publisher of this or a newer generation has been here."""
    if seat.is_superseded(grant.generation):
        raise Refused("SUPERSEDED", "the stream went on from another device; ask for a new token")
    if seat.is_taken(grant.generation):
        raise Refused("ALREADY_PUBLISHING", "somebody is publishing this stream with the same token")
