"""/stream/keys: what lets one's encoders in."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.router import RateClass, Routes
from control_api.identity import Actor, Role
from control_api.settings import ApiSettings
from control_api.stream_keys.errors import StreamKeyNotFound, TooManyStreamKeys
from control_api.stream_keys.models import StreamKeyId
from control_api.stream_keys.servers import ingest_servers
from control_api.stream_keys.service import StreamKeyService
from control_api.stream_keys.views import (
    KeyPath,
    KeysView,
    KeyView,
    KeyWithSecretView,
    NewKeyRequest,
    OneKeyView,
    ServerView,
)
from control_api.streams.routes import asked_at

STREAM_KEYS = web.AppKey("stream_keys", StreamKeyService)
SETTINGS = web.AppKey("ingest_settings", ApiSettings)
routes = Routes("Encoders")
creators = Access.of(Role.DJ, Role.PERFORMER)


@routes.get("/stream/keys", access=creators)
async def list_stream_keys(request: web.Request, actor: Actor) -> KeysView:
    """Get one's stream keys, and where an encoder is pointed to

    Of a key there is its end alone: the key was shown when it was made.
    """
    keys = await request.app[STREAM_KEYS].all_of(actor.user_id)
    servers = ingest_servers(request.app[SETTINGS], asked_at(request))
    return KeysView(keys=[KeyView.of(key) for key in keys], server=ServerView.of(servers))


@routes.post(
    "/stream/keys",
    access=creators,
    rate_class=RateClass.STREAM,
    status=HTTPStatus.CREATED,
    errors=[TooManyStreamKeys],
)
async def make_stream_key(request: web.Request, actor: Actor, body: NewKeyRequest) -> KeyWithSecretView:
    """Make a stream key"""
    key, secret = await request.app[STREAM_KEYS].make(actor.user_id, body.label)
    return KeyWithSecretView(key=KeyView.of(key), secret=secret)


@routes.post("/stream/keys/{id}/rotate", access=creators, rate_class=RateClass.STREAM, errors=[StreamKeyNotFound])
async def rotate_stream_key(request: web.Request, actor: Actor, path: KeyPath) -> KeyWithSecretView:
    """Put a new secret in the place of a key's old one

    A stream that comes with the old one ends.
    """
    key, secret = await request.app[STREAM_KEYS].rotate(actor.user_id, StreamKeyId(path.id))
    return KeyWithSecretView(key=KeyView.of(key), secret=secret)


@routes.delete("/stream/keys/{id}", access=creators, errors=[StreamKeyNotFound])
async def revoke_stream_key(request: web.Request, actor: Actor, path: KeyPath) -> OneKeyView:
    """Revoke a stream key

    A stream that comes with it ends.
    """
    return OneKeyView(key=KeyView.of(await request.app[STREAM_KEYS].revoke(actor.user_id, StreamKeyId(path.id))))
