"""/replay and /stream/replays: finding, changing and deleting replays."""

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Nothing, Page
from control_api.api.router import RateClass, Routes
from control_api.identity import Actor, Role, UserId
from control_api.replays.addresses import ReplayAddresses
from control_api.replays.errors import ReplayNotFound
from control_api.replays.models import ReplayId
from control_api.replays.service import ReplayService
from control_api.replays.views import (
    EditReplayRequest,
    OneReplayView,
    ReplayPath,
    ReplaysQuery,
    ReplayView,
    WatchReplayView,
)

REPLAYS = web.AppKey("replays", ReplayService)
ADDRESSES = web.AppKey("replay_addresses", ReplayAddresses)
routes = Routes("Replays")
creators = Access.of(Role.DJ, Role.PERFORMER)


@routes.get("/stream/replays", access=Access.OPTIONAL)
async def list_replays(request: web.Request, actor: Actor | None, query: ReplaysQuery) -> Page[ReplayView]:
    """Get replays

    The newest first. Private ones are there for their creators alone, and so are those that failed.
    """
    creator_id = UserId(query.creator_id) if query.creator_id else None
    shown, total = await request.app[REPLAYS].page(actor, creator_id, offset=query.offset, limit=query.per_page)
    addresses = request.app[ADDRESSES]
    return Page[ReplayView].of([ReplayView.of(one, addresses) for one in shown], total=total, query=query)


@routes.get("/replay/{id}", access=Access.OPTIONAL, errors=[ReplayNotFound])
async def get_replay(request: web.Request, actor: Actor | None, path: ReplayPath) -> OneReplayView:
    """Get a replay"""
    shown = await request.app[REPLAYS].get(actor, ReplayId(path.id))
    return OneReplayView(replay=ReplayView.of(shown, request.app[ADDRESSES]))


@routes.patch("/replay/{id}", access=creators, errors=[ReplayNotFound])
async def edit_replay(request: web.Request, actor: Actor, path: ReplayPath, body: EditReplayRequest) -> OneReplayView:
    """Change one's replay

    Its words, who may see it, and how long it is kept from now on: `keepDays` of null is for ever.
    """
    shown = await request.app[REPLAYS].edit(actor, ReplayId(path.id), body.changes())
    return OneReplayView(replay=ReplayView.of(shown, request.app[ADDRESSES]))


@routes.delete("/replay/{id}", access=Access.of(Role.DJ, Role.PERFORMER, Role.ADMIN), errors=[ReplayNotFound])
async def delete_replay(request: web.Request, actor: Actor, path: ReplayPath) -> Nothing:
    """Delete a replay

    For its creator and for administrators. A recording that is under way ends.
    """
    await request.app[REPLAYS].delete(actor, ReplayId(path.id))
    return Nothing()


@routes.post("/replay/{id}/watch", access=Access.OPTIONAL, rate_class=RateClass.STREAM, errors=[ReplayNotFound])
async def watch_replay(request: web.Request, actor: Actor | None, path: ReplayPath) -> WatchReplayView:
    """Watch a replay

    The address of its playlist, which is good for half a day where it is not public.
    """
    shown = await request.app[REPLAYS].get(actor, ReplayId(path.id))
    addresses, is_own = request.app[ADDRESSES], actor is not None and actor.user_id == shown.replay.creator_id
    return WatchReplayView(
        replay=ReplayView.of(shown, addresses),
        playlist_url=addresses.playlist(shown.replay),
        download_url=addresses.download(shown.replay.id) if is_own else None,
    )
