"""/stream/:id/health: how a stream arrives."""

from aiohttp import web

from control_api.api.access import Access
from control_api.api.router import Routes
from control_api.identity import Actor, Role, StreamId
from control_api.stream_health.service import StreamHealthService
from control_api.stream_health.views import StreamHealthView
from control_api.streams.errors import StreamNotFound
from control_api.streams.views import StreamPath

STREAM_HEALTH = web.AppKey("stream_health", StreamHealthService)
routes = Routes("Encoders")


@routes.get("/stream/{id}/health", access=Access.of(Role.DJ, Role.PERFORMER, Role.ADMIN), errors=[StreamNotFound])
async def get_stream_health(request: web.Request, actor: Actor, path: StreamPath) -> StreamHealthView:
    """Get how a stream arrives, and where it goes on to

    For its creator and for administrators. The Socket.IO event `stream:health` tells its creator when that changes.
    """
    return await request.app[STREAM_HEALTH].get(actor, StreamId(path.id))
