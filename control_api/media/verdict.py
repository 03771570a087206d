"""What a live stream's state should be, given what its worker says: a pure rule without clock, network or database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from control_api.media.models import RoomSnapshot
from control_api.streams.models import EndedReason, MediaState, Source, Stream


@dataclass(frozen=True, slots=True)
class Patience:
    """`publish_wait`: how long a granted publisher may take to appear. `grace`: how long a lost one may stay away.
    `mix_grace`: how long a mix may be on its way to a media worker."""

    publish_wait: timedelta
    grace: timedelta
    mix_grace: timedelta


@dataclass(frozen=True, slots=True)
class Remains:
    """The stream goes on, in this media state."""

    media_state: MediaState


@dataclass(frozen=True, slots=True)
class Ends:
    reason: EndedReason


Verdict = Remains | Ends


def judge(
    stream: Stream, room: RoomSnapshot | None, *, worker_is_gone: bool, now: datetime, patience: Patience
) -> Verdict:
    """`room` is the stream's room on its own worker; `worker_is_gone` says that this worker's lease has run out."""
    if room is not None and room.state == "live":
        return Remains(MediaState.LIVE)
    if room is not None and room.state == "interrupted":
        return Remains(MediaState.INTERRUPTED)
    if stream.source is Source.MIX:
        return _mix_without_room(stream, now, patience)
    if room is not None and room.generation >= stream.publish_generation:
        return Ends(EndedReason(room.ended_reason or "ended"))
    return _without_room(stream, worker_is_gone, now, patience)


def _without_room(stream: Stream, worker_is_gone: bool, now: datetime, patience: Patience) -> Verdict:
    """No room, or one that ended before the newest grant was given: whoever holds that grant may still come."""
    if stream.media_state is MediaState.WAITING:
        if now - stream.publish_granted_at >= patience.publish_wait:
            return Ends(EndedReason.NEVER_PUBLISHED)
        return Remains(MediaState.WAITING)
    if stream.media_state is MediaState.LIVE:
        return Remains(MediaState.INTERRUPTED)
    if now - max(stream.media_state_since, stream.publish_granted_at) >= patience.grace:
        return Ends(EndedReason.WORKER_LOST if worker_is_gone else EndedReason.PUBLISHER_LOST)
    return Remains(MediaState.INTERRUPTED)


def _mix_without_room(stream: Stream, now: datetime, patience: Patience) -> Verdict:
    """A mix finds a way by itself, from another mixer or to another worker, so no loss of either ends it at once."""
    if stream.media_state is MediaState.LIVE:
        return Remains(MediaState.INTERRUPTED)
    if now - stream.media_state_since >= patience.mix_grace:
        return Ends(
            EndedReason.NEVER_PUBLISHED if stream.media_state is MediaState.WAITING else EndedReason.WORKER_LOST
        )
    return Remains(stream.media_state)
