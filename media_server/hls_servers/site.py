"""What is answered to a request: the same as the worker's own HTTP server says (`media_server/http/hls.py`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Protocol

from media_server.egress.hls.delivery import (
    MEDIA_TYPE,
    MULTIVARIANT_CACHE,
    MULTIVARIANT_NAME,
    NAMED_MEDIA_CACHE,
    PLAYLIST_TYPE,
    DeliveryRefused,
    longest_wait_s,
    no_hls_yet,
    no_media,
    not_found,
    not_live,
    overloaded,
    playlist_body,
    playlist_cache,
    playlist_headers,
    read_directives,
    refuse_far_ahead,
    rendition_of,
    viewer_dropped,
)
from media_server.egress.hls.names import MediaName
from media_server.hls_servers.blocks import MappedBlocks
from media_server.hls_servers.http_request import METHODS, Request
from media_server.hls_servers.http_response import Answer, Body, CrossOrigin, error_answer
from media_server.hls_servers.replica import ReplicaPlaylist, Replicas, ReplicaStream, SharedPart
from media_server.hls_servers.viewers import SeenViewers
from media_server.hls_servers.waiting import TooManyWaiting, Wait, Waiting
from media_server.tokens import TokenError, VerifiedTokens

_REWIND_STEM: Final = "rewind"
_STATUS_OF_TOKEN_ERROR: Final = {"TOKEN_MISSING": 401, "TOKEN_INVALID": 401, "TOKEN_EXPIRED": 401, "FORBIDDEN": 403}
_MEDIA_HEADERS: Final = (("Content-Type", MEDIA_TYPE), ("Cache-Control", NAMED_MEDIA_CACHE))

Reply = Callable[[Answer], None]
Cancel = Callable[[], None]


class Elsewhere(Protocol):
    """Where what is not live is asked for: at the worker."""

    def __call__(self, request: Request, reply: Reply) -> Cancel: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """Two readings of the time: of the loop's clock, and Unix time."""

    now: float
    unix_s: float


def _nothing() -> None:
    """There is nothing to cancel."""


class Site:
    """All that is served. `answer` replies once, at once or later; sans-IO but for `elsewhere`."""

    def __init__(
        self,
        replicas: Replicas,
        blocks: MappedBlocks,
        tokens: VerifiedTokens,
        *,
        cross_origin: CrossOrigin,
        elsewhere: Elsewhere,
    ) -> None:
        self.waiting = Waiting()
        self.seen = SeenViewers()
        self._replicas = replicas
        self._blocks = blocks
        self._tokens = tokens
        self._cross_origin = cross_origin
        self._elsewhere = elsewhere

    def answer(self, request: Request, reply: Reply, at: Moment) -> Cancel:
        """Calls `reply` once, unless what is returned was called before."""

        def reply_to_page(answer: Answer) -> None:
            allowed = self._cross_origin.headers(request.origin)
            reply(replace(answer, headers=[*answer.headers, *allowed]))

        try:
            return self._route(request, reply_to_page, at)
        except DeliveryRefused as refused:
            reply_to_page(_refusal(refused))
        except TokenError as error:
            challenge = {"WWW-Authenticate": "Bearer"} if error.code != "FORBIDDEN" else {}
            reply_to_page(error_answer(_STATUS_OF_TOKEN_ERROR[error.code], error.code, str(error), challenge))
        return _nothing

    def _route(self, request: Request, reply: Reply, at: Moment) -> Cancel:
        place, *names = request.segments
        if place != "hls" or not names or not all(names):
            reply(error_answer(HTTPStatus.NOT_FOUND, "NOT_FOUND", "Not Found"))
            return _nothing
        is_rewind = len(names) == 3 and names[1] == _REWIND_STEM
        if len(names) != 2 and not is_rewind:
            reply(error_answer(HTTPStatus.NOT_FOUND, "NOT_FOUND", "Not Found"))
            return _nothing
        stream_id, name = names[0], names[1]
        if request.method not in METHODS:
            allowed = {"Allow": "GET,HEAD" if is_rewind else "GET,HEAD,OPTIONS"}
            reply(error_answer(HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Method Not Allowed", allowed))
            return _nothing
        if request.method == "OPTIONS":
            reply(Answer(HTTPStatus.NO_CONTENT, list(self._cross_origin.preflight.items())))
            return _nothing
        if is_rewind or (name.startswith(_REWIND_STEM) and name.endswith(".m3u8")):
            return self._elsewhere(request, reply)
        return self._live(request, stream_id, name, reply, at)

    def _live(self, request: Request, stream_id: str, name: str, reply: Reply, at: Moment) -> Cancel:
        stream = self._replicas.find(stream_id)
        if stream is not None and (media := stream.names.read(name)) is not None:
            return self._media(stream, media, reply, at)
        viewer_id = self._tokens.viewer_id(
            request.bearer or request.query.get("token", ""), stream_id, unix_s=at.unix_s
        )
        if stream is None:
            raise not_live()
        if viewer_id in stream.dropped:
            raise viewer_dropped()
        self.seen.see(stream_id, viewer_id, now=at.now)
        if name == MULTIVARIANT_NAME:
            if stream.multivariant is None:
                raise no_hls_yet()
            reply(_playlist(request, stream.multivariant, cache=MULTIVARIANT_CACHE))
            return _nothing
        if (rendition := rendition_of(name)) is not None:
            return self._media_playlist(request, stream, _rendition(stream, rendition), reply, at)
        raise not_found()

    def _media_playlist(
        self, request: Request, stream: ReplicaStream, playlist: ReplicaPlaylist, reply: Reply, at: Moment
    ) -> Cancel:
        asked = read_directives(request.query)
        waited = asked.number is not None

        def give() -> None:
            if waited and playlist.is_withdrawn:
                raise not_found()
            text = stream.media_playlist(playlist, skip=asked.skip)
            reply(_playlist(request, text, cache=playlist_cache(playlist, waited=waited)))

        if asked.number is None:
            give()
            return _nothing
        refuse_far_ahead(playlist, asked.number, asked.part)
        return self._when_there(playlist, asked.number, asked.part, give, reply, at)

    def _media(self, stream: ReplicaStream, name: MediaName, reply: Reply, at: Moment) -> Cancel:
        playlist = _rendition(stream, name.rendition)
        number, index = name.number, name.part

        def give() -> None:
            body = self._body(playlist, name)
            if body is None:
                raise not_found()
            reply(Answer(HTTPStatus.OK, _MEDIA_HEADERS, body))

        if number is not None and index is not None and (number, index) == playlist.next_part:
            return self._when_there(playlist, number, index, give, reply, at)
        give()
        return _nothing

    def _when_there(
        self,
        playlist: ReplicaPlaylist,
        number: int,
        part: int | None,
        give: Callable[[], None],
        reply: Reply,
        at: Moment,
    ) -> Cancel:
        if playlist.ended or playlist.contains(number, part):
            give()
            return _nothing

        def resume(came: bool) -> None:
            try:
                if not came:
                    raise no_media()
                give()
            except DeliveryRefused as refused:
                reply(_refusal(refused))

        deadline = at.now + longest_wait_s(playlist)
        try:
            wait = self.waiting.add(Wait(playlist.stream.stream_id, playlist, (number, part), deadline, resume))
        except TooManyWaiting as error:
            raise overloaded() from error
        return lambda: self.waiting.cancel(wait)

    def _body(self, playlist: ReplicaPlaylist, name: MediaName) -> Body | None:
        if name.initialization is not None:
            data = playlist.initialization(name.initialization)
            return (data,) if data is not None else None
        if name.number is None:
            return None
        if name.part is not None:
            part = playlist.find_part(name.number, name.part)
            return self._views([part]) if part is not None else None
        segment = playlist.find_segment(name.number)
        return self._views(segment.parts) if segment is not None else None

    def _views(self, parts: list[SharedPart]) -> Body | None:
        views = [view for part in parts if (view := self._blocks.view(part.place)) is not None]
        return views if len(views) == len(parts) else None


def _rendition(stream: ReplicaStream, name: str) -> ReplicaPlaylist:
    playlist = stream.playlist(name)
    if playlist is None:
        raise not_found()
    return playlist


def _refusal(refused: DeliveryRefused) -> Answer:
    return error_answer(refused.status, refused.code, str(refused), refused.headers)


def _playlist(request: Request, text: str, *, cache: str) -> Answer:
    compressed = "gzip" in request.accept_encoding
    body = playlist_body(text, token=request.query.get("token"), compressed=compressed)
    headers = playlist_headers(cache=cache, compressed=compressed).items()
    return Answer(HTTPStatus.OK, [("Content-Type", f"{PLAYLIST_TYPE}; charset=utf-8"), *headers], (body,))
