"""/stream/:id/recording: having a stream recorded."""

from aiohttp import web
from pydantic import Field

from control_api.api.access import Access
from control_api.api.envelopes import Body
from control_api.api.router import RateClass, Routes
from control_api.identity import Actor, Role, StreamId
from control_api.replays.errors import ReplayQuotaExceeded
from control_api.replays.recordings import RecordingService
from control_api.streams.errors import StreamEnded, StreamNotFound
from control_api.streams.routes import shown
from control_api.streams.views import OneStreamView, StreamPath

STREAM_RECORDINGS = web.AppKey("stream_recordings", RecordingService)
routes = Routes("Replays")
creators = Access.of(Role.DJ, Role.PERFORMER)


class SwitchRecordingRequest(Body):
    on: bool = Field(description="Whether it is to be recorded from now on.")


@routes.post(
    "/stream/{id}/recording",
    access=creators,
    rate_class=RateClass.STREAM,
    errors=[StreamNotFound, StreamEnded, ReplayQuotaExceeded],
)
async def switch_recording(
    request: web.Request, actor: Actor, path: StreamPath, body: SwitchRecordingRequest
) -> OneStreamView:
    """Record one's stream, or stop recording it

    Of one that is not live yet: when it begins. Each recording becomes a replay of its own.
    """
    stream = await request.app[STREAM_RECORDINGS].switch(actor, StreamId(path.id), on=body.on)
    [view] = await shown(request, actor, [stream])
    return OneStreamView(stream=view)
