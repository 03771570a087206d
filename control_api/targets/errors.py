"""What can be wrong with a target."""

from control_api.errors import ApiError, ErrorKind, FieldError


class TargetNotFound(ApiError):
    code = "TARGET_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "You have no such target."


class TooManyTargets(ApiError):
    code = "TOO_MANY_TARGETS"
    kind = ErrorKind.CONFLICT
    message = "You have as many targets as one may have; remove one first."


class TargetUrlUnfit(FieldError):
    code = "VALIDATION_ERROR"
    kind = ErrorKind.INVALID
    field = "url"
    message = "It has to be an address like rtmp://live.example.com/app or rtmps://live.example.com/app."
