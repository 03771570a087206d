"""/dj/mix: the booth of a show."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Nothing
from control_api.api.router import Answer, RateClass, Routes
from control_api.identity import Actor, Role, StreamId, UserId
from control_api.media.mixers import NoMixer
from control_api.media.registry import NoMediaWorker
from control_api.mixes.errors import (
    DeckNotThere,
    DjNotFound,
    LeadStays,
    LoadRefused,
    MemberNotFound,
    MixerSilent,
    MixFull,
    MixNotFound,
    NotLead,
)
from control_api.mixes.members import MixMembers
from control_api.mixes.service import MixService
from control_api.mixes.views import (
    BoothView,
    CurrentBoothView,
    EnteredView,
    HandOverRequest,
    InviteRequest,
    LoadRequest,
    MemberPath,
    MixPath,
    MixView,
    OneMixView,
    OneTalkView,
    OpenMixRequest,
    TalkView,
)
from control_api.streams.errors import AlreadyLive
from control_api.streams.routes import asked_at
from control_api.streams.views import OneStreamView, StreamView
from control_api.tracks.errors import TrackNotFound, TrackNotReady
from control_api.tracks.models import TrackId

MIXES = web.AppKey("mixes", MixService)
MEMBERS = web.AppKey("mix_members", MixMembers)
routes = Routes("Mix")
djs = Access.of(Role.DJ)


@routes.post(
    "/dj/mix",
    access=djs,
    rate_class=RateClass.STREAM,
    status=HTTPStatus.CREATED,
    errors=[AlreadyLive, NoMixer, NoMediaWorker],
)
async def open_mix(request: web.Request, actor: Actor, body: OpenMixRequest) -> Answer[BoothView]:
    """Open one's booth

    Nothing of it can be watched before it goes on air. The one that is open already is answered with 200.
    """
    booth, is_new = await request.app[MIXES].open(actor, body.deck_count)
    return Answer(BoothView.of(booth), status=HTTPStatus.CREATED if is_new else HTTPStatus.OK)


@routes.get("/dj/mix", access=djs)
async def get_current_mix(request: web.Request, actor: Actor) -> CurrentBoothView:
    """Get the open mix that one leads or is a member of"""
    booth = await request.app[MIXES].current(actor)
    if booth is None:
        return CurrentBoothView()
    return CurrentBoothView(stream=StreamView.of(booth.stream), mix=MixView.of(booth))


@routes.post("/dj/mix/{id}/enter", access=djs, rate_class=RateClass.STREAM, errors=[MixNotFound, NoMediaWorker])
async def enter_mix(request: web.Request, actor: Actor, path: MixPath) -> EnteredView:
    """Enter a booth with this device

    For members. The answer carries what this device needs to hear the cue bus, and to bring microphone and camera.
    """
    return EnteredView.of(await request.app[MIXES].enter(actor, StreamId(path.id), asked_at(request)))


@routes.post("/dj/mix/{id}/talk", access=djs, rate_class=RateClass.STREAM, errors=[MixNotFound, NoMediaWorker])
async def talk_into_mix(request: web.Request, actor: Actor, path: MixPath) -> OneTalkView:
    """Take microphone and camera over

    For members. The newest grant is the one that counts.
    """
    return OneTalkView(talk=TalkView.of(await request.app[MIXES].talk(actor, StreamId(path.id), asked_at(request))))


@routes.post(
    "/dj/mix/{id}/load",
    access=djs,
    errors=[MixNotFound, DeckNotThere, TrackNotFound, TrackNotReady, MixerSilent, LoadRefused],
)
async def load_track(request: web.Request, actor: Actor, path: MixPath, body: LoadRequest) -> Nothing:
    """Put a track on a deck, or on a pad of the sampler

    A pad takes sounds of up to a minute. For members, with tracks of their own. Answered when the mixer has taken it.
    """
    track_id = TrackId(body.track_id) if body.track_id else None
    await request.app[MIXES].load(actor, StreamId(path.id), body.place, track_id)
    return Nothing()


@routes.post("/dj/mix/{id}/members", access=djs, errors=[MixNotFound, NotLead, DjNotFound, MixFull])
async def invite_member(request: web.Request, actor: Actor, path: MixPath, body: InviteRequest) -> OneMixView:
    """Have another DJ in the mix

    For its lead.
    """
    return OneMixView(mix=MixView.of(await request.app[MEMBERS].invite(actor, StreamId(path.id), body.username)))


@routes.delete("/dj/mix/{id}/members/{userId}", access=djs, errors=[MixNotFound, NotLead, MemberNotFound, LeadStays])
async def remove_member(request: web.Request, actor: Actor, path: MemberPath) -> OneMixView:
    """Have a member out of the mix

    For its lead; any other member may leave by it.
    """
    booth = await request.app[MEMBERS].remove(actor, StreamId(path.id), UserId(path.user_id))
    return OneMixView(mix=MixView.of(booth))


@routes.post("/dj/mix/{id}/hand-over", access=djs, errors=[MixNotFound, NotLead, MemberNotFound])
async def hand_mix_over(request: web.Request, actor: Actor, path: MixPath, body: HandOverRequest) -> OneMixView:
    """Let another member lead

    For its lead. Nothing that is heard changes.
    """
    booth = await request.app[MEMBERS].hand_over(actor, StreamId(path.id), UserId(body.user_id))
    return OneMixView(mix=MixView.of(booth))


@routes.post("/dj/mix/{id}/close", access=djs, errors=[MixNotFound, NotLead])
async def close_mix(request: web.Request, actor: Actor, path: MixPath) -> OneStreamView:
    """Close the booth, and end its stream

    For its lead.
    """
    return OneStreamView(stream=StreamView.of(await request.app[MIXES].close(actor, StreamId(path.id))))
