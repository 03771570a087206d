"""What can be wrong with a request about a track."""

from control_api.errors import ApiError, ErrorKind


class TrackNotFound(ApiError):
    """There is none, or it is somebody else's: which of the two is nobody's business."""

    code = "TRACK_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such track in your library."


class TrackNotReady(ApiError):
    code = "TRACK_NOT_READY"
    kind = ErrorKind.CONFLICT
    message = "This track is not ready to be played."


class TrackNotHeld(ApiError):
    code = "TRACK_NOT_HELD"
    kind = ErrorKind.CONFLICT
    message = "This track is not held: it has been decided upon."


class TrackBeingProcessed(ApiError):
    code = "TRACK_PROCESSING"
    kind = ErrorKind.CONFLICT
    message = "This track is still being looked at; try again when that is done."


class NoSuchFile(ApiError):
    code = "FILE_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such file of this track."


class PictureUnreadable(ApiError):
    code = "PICTURE_UNREADABLE"
    kind = ErrorKind.INVALID
    message = "This is no picture that can be a cover."
