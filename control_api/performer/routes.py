"""/performer: going live and ending, for those whose role it is."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.router import RateClass, Routes
from control_api.identity import Actor, Role, StreamId
from control_api.media.registry import NoMediaWorker
from control_api.streams.announced import StreamHasBegun
from control_api.streams.errors import AlreadyLive, NotLive, StreamNotBegun, StreamNotFound
from control_api.streams.routes import STREAMS, asked_at
from control_api.streams.views import (
    EndStreamRequest,
    OneStreamView,
    PublishView,
    StartedView,
    StartStreamRequest,
    StreamView,
)

routes = Routes("Performer")


@routes.post(
    "/performer/start-stream",
    access=Access.of(Role.PERFORMER),
    rate_class=RateClass.STREAM,
    status=HTTPStatus.CREATED,
    errors=[AlreadyLive, NoMediaWorker, StreamNotFound, StreamHasBegun],
)
async def start_performer_stream(request: web.Request, actor: Actor, body: StartStreamRequest) -> StartedView:
    """Start a live stream as a performer

    A new one, or with `streamId` one that was announced. The answer carries the grant to publish with. 409
    ALREADY_LIVE names the stream that is in the way.
    """
    stream, grant = await request.app[STREAMS].start(actor, body.wish(), asked_at(request))
    return StartedView(stream=StreamView.of(stream), publish=PublishView.of(grant))


@routes.post(
    "/performer/end-stream", access=Access.of(Role.PERFORMER), errors=[NotLive, StreamNotFound, StreamNotBegun]
)
async def end_performer_stream(request: web.Request, actor: Actor, body: EndStreamRequest) -> OneStreamView:
    """End one's own live stream"""
    stream_id = StreamId(body.stream_id) if body.stream_id else None
    stream = await request.app[STREAMS].end(actor, Role.PERFORMER, stream_id)
    return OneStreamView(stream=StreamView.of(stream, seen_by=actor.user_id))
