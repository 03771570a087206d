"""/dj/history, /dj/recordings and /dj/storage: what was, and what is kept of it."""

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Nothing, Page, PageQuery
from control_api.api.files import file_response
from control_api.api.router import Routes
from control_api.history.errors import RecordingNotFound
from control_api.history.models import RecordingId
from control_api.history.recordings import CUE_SHEET, FLAC, RecordingService
from control_api.history.service import HistoryService
from control_api.history.views import HistoryQuery, PlayView, RecordingPath, RecordingView, StorageView
from control_api.identity import Actor, Role, StreamId
from control_api.tracks.routes import LINKS

HISTORY = web.AppKey("history", HistoryService)
RECORDINGS = web.AppKey("recordings", RecordingService)
routes = Routes("History")
djs = Access.of(Role.DJ)


@routes.get("/dj/history", access=djs)
async def get_history(request: web.Request, actor: Actor, query: HistoryQuery) -> Page[PlayView]:
    """Get what one has played

    The newest first, so that what belongs to one set comes together.
    """
    stream_id = StreamId(query.stream_id) if query.stream_id else None
    plays, total = await request.app[HISTORY].page(actor.user_id, stream_id, offset=query.offset, limit=query.per_page)
    return Page[PlayView].of([PlayView.of(play) for play in plays], total=total, query=query)


@routes.get("/dj/storage", access=djs)
async def get_storage(request: web.Request, actor: Actor) -> StorageView:
    """Get how much room one's files take"""
    return StorageView.of(await request.app[HISTORY].storage(actor.user_id))


@routes.get("/dj/recordings", access=djs)
async def list_recordings(request: web.Request, actor: Actor, query: PageQuery) -> Page[RecordingView]:
    """Get one's recordings

    The newest first.
    """
    recordings, total = await request.app[RECORDINGS].page(actor.user_id, offset=query.offset, limit=query.per_page)
    links = request.app[LINKS]
    views = [RecordingView.of(recording, links) for recording in recordings]
    return Page[RecordingView].of(views, total=total, query=query)


@routes.get("/dj/recordings/{id}/download", access=djs, errors=[RecordingNotFound], gives=FLAC)
async def download_recording(request: web.Request, actor: Actor, path: RecordingPath) -> web.StreamResponse:
    """Download a recording as FLAC"""
    file = await request.app[RECORDINGS].download(actor.user_id, RecordingId(path.id))
    return await file_response(request, file)


@routes.delete("/dj/recordings/{id}", access=djs, errors=[RecordingNotFound])
async def delete_recording(request: web.Request, actor: Actor, path: RecordingPath) -> Nothing:
    """Delete a recording and its cue sheet"""
    await request.app[RECORDINGS].delete(actor.user_id, RecordingId(path.id))
    return Nothing()


@routes.get("/dj/recordings/{id}/cue-sheet", access=djs, errors=[RecordingNotFound], gives=CUE_SHEET)
async def download_cue_sheet(request: web.Request, actor: Actor, path: RecordingPath) -> web.StreamResponse:
    """Download the cue sheet of a recording"""
    file = await request.app[RECORDINGS].cue_sheet(actor.user_id, RecordingId(path.id))
    return await file_response(request, file)
