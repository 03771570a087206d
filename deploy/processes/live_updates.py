"""Socket.IO over the services of the API: the adapters between what signaling asks for and what control_api has."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from control_api.app import CLIENTS, SERVICES
from control_api.auth.service import AuthService
from control_api.chat.models import Message, MessageId
from control_api.chat.service import ChatService
from control_api.errors import ApiError, InvalidAccessToken, ServiceUnavailable
from control_api.identity import StreamId, UserId
from control_api.mixes.membership import Membership
from control_api.settings import ApiSettings
from control_api.streams.models import StreamState
from control_api.streams.service import StreamService
from signaling.ports import ChatRefused, Identity, StateUnavailableError
from signaling.server import Signaling, create_signaling


class StreamStatesOfApi:
    """signaling.ports.StreamStates."""

    def __init__(self, streams: StreamService) -> None:
        self._streams = streams

    async def state_for(self, stream_id: UUID, user_id: UUID | None) -> StreamState | None:
        try:
            return await self._streams.find_state(StreamId(stream_id), UserId(user_id) if user_id else None)
        except ServiceUnavailable as error:
            raise StateUnavailableError from error


class MixMembersOfApi:
    """signaling.ports.MixMembers."""

    def __init__(self, membership: Membership) -> None:
        self._membership = membership

    async def may_enter(self, stream_id: UUID, user_id: UUID) -> bool:
        try:
            return await self._membership.may_enter(StreamId(stream_id), UserId(user_id))
        except ServiceUnavailable as error:
            raise StateUnavailableError from error


class ChatOfApi:
    """signaling.ports.Chat."""

    def __init__(self, chat: ChatService) -> None:
        self._chat = chat

    async def send(self, stream_id: UUID, author: UUID, text: str) -> Message:
        try:
            return await self._chat.send(UserId(author), StreamId(stream_id), text)
        except ServiceUnavailable as error:
            raise StateUnavailableError from error
        except ApiError as error:
            raise ChatRefused(error.code, error.message) from error


class AccessTokensOfApi:
    """signaling.ports.AccessTokens."""

    def __init__(self, auth: AuthService) -> None:
        self._auth = auth

    async def verify(self, token: str) -> Identity | None:
        try:
            actor = await self._auth.authenticate(token)
        except InvalidAccessToken:
            return None
        except ServiceUnavailable as error:
            raise StateUnavailableError from error
        return Identity(actor.user_id, actor.expires_at)


class Announcements:
    """The announcer, of streams and of chats, that the API is made with, before the Socket.IO server that is made with
    the API's services."""

    def __init__(self) -> None:
        self._signaling: Signaling | None = None

    def attach(self, app: web.Application, settings: ApiSettings) -> None:
        """Make the Socket.IO server of `app` and announce through it. Call it before `app` starts."""
        services, clients = app[SERVICES], app[CLIENTS]
        self._signaling = create_signaling(
            settings.redis_url.get_secret_value(),
            states=StreamStatesOfApi(services.streams),
            tokens=AccessTokensOfApi(services.auth),
            members=MixMembersOfApi(services.membership),
            chat=ChatOfApi(services.chat),
            allowed_origins=settings.cors_origin or None,
            client_address=clients.address,
        )
        self._signaling.attach(app)

    async def stream_changed(self, state: StreamState) -> None:
        await self._attached.stream_changed(state)

    async def stream_moves(self, stream_id: StreamId, worker_id: str) -> None:
        await self._attached.stream_moves(stream_id, worker_id)

    async def lobby_changed(self) -> None:
        await self._attached.lobby_changed()

    async def message_sent(self, message: Message) -> None:
        await self._attached.chat.message_sent(message)

    async def message_removed(self, stream_id: StreamId, message_id: MessageId) -> None:
        await self._attached.chat.message_removed(stream_id, message_id)

    @property
    def _attached(self) -> Signaling:
        if self._signaling is None:
            raise RuntimeError("announced before attach()")
        return self._signaling
