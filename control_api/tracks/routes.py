"""/dj/tracks and /dj/track: a DJ's library."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Nothing, Page
from control_api.api.files import file_response
from control_api.api.raw_body import RawBody
from control_api.api.router import RateClass, Routes
from control_api.crates.errors import CrateNotFound
from control_api.identity import Actor, Role
from control_api.linked_files.links import FileLinks
from control_api.tracks.covers import CoverService
from control_api.tracks.errors import NoSuchFile, PictureUnreadable, TrackBeingProcessed, TrackNotFound, TrackNotReady
from control_api.tracks.files import COLUMNS, JPEG, MP3, TrackFiles
from control_api.tracks.models import TrackId
from control_api.tracks.service import TracksService
from control_api.tracks.views import (
    EditTrackRequest,
    LibraryQuery,
    OneTrackView,
    TrackPath,
    TrackView,
    WaveformQuery,
)

TRACKS = web.AppKey("tracks", TracksService)
TRACK_FILES = web.AppKey("track_files", TrackFiles)
COVERS = web.AppKey("covers", CoverService)
LINKS = web.AppKey("links", FileLinks)
PICTURE = RawBody(("image/jpeg", "image/png", "image/webp"), max_bytes=5 * 1024 * 1024)

routes = Routes("Library")
djs = Access.of(Role.DJ)


@routes.get("/dj/tracks", access=djs, errors=[CrateNotFound])
async def list_tracks(request: web.Request, actor: Actor, query: LibraryQuery) -> Page[TrackView]:
    """Get DJ's track library

    Those that have nothing to be sorted by come last.
    """
    tracks, total = await request.app[TRACKS].page(
        actor.user_id, query.wanted, offset=query.offset, limit=query.per_page
    )
    links = request.app[LINKS]
    return Page[TrackView].of([TrackView.of(track, links) for track in tracks], total=total, query=query)


@routes.get("/dj/track/{id}", access=djs, errors=[TrackNotFound])
async def get_track(request: web.Request, actor: Actor, path: TrackPath) -> OneTrackView:
    """Get a track"""
    track = await request.app[TRACKS].get(actor.user_id, TrackId(path.id))
    return OneTrackView(track=TrackView.of(track, request.app[LINKS]))


@routes.patch("/dj/track/{id}", access=djs, errors=[TrackNotFound, TrackBeingProcessed])
async def edit_track(request: web.Request, actor: Actor, path: TrackPath, body: EditTrackRequest) -> OneTrackView:
    """Change what is said of a track, its grid and its cues

    Mixes that have it loaded are told.
    """
    track = await request.app[TRACKS].edit(actor.user_id, TrackId(path.id), body.changes)
    return OneTrackView(track=TrackView.of(track, request.app[LINKS]))


@routes.delete("/dj/track/{id}", access=djs, errors=[TrackNotFound])
async def delete_track(request: web.Request, actor: Actor, path: TrackPath) -> Nothing:
    """Delete a track

    Out of crates, playlists and the queue too. A deck that has it loaded plays on.
    """
    await request.app[TRACKS].delete(actor.user_id, TrackId(path.id))
    return Nothing()


@routes.post(
    "/dj/track/{id}/analyse",
    access=djs,
    rate_class=RateClass.ANALYSIS,
    status=HTTPStatus.ACCEPTED,
    errors=[TrackNotFound, TrackNotReady],
)
async def analyse_track(request: web.Request, actor: Actor, path: TrackPath) -> OneTrackView:
    """Have a track analysed anew

    What is found takes the place of a grid that was edited.
    """
    track = await request.app[TRACKS].analyse(actor.user_id, TrackId(path.id))
    return OneTrackView(track=TrackView.of(track, request.app[LINKS]))


@routes.get("/dj/track/{id}/waveform", access=djs, errors=[TrackNotFound, NoSuchFile], gives=COLUMNS)
async def get_waveform(request: web.Request, actor: Actor, path: TrackPath, query: WaveformQuery) -> web.StreamResponse:
    """Get what a track looks like

    Columns of four bytes: peak, low, mid, high, each 0 to 255. The overview has 1,200 at most, in full there are 150 a
    second.
    """
    file = await request.app[TRACK_FILES].waveform(actor.user_id, TrackId(path.id), query.detail)
    return await file_response(request, file)


@routes.get("/dj/track/{id}/cover", access=djs, errors=[TrackNotFound, NoSuchFile], gives=JPEG)
async def get_cover(request: web.Request, actor: Actor, path: TrackPath) -> web.StreamResponse:
    """Get a track's cover"""
    return await file_response(request, await request.app[TRACK_FILES].cover(actor.user_id, TrackId(path.id)))


@routes.put(
    "/dj/track/{id}/cover",
    access=djs,
    rate_class=RateClass.UPLOAD,
    errors=[TrackNotFound, TrackNotReady, PictureUnreadable],
    takes=PICTURE,
)
async def put_cover(request: web.Request, actor: Actor, path: TrackPath) -> OneTrackView:
    """Give a track a cover

    5 MB at most. What is kept is a JPEG made of its pixels.
    """
    picture = await PICTURE.read(request)
    track = await request.app[COVERS].put(actor.user_id, TrackId(path.id), picture)
    return OneTrackView(track=TrackView.of(track, request.app[LINKS]))


@routes.get("/dj/track/{id}/download", access=djs, errors=[TrackNotFound, TrackNotReady, NoSuchFile], gives=MP3)
async def download_track(request: web.Request, actor: Actor, path: TrackPath) -> web.StreamResponse:
    """Download a track as MP3"""
    return await file_response(request, await request.app[TRACK_FILES].download(actor.user_id, TrackId(path.id)))
