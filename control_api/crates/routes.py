"""/dj/crates: tracks that belong together."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Nothing
from control_api.api.router import Routes
from control_api.crates.errors import CrateNameTaken, CrateNotFound, TooManyCrates
from control_api.crates.models import CrateId
from control_api.crates.service import CrateService
from control_api.crates.views import CratePath, CrateRequest, CratesView, CrateTrackPath, CrateView, OneCrateView
from control_api.identity import Actor, Role
from control_api.tracks.errors import TrackNotFound
from control_api.tracks.models import TrackId

CRATES = web.AppKey("crates", CrateService)
routes = Routes("Crates")
djs = Access.of(Role.DJ)


@routes.get("/dj/crates", access=djs)
async def list_crates(request: web.Request, actor: Actor) -> CratesView:
    """Get one's crates

    By name. What is in one, GET /dj/tracks tells with its crateId.
    """
    crates = await request.app[CRATES].all(actor.user_id)
    return CratesView(crates=[CrateView.of(crate) for crate in crates])


@routes.post("/dj/crates", access=djs, status=HTTPStatus.CREATED, errors=[CrateNameTaken, TooManyCrates])
async def create_crate(request: web.Request, actor: Actor, body: CrateRequest) -> OneCrateView:
    """Make a crate"""
    return OneCrateView(crate=CrateView.of(await request.app[CRATES].create(actor.user_id, body.name)))


@routes.patch("/dj/crates/{id}", access=djs, errors=[CrateNotFound, CrateNameTaken])
async def rename_crate(request: web.Request, actor: Actor, path: CratePath, body: CrateRequest) -> OneCrateView:
    """Rename a crate"""
    crate = await request.app[CRATES].rename(actor.user_id, CrateId(path.id), body.name)
    return OneCrateView(crate=CrateView.of(crate))


@routes.delete("/dj/crates/{id}", access=djs, errors=[CrateNotFound])
async def delete_crate(request: web.Request, actor: Actor, path: CratePath) -> Nothing:
    """Delete a crate

    Its tracks stay in the library.
    """
    await request.app[CRATES].delete(actor.user_id, CrateId(path.id))
    return Nothing()


@routes.put("/dj/crates/{id}/tracks/{trackId}", access=djs, errors=[CrateNotFound, TrackNotFound])
async def put_in_crate(request: web.Request, actor: Actor, path: CrateTrackPath) -> OneCrateView:
    """Put a track into a crate"""
    crate = await request.app[CRATES].put_track(actor.user_id, CrateId(path.id), TrackId(path.track_id))
    return OneCrateView(crate=CrateView.of(crate))


@routes.delete("/dj/crates/{id}/tracks/{trackId}", access=djs, errors=[CrateNotFound])
async def take_from_crate(request: web.Request, actor: Actor, path: CrateTrackPath) -> OneCrateView:
    """Take a track out of a crate"""
    crate = await request.app[CRATES].take_track(actor.user_id, CrateId(path.id), TrackId(path.track_id))
    return OneCrateView(crate=CrateView.of(crate))
