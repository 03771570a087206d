"""/stream: finding, publishing and watching."""

from collections.abc import Sequence

from aiohttp import web

from control_api.api.access import Access
from control_api.api.client import CLIENT
from control_api.api.envelopes import Nothing, Page, PageQuery
from control_api.api.router import RateClass, Routes
from control_api.identity import Actor, Role, StreamId, ViewerId
from control_api.media.addresses import AskedAt
from control_api.media.live_rooms import LiveRooms
from control_api.media.registry import NoMediaWorker
from control_api.streams.errors import (
    StreamEnded,
    StreamIsEncoder,
    StreamIsMix,
    StreamNotBegun,
    StreamNotFound,
    ViewerNotFound,
)
from control_api.streams.models import Stream
from control_api.streams.service import StreamService
from control_api.streams.viewers import ViewerService
from control_api.streams.views import (
    CurrentStreamView,
    JoinedView,
    LeaveRequest,
    LiveQuery,
    LiveStreamsView,
    OneStreamView,
    PublishGrantView,
    PublishView,
    StreamPath,
    StreamView,
    ViewerView,
    WatchView,
)

STREAMS = web.AppKey("streams", StreamService)
LIVE_ROOMS = web.AppKey("live_rooms", LiveRooms)
VIEWERS = web.AppKey("viewers", ViewerService)
routes = Routes("Streaming")
creators = Access.of(Role.DJ, Role.PERFORMER)


async def shown(request: web.Request, actor: Actor | None, streams: Sequence[Stream]) -> list[StreamView]:
    """The streams as the actor may see them, with pictures of those that are live."""
    pictures = await request.app[LIVE_ROOMS].previews(streams, asked_at(request))
    seen_by = actor.user_id if actor else None
    return [StreamView.of(stream, seen_by=seen_by, thumbnail_url=pictures.get(stream.id)) for stream in streams]


def asked_at(request: web.Request) -> AskedAt:
    return AskedAt(request[CLIENT].scheme, request[CLIENT].host_name)


@routes.get("/stream/live", access=Access.OPEN)
async def list_live_streams(request: web.Request, query: LiveQuery) -> LiveStreamsView:
    """Get all live streams

    Those with most viewers come first. A stream whose publisher is lost for the moment is still among them.
    """
    streams, total = await request.app[STREAMS].page_on_air(
        role=query.role, search=query.search, offset=query.offset, limit=query.per_page
    )
    views = await shown(request, None, streams)
    return LiveStreamsView(streams=views, total=total, page=query.page, per_page=query.per_page)


@routes.get("/stream/current", access=creators)
async def get_current_stream(request: web.Request, actor: Actor) -> CurrentStreamView:
    """Get one's own stream that is live or in a booth

    What is only announced is not among them.
    """
    stream = await request.app[STREAMS].current(actor)
    views = await shown(request, actor, [stream] if stream else [])
    return CurrentStreamView(stream=views[0] if views else None)


@routes.get("/stream/{id}", access=Access.OPTIONAL, errors=[StreamNotFound])
async def get_stream(request: web.Request, actor: Actor | None, path: StreamPath) -> OneStreamView:
    """Get stream details

    One that is prepared in a booth is there only for those who prepare it.
    """
    [view] = await shown(request, actor, [await request.app[STREAMS].get(actor, StreamId(path.id))])
    return OneStreamView(stream=view)


@routes.post(
    "/stream/{id}/publish",
    access=creators,
    rate_class=RateClass.STREAM,
    errors=[StreamNotFound, StreamEnded, StreamNotBegun, StreamIsMix, StreamIsEncoder, NoMediaWorker],
)
async def publish_stream(request: web.Request, actor: Actor, path: StreamPath) -> PublishGrantView:
    """Get a new publish grant

    For coming back after an interruption and for going on with another device: its generation is higher than those
    before, so the media server lets it take the stream over.
    """
    grant = await request.app[STREAMS].publish(actor, StreamId(path.id), asked_at(request))
    return PublishGrantView(publish=PublishView.of(grant))


@routes.post(
    "/stream/{id}/join",
    access=Access.OPTIONAL,
    rate_class=RateClass.STREAM,
    errors=[StreamNotFound, StreamEnded, StreamNotBegun, NoMediaWorker],
)
async def join_stream(request: web.Request, actor: Actor | None, path: StreamPath) -> JoinedView:
    """Join a stream as a viewer"""
    stream, grant = await request.app[VIEWERS].join(actor, StreamId(path.id), asked_at(request))
    [view] = await shown(request, actor, [stream])
    return JoinedView(stream=view, viewer_id=grant.viewer_id, watch=WatchView.of(grant))


@routes.post("/stream/{id}/leave", access=Access.OPTIONAL, errors=[ViewerNotFound])
async def leave_stream(request: web.Request, actor: Actor | None, path: StreamPath, body: LeaveRequest) -> Nothing:
    """Leave a stream"""
    await request.app[VIEWERS].leave(actor, StreamId(path.id), ViewerId(body.viewer_id))
    return Nothing()


@routes.get("/stream/{id}/viewers", access=Access.of(Role.DJ, Role.PERFORMER, Role.ADMIN), errors=[StreamNotFound])
async def list_viewers(request: web.Request, actor: Actor, path: StreamPath, query: PageQuery) -> Page[ViewerView]:
    """Get current viewers

    For the stream's creator and for administrators.
    """
    viewers, total = await request.app[VIEWERS].page(
        actor, StreamId(path.id), offset=query.offset, limit=query.per_page
    )
    return Page[ViewerView].of([ViewerView.of(viewer) for viewer in viewers], total=total, query=query)
