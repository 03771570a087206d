"""What can be wrong with a request about a chat."""

from control_api.errors import ApiError, ErrorKind, FieldError, RateLimited


class TextUnfit(FieldError):
    field = "text"
    code = "VALIDATION_ERROR"
    kind = ErrorKind.INVALID


class ChatNotOpen(ApiError):
    code = "CHAT_NOT_OPEN"
    kind = ErrorKind.CONFLICT
    message = "The chat opens when the stream goes live."


class ChatSilenced(ApiError):
    code = "CHAT_SILENCED"
    kind = ErrorKind.FORBIDDEN
    message = "You were silenced in this chat, so you can read it but not write."


class TooManyMessages(RateLimited):
    message = "You write faster than others can read; wait a moment."


class MessageNotFound(ApiError):
    code = "MESSAGE_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such message in this chat."


class ModeratorStays(ApiError):
    code = "MODERATOR_STAYS"
    kind = ErrorKind.CONFLICT
    message = "Who moderates this chat cannot be silenced in it."
