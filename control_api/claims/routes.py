"""/admin/tracks, /admin/claims and /admin/acts: what is held, what for, and who decided."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Page, PageQuery
from control_api.api.files import file_response
from control_api.api.router import Routes
from control_api.claims.errors import ClaimNotFound, NothingToCompare
from control_api.claims.held import HeldTracksService
from control_api.claims.models import ClaimId
from control_api.claims.service import ClaimService
from control_api.claims.views import (
    ActView,
    ClaimPath,
    ClaimRequest,
    ClaimsQuery,
    ClaimView,
    DecidedView,
    DecisionRequest,
    HeldPath,
    HeldTrackView,
    OneClaimView,
    WithdrawQuery,
)
from control_api.identity import Actor, Role
from control_api.tracks.errors import NoSuchFile, TrackNotFound, TrackNotHeld
from control_api.tracks.files import MP3
from control_api.tracks.models import DecisionOutcome, TrackId
from control_api.tracks.routes import TRACK_FILES

CLAIMS = web.AppKey("claims", ClaimService)
HELD_TRACKS = web.AppKey("held_tracks", HeldTracksService)

routes = Routes("Moderation")
moderators = Access.of(Role.ADMIN)


@routes.get("/admin/tracks/held", access=moderators)
async def list_held_tracks(request: web.Request, actor: Actor, query: PageQuery) -> Page[HeldTrackView]:
    """Get the tracks that wait for a decision

    Who waits longest comes first.
    """
    held, total = await request.app[HELD_TRACKS].page(offset=query.offset, limit=query.per_page)
    return Page[HeldTrackView].of([HeldTrackView.of(track) for track in held], total=total, query=query)


@routes.get("/admin/tracks/{id}/audio", access=moderators, errors=[TrackNotFound, TrackNotHeld, NoSuchFile], gives=MP3)
async def hear_held_track(request: web.Request, actor: Actor, path: HeldPath) -> web.StreamResponse:
    """Hear a track that is held"""
    return await file_response(request, await request.app[TRACK_FILES].held(TrackId(path.id)))


@routes.post("/admin/tracks/{id}/release", access=moderators, errors=[TrackNotFound, TrackNotHeld])
async def release_track(request: web.Request, actor: Actor, path: HeldPath, body: DecisionRequest) -> DecidedView:
    """Let a held track go

    Its DJ may play it. It is not held for the same claim again.
    """
    return await _decide(request, actor, path, body, DecisionOutcome.RELEASED)


@routes.post("/admin/tracks/{id}/reject", access=moderators, errors=[TrackNotFound, TrackNotHeld])
async def reject_track(request: web.Request, actor: Actor, path: HeldPath, body: DecisionRequest) -> DecidedView:
    """Reject a held track

    Its files are deleted; what is kept is why.
    """
    return await _decide(request, actor, path, body, DecisionOutcome.REJECTED)


@routes.get("/admin/claims", access=moderators)
async def list_claims(request: web.Request, actor: Actor, query: ClaimsQuery) -> Page[ClaimView]:
    """Get the register of claimed works

    The newest first.
    """
    claims, total = await request.app[CLAIMS].page(
        is_withdrawn=query.withdrawn, offset=query.offset, limit=query.per_page
    )
    return Page[ClaimView].of([ClaimView.of(claim) for claim in claims], total=total, query=query)


@routes.post("/admin/claims", access=moderators, status=HTTPStatus.CREATED, errors=[NothingToCompare])
async def make_claim(request: web.Request, actor: Actor, body: ClaimRequest) -> OneClaimView:
    """Register a work that somebody claims

    Tracks that have a part of it are held: those that are uploaded from now on, and, within minutes, those that are
    there already.
    """
    claim = await request.app[CLAIMS].make(actor, body.title, body.claimant, body.sound, body.reason)
    return OneClaimView(claim=ClaimView.of(claim))


@routes.delete("/admin/claims/{id}", access=moderators, errors=[ClaimNotFound])
async def withdraw_claim(request: web.Request, actor: Actor, path: ClaimPath, query: WithdrawQuery) -> OneClaimView:
    """Withdraw a claim

    What is held for it and for no other is ready again within minutes.
    """
    claim = await request.app[CLAIMS].withdraw(actor, ClaimId(path.id), query.reason)
    return OneClaimView(claim=ClaimView.of(claim))


@routes.get("/admin/acts", access=moderators)
async def list_acts(request: web.Request, actor: Actor, query: PageQuery) -> Page[ActView]:
    """Get what moderators decided, and why

    The newest first.
    """
    acts, total = await request.app[CLAIMS].page_acts(offset=query.offset, limit=query.per_page)
    return Page[ActView].of([ActView.of(act) for act in acts], total=total, query=query)


async def _decide(
    request: web.Request, actor: Actor, path: HeldPath, body: DecisionRequest, outcome: DecisionOutcome
) -> DecidedView:
    return DecidedView.of(await request.app[HELD_TRACKS].decide(actor, TrackId(path.id), outcome, body.reason))
