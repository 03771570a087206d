"""What can be wrong with a request about a stream."""

from control_api.errors import ApiError, ErrorKind
from control_api.identity import StreamId


class StreamNotFound(ApiError):
    code = "STREAM_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such stream."


class StreamEnded(ApiError):
    code = "STREAM_ENDED"
    kind = ErrorKind.GONE
    message = "The stream has ended."


class StreamNotLive(ApiError):
    code = "STREAM_NOT_LIVE"
    kind = ErrorKind.NOT_FOUND
    message = "Nobody is publishing this stream now."


class JustEnded(ApiError):
    code = "JUST_ENDED"
    kind = ErrorKind.CONFLICT
    message = "You have ended this stream. Stop the encoder; to stream again, start it in half a minute."


class StreamIsMix(ApiError):
    code = "STREAM_IS_MIX"
    kind = ErrorKind.CONFLICT
    message = "This stream comes from a mix; enter its booth instead of publishing."


class StreamIsEncoder(ApiError):
    code = "STREAM_IS_ENCODER"
    kind = ErrorKind.CONFLICT
    message = "This stream comes from an encoder; go on there, or end it first."


class StreamNotBegun(ApiError):
    code = "STREAM_NOT_BEGUN"
    kind = ErrorKind.CONFLICT
    message = "This stream has not begun yet."


class NotLive(ApiError):
    code = "NOT_LIVE"
    kind = ErrorKind.CONFLICT
    message = "You have no live stream."


class AlreadyLive(ApiError):
    code = "ALREADY_LIVE"
    kind = ErrorKind.CONFLICT
    message = "You are live already; continue that stream or end it first."

    def __init__(self, stream_id: StreamId) -> None:
        super().__init__(details={"streamId": str(stream_id)})


class ViewerNotFound(ApiError):
    code = "VIEWER_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such viewer of this stream."
