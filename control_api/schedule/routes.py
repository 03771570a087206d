"""/stream/schedule and /stream/upcoming: streams that are announced."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Nothing
from control_api.api.router import RateClass, Routes
from control_api.identity import Actor, Role, StreamId
from control_api.schedule.views import AnnounceRequest, EditAnnouncementRequest
from control_api.streams.announced import AnnouncedStreams, StartsAtUnfit, StreamHasBegun, TooManyAnnounced
from control_api.streams.errors import StreamNotFound
from control_api.streams.routes import shown
from control_api.streams.views import OneStreamView, StreamPath, StreamsView

ANNOUNCED = web.AppKey("announced", AnnouncedStreams)
routes = Routes("Streaming")
creators = Access.of(Role.DJ, Role.PERFORMER)


@routes.get("/stream/upcoming", access=Access.OPEN)
async def list_upcoming_streams(request: web.Request) -> StreamsView:
    """Get the streams that are announced

    The next first, a hundred at most.
    """
    return StreamsView(streams=await shown(request, None, await request.app[ANNOUNCED].upcoming()))


@routes.get("/stream/schedule", access=creators)
async def list_scheduled_streams(request: web.Request, actor: Actor) -> StreamsView:
    """Get one's own streams that are announced

    The next first.
    """
    return StreamsView(streams=await shown(request, actor, await request.app[ANNOUNCED].all_of(actor)))


@routes.post(
    "/stream/schedule",
    access=creators,
    rate_class=RateClass.STREAM,
    status=HTTPStatus.CREATED,
    errors=[TooManyAnnounced, StartsAtUnfit],
)
async def schedule_stream(request: web.Request, actor: Actor, body: AnnounceRequest) -> OneStreamView:
    """Announce a stream

    Everybody may see it. It begins when one starts it, or when one's encoder comes half an hour before or an hour after
    its time; one that has not begun by then does not begin any more.
    """
    [view] = await shown(request, actor, [await request.app[ANNOUNCED].announce(actor, body.wish())])
    return OneStreamView(stream=view)


@routes.patch(
    "/stream/schedule/{id}",
    access=creators,
    rate_class=RateClass.STREAM,
    errors=[StreamNotFound, StreamHasBegun, StartsAtUnfit],
)
async def edit_scheduled_stream(
    request: web.Request, actor: Actor, path: StreamPath, body: EditAnnouncementRequest
) -> OneStreamView:
    """Change a stream that is announced"""
    edited = await request.app[ANNOUNCED].edit(actor, StreamId(path.id), body.changes())
    [view] = await shown(request, actor, [edited])
    return OneStreamView(stream=view)


@routes.delete("/stream/schedule/{id}", access=creators, errors=[StreamNotFound, StreamHasBegun])
async def call_off_scheduled_stream(request: web.Request, actor: Actor, path: StreamPath) -> Nothing:
    """Call a stream off

    There is no such stream any more.
    """
    await request.app[ANNOUNCED].call_off(actor, StreamId(path.id))
    return Nothing()
