"""What happens to a stream, told to its viewers (draft-ietf-wish-whep, "Server Sent Events extension").

A stream of events has no queue: it looks at what is true now and tells what has changed since it last did. Who reads
slowly, or not at all for a while, is told the newest, and nothing of what was in between.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from media_server.http.admission import AddressLimit
from media_server.http.cors import preflight_response
from media_server.http.errors import ApiError
from media_server.http.incoming import admit, body, get_own_session
from media_server.http.layers import layers_event
from media_server.http.whep_extensions import EVENT_NAMES, EventName
from media_server.router.room_state import RoomPhase
from media_server.sessions.rooms import Rooms
from media_server.sessions.viewer import ViewerSession
from media_server.tokens import TokenVerifier

MAX_STREAMS_PER_SESSION: Final = 2
"""A page that reloads has the one before for a moment; a further one ends the oldest."""
LOOK_EVERY_S: Final = 1.0
_COMMENT_EVERY_S: Final = 15.0
"""So that proxies do not take a quiet stream for a dead one, and we notice who has gone."""
_WRITE_TIMEOUT_S: Final = 10.0
_JSON: Final = "application/json"
_WANTED: Final = TypeAdapter(list[str])


@dataclass(eq=False, slots=True)
class EventStream:
    """One that was asked for; `reader` stands for the request that reads it, the newest if there are several."""

    session: ViewerSession
    stream_id: str
    wanted: frozenset[EventName]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    told: dict[str, str] = field(default_factory=dict)
    reader: object = None


class EventRoutes:
    """The handlers, and the streams that there are: `limit` requests for them from one address, `total` in all."""

    def __init__(
        self, rooms: Rooms, tokens: TokenVerifier, limit: AddressLimit, *, total: int, public_url: str
    ) -> None:
        self._rooms = rooms
        self._tokens = tokens
        self._limit = limit
        self._total = total
        self._public_url = public_url
        self._streams: dict[str, EventStream] = {}
        self._counts: dict[str, tuple[float, int]] = {}

    async def create(self, request: web.Request) -> web.Response:
        """POST the names of events, or nothing for all of them: 201 with the Location of the stream."""
        admit(request, self._limit)
        self._session(request)
        raw = await body(request, _JSON) if request.body_exists else b""
        wanted = _wanted(raw)
        session = self._session(request)
        self._forget_ended()
        same = [stream for stream in self._streams.values() if stream.session is session]
        if len(same) >= MAX_STREAMS_PER_SESSION:
            del self._streams[same[0].id]
        elif len(self._streams) >= self._total:
            raise ApiError(503, "WORKER_FULL", "there are too many streams of events", {"Retry-After": "1"})
        stream = EventStream(session, request.match_info["stream_id"], wanted)
        self._streams[stream.id] = stream
        location = f"{self._public_url}{request.path}/{stream.id}"
        return web.Response(status=201, headers={"Location": location, "Cache-Control": "no-store"})

    async def read(self, request: web.Request) -> web.StreamResponse:
        """GET events as they happen, until the session or the stream ends, or another request reads it."""
        stream = self._stream(request)
        stream.reader = reader = object()
        stream.told.clear()
        response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        await self._tell(stream, reader, response)
        if not self._is_there(stream):
            self._streams.pop(stream.id, None)
        return response

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE ends a stream, and whatever of it was not read."""
        del self._streams[self._stream(request).id]
        return web.Response(status=200)

    async def options(self, request: web.Request) -> web.Response:
        """What may be sent here."""
        return preflight_response({"Accept-Post": _JSON})

    def _session(self, request: web.Request) -> ViewerSession:
        return get_own_session(request, self._rooms, self._tokens, ViewerSession, "watch")

    def _stream(self, request: web.Request) -> EventStream:
        session = self._session(request)
        stream = self._streams.get(request.match_info["events_id"])
        if stream is None or stream.session is not session:
            raise ApiError(404, "EVENTS_NOT_FOUND", "there is no such stream of events")
        return stream

    async def _tell(self, stream: EventStream, reader: object, response: web.StreamResponse) -> None:
        clock = asyncio.get_running_loop().time
        written_at = clock()
        while stream.reader is reader and self._is_there(stream):
            text = "".join(self._news(stream, now=clock()))
            if not text and clock() - written_at >= _COMMENT_EVERY_S:
                text = ":\n\n"
            if text:
                try:
                    async with asyncio.timeout(_WRITE_TIMEOUT_S):
                        await response.write(text.encode())
                except (ConnectionError, TimeoutError):
                    return
                written_at = clock()
            await asyncio.sleep(LOOK_EVERY_S)

    def _news(self, stream: EventStream, *, now: float) -> list[str]:
        """The events that are due: what is wanted and is not what was told last."""
        news: list[str] = []
        for topic, name, fact in self._facts(stream, now):
            said = f"event: {name}\ndata: {json.dumps(fact, separators=(',', ':'))}\n\n"
            if stream.told.get(topic) != said:
                stream.told[topic] = said
                if name in stream.wanted:
                    news.append(said)
        return news

    def _facts(self, stream: EventStream, now: float) -> Iterator[tuple[str, EventName, dict[str, Any]]]:
        room = self._rooms.find_room(stream.stream_id)
        is_active = room is not None and room.room.state.phase is RoomPhase.LIVE
        # A stream of events does not begin with "inactive".
        if is_active or "publication" in stream.told:
            yield "publication", "active" if is_active else "inactive", {}
        if "layers" in stream.wanted:
            yield "layers", "layers", layers_event(stream.session.offered_layers())
        if "viewercount" in stream.wanted:
            yield "viewercount", "viewercount", {"viewercount": self._viewer_count(stream.stream_id, now)}

    def _viewer_count(self, stream_id: str, now: float) -> int:
        """Counted once for all who want to know."""
        at, count = self._counts.get(stream_id, (float("-inf"), 0))
        if now - at >= LOOK_EVERY_S:
            room = self._rooms.find_room(stream_id)
            count = len(room.present()) if room is not None else 0
            self._counts[stream_id] = (now, count)
        return count

    def _is_there(self, stream: EventStream) -> bool:
        session = stream.session
        return stream.id in self._streams and self._rooms.find_session(session.session_id) is session

    def _forget_ended(self) -> None:
        self._streams = {stream.id: stream for stream in self._streams.values() if self._is_there(stream)}
        watched = {stream.stream_id for stream in self._streams.values()}
        self._counts = {stream_id: known for stream_id, known in self._counts.items() if stream_id in watched}


def event_routes(routes: EventRoutes) -> list[web.RouteDef]:
    """Of each WHEP session."""
    path = "/whep/{stream_id}/{session_id}/sse"
    return [
        web.post(path, routes.create),
        web.options(path, routes.options),
        web.get(path + "/{events_id}", routes.read, allow_head=False),
        web.delete(path + "/{events_id}", routes.delete),
        web.options(path + "/{events_id}", routes.options),
    ]


def _wanted(raw: bytes) -> frozenset[EventName]:
    """Raises ApiError 400, 422."""
    if not raw:
        return frozenset(EVENT_NAMES)
    try:
        asked = set(_WANTED.validate_json(raw, strict=True))
    except ValidationError:
        raise ApiError(400, "VALIDATION_ERROR", "the body must be a list of names of events") from None
    wanted = frozenset(name for name in EVENT_NAMES if name in asked)
    if not wanted:
        raise ApiError(422, "VALIDATION_ERROR", f"there are the events {', '.join(EVENT_NAMES)}")
    return wanted
