"""/stream/targets: where one's streams go on to."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Nothing
from control_api.api.router import RateClass, Routes
from control_api.identity import Actor, Role
from control_api.targets.errors import TargetNotFound, TargetUrlUnfit, TooManyTargets
from control_api.targets.models import TargetId
from control_api.targets.service import TargetService
from control_api.targets.views import (
    EditTargetRequest,
    NewTargetRequest,
    OneTargetView,
    TargetPath,
    TargetsView,
    TargetView,
)

TARGETS = web.AppKey("targets", TargetService)
routes = Routes("Multistream")
creators = Access.of(Role.DJ, Role.PERFORMER)


@routes.get("/stream/targets", access=creators)
async def list_targets(request: web.Request, actor: Actor) -> TargetsView:
    """Get the platforms that one's streams go on to"""
    targets = await request.app[TARGETS].all_of(actor.user_id)
    return TargetsView(targets=[TargetView.of(target) for target in targets])


@routes.post(
    "/stream/targets",
    access=creators,
    rate_class=RateClass.STREAM,
    status=HTTPStatus.CREATED,
    errors=[TooManyTargets, TargetUrlUnfit],
)
async def add_target(request: web.Request, actor: Actor, body: NewTargetRequest) -> OneTargetView:
    """Add a platform

    The key is kept sealed, and never given back. A stream that is live goes there at once.
    """
    target = await request.app[TARGETS].add(
        actor.user_id, body.platform, body.label, body.url, body.key, enabled=body.enabled
    )
    return OneTargetView(target=TargetView.of(target))


@routes.patch(
    "/stream/targets/{id}",
    access=creators,
    rate_class=RateClass.STREAM,
    errors=[TargetNotFound, TargetUrlUnfit],
)
async def edit_target(request: web.Request, actor: Actor, path: TargetPath, body: EditTargetRequest) -> OneTargetView:
    """Change a platform, or switch it on or off"""
    target = await request.app[TARGETS].edit(
        actor.user_id, TargetId(path.id), label=body.label, url=body.url, key=body.key, enabled=body.enabled
    )
    return OneTargetView(target=TargetView.of(target))


@routes.delete("/stream/targets/{id}", access=creators, errors=[TargetNotFound])
async def remove_target(request: web.Request, actor: Actor, path: TargetPath) -> Nothing:
    """Remove a platform

    A stream that is live goes there no longer.
    """
    await request.app[TARGETS].remove(actor.user_id, TargetId(path.id))
    return Nothing()
