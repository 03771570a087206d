"""/stream/chat: writing, reading and moderating."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Nothing, Page, PageQuery
from control_api.api.router import Routes
from control_api.chat.errors import (
    ChatNotOpen,
    ChatSilenced,
    MessageNotFound,
    ModeratorStays,
    TextUnfit,
    TooManyMessages,
)
from control_api.chat.models import MessageId
from control_api.chat.moderation import ModerationService
from control_api.chat.service import ChatService
from control_api.chat.views import (
    ChatPath,
    ChatView,
    HistoryQuery,
    MessagePath,
    MessageView,
    SendRequest,
    SentView,
    SilencedPath,
    SilencedView,
    SilenceRequest,
)
from control_api.identity import Actor, StreamId, UserId
from control_api.streams.errors import StreamEnded, StreamNotFound
from control_api.users.service import UserNotFound

CHAT = web.AppKey("chat", ChatService)
MODERATION = web.AppKey("moderation", ModerationService)
routes = Routes("Chat")


@routes.post(
    "/stream/chat/message",
    access=Access.SIGNED_IN,
    status=HTTPStatus.CREATED,
    errors=[TextUnfit, StreamNotFound, StreamEnded, ChatNotOpen, ChatSilenced, TooManyMessages],
)
async def send_message(request: web.Request, actor: Actor, body: SendRequest) -> SentView:
    """Send chat message

    Plain text of 1 to 500 characters, while the stream is live; five at once, and one a second.
    """
    message = await request.app[CHAT].send(actor.user_id, StreamId(body.stream_id), body.text)
    return SentView(message=MessageView.of(message))


@routes.get("/stream/chat/{streamId}", access=Access.OPTIONAL, errors=[StreamNotFound])
async def get_messages(request: web.Request, actor: Actor | None, path: ChatPath, query: HistoryQuery) -> ChatView:
    """Get chat messages

    The newest first; older ones with `before`. They stay when the stream has ended.
    """
    reading = await request.app[CHAT].read(actor, StreamId(path.stream_id), before=query.before, limit=query.limit)
    return ChatView.of(reading)


@routes.delete(
    "/stream/chat/{streamId}/message/{messageId}",
    access=Access.SIGNED_IN,
    errors=[StreamNotFound, MessageNotFound],
)
async def remove_message(request: web.Request, actor: Actor, path: MessagePath) -> Nothing:
    """Remove a chat message

    For the stream's creator, the DJs of its mix and administrators.
    """
    await request.app[MODERATION].remove(actor, StreamId(path.stream_id), MessageId(path.message_id))
    return Nothing()


@routes.get("/stream/chat/{streamId}/silence", access=Access.SIGNED_IN, errors=[StreamNotFound])
async def list_silenced(request: web.Request, actor: Actor, path: ChatPath, query: PageQuery) -> Page[SilencedView]:
    """Get who is silenced in the chat

    For those who moderate it.
    """
    silenced, total = await request.app[MODERATION].page_silenced(
        actor, StreamId(path.stream_id), offset=query.offset, limit=query.per_page
    )
    return Page[SilencedView].of([SilencedView.of(one) for one in silenced], total=total, query=query)


@routes.post(
    "/stream/chat/{streamId}/silence",
    access=Access.SIGNED_IN,
    errors=[StreamNotFound, UserNotFound, ModeratorStays],
)
async def silence(request: web.Request, actor: Actor, path: ChatPath, body: SilenceRequest) -> Nothing:
    """Silence somebody in the chat of one stream

    They read on, and cannot write.
    """
    await request.app[MODERATION].silence(actor, StreamId(path.stream_id), UserId(body.user_id))
    return Nothing()


@routes.delete("/stream/chat/{streamId}/silence/{userId}", access=Access.SIGNED_IN, errors=[StreamNotFound])
async def lift_silence(request: web.Request, actor: Actor, path: SilencedPath) -> Nothing:
    """Let somebody write again"""
    await request.app[MODERATION].lift(actor, StreamId(path.stream_id), UserId(path.user_id))
    return Nothing()
