"""What can be wrong with a request about recordings."""

from control_api.errors import ApiError, ErrorKind


class RecordingNotFound(ApiError):
    code = "RECORDING_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "You have no such recording."
