"""/stream: finding, publishing and watching."""

from aiohttp import web

from control_api.api.access import Access
from control_api.api.client import CLIENT
from control_api.api.envelopes import Nothing, Page, PageQuery
from control_api.api.router import RateClass, Routes
from control_api.identity import Actor, Role, StreamId, ViewerId
from control_api.media.addresses import AskedAt
from control_api.media.registry import NoMediaWorker
from control_api.streams.errors import StreamEnded, StreamIsMix, StreamNotFound, ViewerNotFound
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
VIEWERS = web.AppKey("viewers", ViewerService)
routes = Routes("Streaming")
creators = Access.of(Role.DJ, Role.PERFORMER)


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
    views = [StreamView.of(stream) for stream in streams]
    return LiveStreamsView(streams=views, total=total, page=query.page, per_page=query.per_page)


@routes.get("/stream/current", access=creators)
async def get_current_stream(request: web.Request, actor: Actor) -> CurrentStreamView:
    """Get one's own stream that has not ended"""
    stream = await request.app[STREAMS].current(actor)
    return CurrentStreamView(stream=StreamView.of(stream) if stream else None)


@routes.get("/stream/{id}", access=Access.OPTIONAL, errors=[StreamNotFound])
async def get_stream(request: web.Request, actor: Actor | None, path: StreamPath) -> OneStreamView:
    """Get stream details

    One that is still being prepared is there only for those who prepare it.
    """
    return OneStreamView(stream=StreamView.of(await request.app[STREAMS].get(actor, StreamId(path.id))))


@routes.post(
    "/stream/{id}/publish",
    access=creators,
    rate_class=RateClass.STREAM,
    errors=[StreamNotFound, StreamEnded, StreamIsMix, NoMediaWorker],
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
    errors=[StreamNotFound, StreamEnded, NoMediaWorker],
)
async def join_stream(request: web.Request, actor: Actor | None, path: StreamPath) -> JoinedView:
    """Join a stream as a viewer"""
    stream, grant = await request.app[VIEWERS].join(actor, StreamId(path.id), asked_at(request))
    return JoinedView(stream=StreamView.of(stream), viewer_id=grant.viewer_id, watch=WatchView.of(grant))


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
