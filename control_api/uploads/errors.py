"""What can be wrong with an upload."""

from control_api.errors import ApiError, ErrorKind


class UploadNotFound(ApiError):
    code = "UPLOAD_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such upload: it has expired, was taken back, or never was."


class UploadLocked(ApiError):
    code = "UPLOAD_LOCKED"
    kind = ErrorKind.LOCKED
    message = "Another request is sending bytes of this upload; ask where it stands, then go on."


class OffsetConflict(ApiError):
    code = "OFFSET_CONFLICT"
    kind = ErrorKind.CONFLICT
    message = "The upload stands at another byte; ask where it stands, then go on from there."


class UploadInterrupted(ApiError):
    code = "UPLOAD_INTERRUPTED"
    kind = ErrorKind.TIMEOUT
    message = "The bytes stopped coming; what has come is kept."


class FileTooLarge(ApiError):
    code = "FILE_TOO_LARGE"
    kind = ErrorKind.TOO_LARGE
    message = "The file is too large."


class EmptyFile(ApiError):
    code = "EMPTY_FILE"
    kind = ErrorKind.INVALID
    message = "The file is empty."


class UnsupportedFile(ApiError):
    code = "UNSUPPORTED_FILE"
    kind = ErrorKind.MEDIA_TYPE
    message = "Upload MP3, WAV, FLAC, M4A, Ogg or AIFF."


class QuotaExceeded(ApiError):
    code = "QUOTA_EXCEEDED"
    kind = ErrorKind.NO_ROOM
    message = "There is no room left for this file: delete tracks first."


class TooManyUploads(ApiError):
    code = "TOO_MANY_UPLOADS"
    kind = ErrorKind.CONFLICT
    message = "Too many uploads are unfinished: finish some, or take them back."


class TooManyTransfers(ApiError):
    code = "TOO_MANY_TRANSFERS"
    kind = ErrorKind.LIMITED
    message = "Too many files at a time: send the others when these are through."


class UploadsBusy(ApiError):
    code = "UPLOADS_BUSY"
    kind = ErrorKind.UNAVAILABLE
    message = "Too many files are on their way up right now; try again shortly."


class MalformedUpload(ApiError):
    code = "MALFORMED_UPLOAD"
    kind = ErrorKind.MALFORMED
    message = "The headers of this upload are not those of tus 1.0."


class TusVersionUnsupported(ApiError):
    code = "TUS_VERSION_UNSUPPORTED"
    kind = ErrorKind.PRECONDITION
    message = "Speak tus 1.0.0."
