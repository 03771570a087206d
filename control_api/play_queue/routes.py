"""/dj/queue: what Auto-DJ plays next."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.router import Routes
from control_api.identity import Actor, Role
from control_api.play_queue.errors import EntryNotFound, QueueChanged, QueueFull
from control_api.play_queue.models import EntryId
from control_api.play_queue.service import QueueService
from control_api.play_queue.views import EntryPath, QueueOrderRequest, QueueRequest, QueueView
from control_api.tracks.errors import TrackNotFound
from control_api.tracks.models import TrackId
from control_api.tracks.routes import LINKS

QUEUE = web.AppKey("queue", QueueService)
routes = Routes("Queue")
djs = Access.of(Role.DJ)


@routes.get("/dj/queue", access=djs)
async def get_queue(request: web.Request, actor: Actor) -> QueueView:
    """Get one's queue"""
    return QueueView.of(await request.app[QUEUE].all(actor.user_id), request.app[LINKS])


@routes.post("/dj/queue", access=djs, status=HTTPStatus.CREATED, errors=[TrackNotFound, QueueFull])
async def add_to_queue(request: web.Request, actor: Actor, body: QueueRequest) -> QueueView:
    """Put a track into the queue

    It may be in it several times. What is not ready to be played is passed over until it is.
    """
    queue = await request.app[QUEUE].add(actor.user_id, TrackId(body.track_id), body.position)
    return QueueView.of(queue, request.app[LINKS])


@routes.put("/dj/queue/order", access=djs, errors=[QueueChanged])
async def order_queue(request: web.Request, actor: Actor, body: QueueOrderRequest) -> QueueView:
    """Put the queue into another order

    All of its entries, each once; when they are others by now, `details.entryIds` tells which.
    """
    entry_ids = [EntryId(entry_id) for entry_id in body.entry_ids]
    return QueueView.of(await request.app[QUEUE].reorder(actor.user_id, entry_ids), request.app[LINKS])


@routes.delete("/dj/queue/{entryId}", access=djs, errors=[EntryNotFound])
async def remove_from_queue(request: web.Request, actor: Actor, path: EntryPath) -> QueueView:
    """Take an entry out of the queue"""
    queue = await request.app[QUEUE].remove(actor.user_id, EntryId(path.entry_id))
    return QueueView.of(queue, request.app[LINKS])


@routes.delete("/dj/queue", access=djs)
async def clear_queue(request: web.Request, actor: Actor) -> QueueView:
    """Empty the queue"""
    return QueueView.of(await request.app[QUEUE].clear(actor.user_id), request.app[LINKS])
