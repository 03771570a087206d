"""What can be wrong with a request about replays and recordings."""

from control_api.errors import ApiError, ErrorKind


class ReplayNotFound(ApiError):
    """There is none, or it is private and somebody else's: which of the two is nobody's business."""

    code = "REPLAY_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such replay."


class ReplayNotReady(ApiError):
    code = "REPLAY_NOT_READY"
    kind = ErrorKind.CONFLICT
    message = "The stream is still being recorded; it can be downloaded when it has ended."


class DownloadFailed(ApiError):
    code = "DOWNLOAD_FAILED"
    kind = ErrorKind.CONFLICT
    message = "The file could not be made; ask again to have another try."


class ReplayQuotaExceeded(ApiError):
    code = "QUOTA_EXCEEDED"
    kind = ErrorKind.NO_ROOM
    message = "Your replays take all the room you have. Delete some first."


class ReplayLinkInvalid(ApiError):
    code = "LINK_INVALID"
    kind = ErrorKind.FORBIDDEN
    message = "This link has lapsed or is not one of ours; load the page again."
