"""/dj: going live and ending, for those whose role it is."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.router import RateClass, Routes
from control_api.dj.service import DjShows
from control_api.identity import Actor, Role, StreamId
from control_api.media.mixers import NoMixer
from control_api.media.registry import NoMediaWorker
from control_api.mixes.errors import MixNotFound, NotLead
from control_api.streams.announced import StreamHasBegun
from control_api.streams.errors import AlreadyLive, NotLive, StreamNotBegun, StreamNotFound
from control_api.streams.routes import STREAMS, asked_at
from control_api.streams.views import (
    EndStreamRequest,
    OneStreamView,
    PublishView,
    StartDjStreamRequest,
    StartedDjView,
    StreamView,
)

SHOWS = web.AppKey("dj_shows", DjShows)
routes = Routes("DJ")


@routes.post(
    "/dj/start-stream",
    access=Access.of(Role.DJ),
    rate_class=RateClass.STREAM,
    status=HTTPStatus.CREATED,
    errors=[AlreadyLive, NoMediaWorker, NoMixer, MixNotFound, NotLead, StreamNotFound, StreamHasBegun],
)
async def start_dj_stream(request: web.Request, actor: Actor, body: StartDjStreamRequest) -> StartedDjView:
    """Start a live stream as a DJ

    With an open booth, or the source `mix`, the mix goes on air. Else the answer carries the grant to publish with;
    `streamId` names a stream that was announced, and begins so.
    409 ALREADY_LIVE names the stream that is in the way.
    """
    stream, grant = await request.app[SHOWS].start(actor, body.wish(), body.source, asked_at(request))
    return StartedDjView(stream=StreamView.of(stream), publish=PublishView.of(grant) if grant else None)


@routes.post("/dj/end-stream", access=Access.of(Role.DJ), errors=[NotLive, StreamNotFound, StreamNotBegun])
async def end_dj_stream(request: web.Request, actor: Actor, body: EndStreamRequest) -> OneStreamView:
    """End one's own live stream

    A mix ends with its stream.
    """
    stream_id = StreamId(body.stream_id) if body.stream_id else None
    stream = await request.app[STREAMS].end(actor, Role.DJ, stream_id)
    return OneStreamView(stream=StreamView.of(stream, seen_by=actor.user_id))
