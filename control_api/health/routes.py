"""/health and /health/detailed: for load balancers and for people."""

from aiohttp import web

from control_api.api.access import Access
from control_api.api.router import Routes
from control_api.health.models import DetailedView, UpView
from control_api.health.service import Degraded, HealthService

HEALTH = web.AppKey("health", HealthService)
routes = Routes("Health")


@routes.get("/health", access=Access.OPEN)
async def health(request: web.Request) -> UpView:
    """Is the process up?

    Says nothing of the databases: a process that waits for them is not to be restarted.
    """
    return request.app[HEALTH].up()


@routes.get("/health/detailed", access=Access.OPEN, errors=[Degraded])
async def health_detailed(request: web.Request) -> DetailedView:
    """Is everything up that the process stands on?

    503 DEGRADED, with the same details, when PostgreSQL, Valkey or every media worker is away.
    """
    return await request.app[HEALTH].detailed()
