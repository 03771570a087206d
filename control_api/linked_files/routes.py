"""/files: what signed links lead to."""

from typing import Annotated

from aiohttp import web
from pydantic import StringConstraints

from control_api.api.access import Access
from control_api.api.envelopes import Parameters
from control_api.api.files import file_response
from control_api.api.router import Routes
from control_api.history.errors import RecordingNotFound
from control_api.history.models import RecordingId
from control_api.history.routes import RECORDINGS
from control_api.linked_files.links import LinkedFile, LinkInvalid
from control_api.tracks.errors import NoSuchFile, TrackNotFound, TrackNotReady
from control_api.tracks.models import TrackId
from control_api.tracks.routes import LINKS, TRACK_FILES

routes = Routes("Library")


class LinkQuery(Parameters):
    link: Annotated[str, StringConstraints(min_length=1, max_length=200)]


@routes.get(
    "/files",
    access=Access.OPEN,
    errors=[LinkInvalid, TrackNotFound, TrackNotReady, RecordingNotFound, NoSuchFile],
    gives="audio/*",
)
async def get_linked_file(request: web.Request, query: LinkQuery) -> web.StreamResponse:
    """Get the file of a link

    The link itself is the right to it, for an hour or two. Ranges let a browser seek.
    """
    link = request.app[LINKS].read(query.link)
    if link.kind is LinkedFile.TRACK:
        file = await request.app[TRACK_FILES].linked(TrackId(link.id))
    else:
        file = await request.app[RECORDINGS].linked(RecordingId(link.id))
    return await file_response(request, file)
