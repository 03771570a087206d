"""/dj/uploads speaks tus 1.0; /dj/upload-track takes a form."""

import functools
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Parameters, failure
from control_api.api.raw_body import RawBody
from control_api.api.router import RateClass, Routes
from control_api.errors import ApiError, ServiceUnavailable, UnsupportedMediaType
from control_api.identity import Actor, Role
from control_api.tracks.routes import LINKS, TRACKS
from control_api.tracks.views import OneTrackView, TrackView
from control_api.uploads import tus
from control_api.uploads.bodies import file_of_form, pieces_of
from control_api.uploads.errors import (
    EmptyFile,
    FileTooLarge,
    MalformedUpload,
    OffsetConflict,
    QuotaExceeded,
    TooManyTransfers,
    TooManyUploads,
    TusVersionUnsupported,
    UnsupportedFile,
    UploadInterrupted,
    UploadLocked,
    UploadNotFound,
    UploadsBusy,
)
from control_api.uploads.models import UploadId
from control_api.uploads.service import UploadService

UPLOADS = web.AppKey("uploads", UploadService)
MOST_BYTES = 10 * 1024**3
"""No setting allows more; how much is taken is UPLOAD_MAX_BYTES."""

routes = Routes("Uploads")
djs = Access.of(Role.DJ)
Handler = Callable[..., Awaitable[web.Response]]


class UploadPath(Parameters):
    id: UUID


def speaks_tus(handler: Handler) -> Handler:
    """Refuse other versions, and have errors carry what clients of tus look for."""

    @functools.wraps(handler)
    async def speak(request: web.Request, **arguments: Any) -> web.Response:
        try:
            tus.check_version(request.headers)
            return await handler(request, **arguments)
        except ServiceUnavailable:
            raise
        except ApiError as error:
            response = failure(error)
            response.headers["Tus-Resumable"] = tus.VERSION
            if isinstance(error, TusVersionUnsupported):
                response.headers["Tus-Version"] = tus.VERSION
            return response

    return speak


@routes.options("/dj/uploads", access=Access.OPEN, rate_class=RateClass.UPLOAD, status=HTTPStatus.NO_CONTENT)
async def describe_uploads(request: web.Request) -> web.Response:
    """What this server speaks of tus

    Version, extensions and the largest file, in headers.
    """
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=tus.of_server(request.app[UPLOADS].max_bytes))


@routes.post(
    "/dj/uploads",
    access=djs,
    rate_class=RateClass.UPLOAD,
    status=HTTPStatus.CREATED,
    errors=[
        TusVersionUnsupported,
        MalformedUpload,
        UnsupportedFile,
        EmptyFile,
        FileTooLarge,
        QuotaExceeded,
        TooManyUploads,
    ],
)
@speaks_tus
async def create_upload(request: web.Request, actor: Actor) -> web.Response:
    """Begin a resumable upload

    tus 1.0 with creation: `Upload-Length`, and `Upload-Metadata` with `filename`. The answer's `Location` takes the
    bytes until `Upload-Expires`.
    """
    length = tus.number(request.headers, "Upload-Length")
    file_name = tus.metadata(request.headers).get("filename", "")
    upload = await request.app[UPLOADS].create(actor.user_id, file_name, length)
    headers = tus.of_upload(upload) | {"Location": f"{request.path.rstrip('/')}/{upload.id}"}
    return web.Response(status=HTTPStatus.CREATED, headers=headers)


@routes.head(
    "/dj/uploads/{id}", access=djs, rate_class=RateClass.UPLOAD, errors=[TusVersionUnsupported, UploadNotFound]
)
@speaks_tus
async def get_upload_offset(request: web.Request, actor: Actor, path: UploadPath) -> web.Response:
    """Where an upload stands

    `Upload-Offset` of `Upload-Length` bytes are here; `X-Track-Id` names the track of a complete one.
    """
    upload = await request.app[UPLOADS].get(actor.user_id, UploadId(path.id))
    return web.Response(headers=tus.of_upload(upload) | {"Upload-Length": str(upload.length_bytes)})


@routes.patch(
    "/dj/uploads/{id}",
    access=djs,
    rate_class=RateClass.UPLOAD,
    status=HTTPStatus.NO_CONTENT,
    takes=RawBody((tus.BODY,), max_bytes=MOST_BYTES),
    errors=[
        TusVersionUnsupported,
        MalformedUpload,
        UploadNotFound,
        UploadLocked,
        OffsetConflict,
        FileTooLarge,
        UploadInterrupted,
        TooManyTransfers,
        UploadsBusy,
    ],
)
@speaks_tus
async def append_to_upload(request: web.Request, actor: Actor, path: UploadPath) -> web.Response:
    """Send bytes of an upload

    From `Upload-Offset` on, which has to be where it stands. What has come is kept when the connection breaks. The
    answer to the last byte names the track in `X-Track-Id`.
    """
    tus.check_body_type(request.content_type)
    offset = tus.number(request.headers, "Upload-Offset")
    upload = await request.app[UPLOADS].append(actor.user_id, UploadId(path.id), offset, pieces_of(request))
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=tus.of_upload(upload))


@routes.delete(
    "/dj/uploads/{id}",
    access=djs,
    rate_class=RateClass.UPLOAD,
    status=HTTPStatus.NO_CONTENT,
    errors=[TusVersionUnsupported, UploadNotFound, UploadLocked],
)
@speaks_tus
async def take_back_upload(request: web.Request, actor: Actor, path: UploadPath) -> web.Response:
    """Take an upload back

    Its bytes are deleted. One that is complete is a track by then, and stays that.
    """
    await request.app[UPLOADS].take_back(actor.user_id, UploadId(path.id))
    return web.Response(status=HTTPStatus.NO_CONTENT, headers={"Tus-Resumable": tus.VERSION})


@routes.post(
    "/dj/upload-track",
    access=djs,
    rate_class=RateClass.UPLOAD,
    status=HTTPStatus.ACCEPTED,
    takes=RawBody(("multipart/form-data",), max_bytes=MOST_BYTES),
    errors=[
        MalformedUpload,
        UnsupportedFile,
        EmptyFile,
        FileTooLarge,
        QuotaExceeded,
        TooManyUploads,
        UploadInterrupted,
        TooManyTransfers,
        UploadsBusy,
        UnsupportedMediaType,
    ],
)
async def upload_track(request: web.Request, actor: Actor) -> OneTrackView:
    """Upload music track

    Multipart form data with the field `file`. It is looked at in the background: the track is `processing` first.
    """
    uploads = request.app[UPLOADS]
    sent = await file_of_form(request)
    most = request.content_length or uploads.max_bytes
    track_id = await uploads.receive(actor.user_id, sent.name, most, sent.pieces())
    track = await request.app[TRACKS].get(actor.user_id, track_id)
    return OneTrackView(track=TrackView.of(track, request.app[LINKS]))
