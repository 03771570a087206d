"""Who may call what: the whole table. A route that is not in it fails the first test."""

import re

import pytest

from control_api.app import all_mounts
from control_api.identity import Role
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import Api

ANYONE = frozenset({"anonymous", *Role})
SIGNED_IN = frozenset(Role)
DJ, PERFORMER = frozenset({Role.DJ}), frozenset({Role.PERFORMER})
CREATORS = DJ | PERFORMER
ADMIN = frozenset({Role.ADMIN})
NO_STREAM = "00000000-0000-4000-8000-000000000000"

MAY_CALL: dict[str, frozenset[str]] = {
    "POST /auth/register": ANYONE,
    "POST /auth/login": ANYONE,
    "POST /auth/refresh": ANYONE,
    "POST /auth/logout": ANYONE,
    "GET /user/profile": SIGNED_IN,
    "POST /dj/start-stream": DJ,
    "POST /dj/end-stream": DJ,
    "POST /dj/mix": DJ,
    "GET /dj/mix": DJ,
    "POST /dj/mix/{id}/enter": DJ,
    "POST /dj/mix/{id}/talk": DJ,
    "POST /dj/mix/{id}/load": DJ,
    "POST /dj/mix/{id}/members": DJ,
    "DELETE /dj/mix/{id}/members/{userId}": DJ,
    "POST /dj/mix/{id}/hand-over": DJ,
    "POST /dj/mix/{id}/close": DJ,
    "GET /dj/tracks": DJ,
    "GET /dj/track/{id}": DJ,
    "PATCH /dj/track/{id}": DJ,
    "DELETE /dj/track/{id}": DJ,
    "POST /dj/track/{id}/analyse": DJ,
    "GET /dj/track/{id}/waveform": DJ,
    "GET /dj/track/{id}/cover": DJ,
    "PUT /dj/track/{id}/cover": DJ,
    "GET /dj/track/{id}/download": DJ,
    "GET /dj/crates": DJ,
    "POST /dj/crates": DJ,
    "PATCH /dj/crates/{id}": DJ,
    "DELETE /dj/crates/{id}": DJ,
    "PUT /dj/crates/{id}/tracks/{trackId}": DJ,
    "DELETE /dj/crates/{id}/tracks/{trackId}": DJ,
    "GET /dj/playlists": DJ,
    "POST /dj/playlists": DJ,
    "GET /dj/playlists/{id}": DJ,
    "PATCH /dj/playlists/{id}": DJ,
    "DELETE /dj/playlists/{id}": DJ,
    "PUT /dj/playlists/{id}/tracks": DJ,
    "GET /dj/queue": DJ,
    "POST /dj/queue": DJ,
    "PUT /dj/queue/order": DJ,
    "DELETE /dj/queue/{entryId}": DJ,
    "DELETE /dj/queue": DJ,
    "GET /dj/history": DJ,
    "GET /dj/storage": DJ,
    "GET /dj/recordings": DJ,
    "DELETE /dj/recordings/{id}": DJ,
    "GET /dj/recordings/{id}/download": DJ,
    "GET /dj/recordings/{id}/cue-sheet": DJ,
    "GET /admin/tracks/held": ADMIN,
    "GET /admin/tracks/{id}/audio": ADMIN,
    "POST /admin/tracks/{id}/release": ADMIN,
    "POST /admin/tracks/{id}/reject": ADMIN,
    "GET /admin/claims": ADMIN,
    "POST /admin/claims": ADMIN,
    "DELETE /admin/claims/{id}": ADMIN,
    "GET /admin/acts": ADMIN,
    "GET /files": ANYONE,
    "POST /performer/start-stream": PERFORMER,
    "POST /performer/end-stream": PERFORMER,
    "GET /stream/live": ANYONE,
    "GET /stream/current": CREATORS,
    "GET /stream/keys": CREATORS,
    "POST /stream/keys": CREATORS,
    "POST /stream/keys/{id}/rotate": CREATORS,
    "DELETE /stream/keys/{id}": CREATORS,
    "GET /stream/encoder": CREATORS,
    "PUT /stream/encoder": CREATORS,
    "GET /stream/targets": CREATORS,
    "POST /stream/targets": CREATORS,
    "PATCH /stream/targets/{id}": CREATORS,
    "DELETE /stream/targets/{id}": CREATORS,
    "GET /stream/upcoming": ANYONE,
    "GET /stream/schedule": CREATORS,
    "POST /stream/schedule": CREATORS,
    "PATCH /stream/schedule/{id}": CREATORS,
    "DELETE /stream/schedule/{id}": CREATORS,
    "POST /stream/{id}/recording": CREATORS,
    "GET /stream/replays": ANYONE,
    "GET /replay/{id}": ANYONE,
    "PATCH /replay/{id}": CREATORS,
    "DELETE /replay/{id}": CREATORS | {Role.ADMIN},
    "POST /replay/{id}/watch": ANYONE,
    "GET /replay/{id}/index.m3u8": ANYONE,
    "GET /replay/{id}/{rendition}.m3u8": ANYONE,
    "GET /replay/{id}/media/{name}": ANYONE,
    "GET /replay/{id}/thumbnail.jpg": ANYONE,
    "GET /replay/{id}/download": CREATORS | {Role.ADMIN},
    "GET /replay/{id}/with/{token}/index.m3u8": ANYONE,
    "GET /replay/{id}/with/{token}/{rendition}.m3u8": ANYONE,
    "GET /replay/{id}/with/{token}/media/{name}": ANYONE,
    "GET /replay/{id}/with/{token}/thumbnail.jpg": ANYONE,
    "GET /replay/{id}/with/{token}/download": ANYONE,
    "GET /stream/{id}/health": CREATORS | {Role.ADMIN},
    "GET /stream/{id}": ANYONE,
    "POST /stream/{id}/publish": CREATORS,
    "POST /stream/{id}/join": ANYONE,
    "POST /stream/{id}/leave": ANYONE,
    "GET /stream/{id}/viewers": CREATORS | {Role.ADMIN},
    "POST /stream/chat/message": SIGNED_IN,
    "GET /stream/chat/{streamId}": ANYONE,
    "DELETE /stream/chat/{streamId}/message/{messageId}": SIGNED_IN,
    "GET /stream/chat/{streamId}/silence": SIGNED_IN,
    "POST /stream/chat/{streamId}/silence": SIGNED_IN,
    "DELETE /stream/chat/{streamId}/silence/{userId}": SIGNED_IN,
    "OPTIONS /dj/uploads": ANYONE,
    "POST /dj/uploads": DJ,
    "HEAD /dj/uploads/{id}": DJ,
    "PATCH /dj/uploads/{id}": DJ,
    "DELETE /dj/uploads/{id}": DJ,
    "POST /dj/upload-track": DJ,
    "GET /health": ANYONE,
    "GET /health/detailed": ANYONE,
}


def test_every_route_has_its_row() -> None:
    routes = {f"{route.method} {route.path}" for mount in all_mounts("v1") for route in mount.routes}
    assert routes == set(MAY_CALL)


@pytest.mark.parametrize("caller", ["anonymous", *Role])
async def test_a_caller_gets_in_where_the_table_says_and_nowhere_else(start_api: StartApi, caller: str) -> None:
    api: Api = await start_api()
    account = None if caller == "anonymous" else await api.account(caller)
    outcomes, expected = {}, {}
    for row, callers in MAY_CALL.items():
        method, path = row.split()
        reply = await api.send(method, re.sub(r"{\w+}", NO_STREAM, path), by=account)
        # An answer to HEAD has no body that could say its code.
        said = {401: "UNAUTHENTICATED", 403: "FORBIDDEN"}.get(reply.status, "") if method == "HEAD" else None
        code = said if said is not None else reply.code if reply.status >= 400 else ""
        outcomes[row] = code if code in {"UNAUTHENTICATED", "FORBIDDEN"} else "let in"
        expected[row] = "let in" if caller in callers else ("FORBIDDEN" if account else "UNAUTHENTICATED")
    assert outcomes == expected


async def test_the_role_in_the_path_is_no_way_around_the_role_of_the_account(api: Api) -> None:
    performer = await api.account("performer")
    for path in ("/dj/start-stream", "/api/dj/start-stream", "/api/v1/dj/start-stream"):
        reply = await api.post(path, {"title": "x"}, by=performer)
        assert (reply.status, reply.code) == (403, "FORBIDDEN")
