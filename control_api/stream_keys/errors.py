"""What can be wrong with a stream key. Encoders show these sentences to who is in front of them."""

from control_api.errors import ApiError, ErrorKind


class StreamKeyInvalid(ApiError):
    code = "STREAM_KEY_INVALID"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such stream key. Copy the whole key into your encoder, or make a new one."


class StreamKeyRevoked(ApiError):
    code = "STREAM_KEY_REVOKED"
    kind = ErrorKind.FORBIDDEN
    message = "This stream key was revoked. Make a new one and put it into your encoder."


class StreamKeyNotFound(ApiError):
    code = "STREAM_KEY_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "You have no such stream key."


class TooManyStreamKeys(ApiError):
    code = "TOO_MANY_STREAM_KEYS"
    kind = ErrorKind.CONFLICT
    message = "You have as many stream keys as one may have; revoke one first."
