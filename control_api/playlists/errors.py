"""What can be wrong with a request about a playlist."""

from control_api.errors import ApiError, ErrorKind


class PlaylistNotFound(ApiError):
    code = "PLAYLIST_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "You have no such playlist."


class PlaylistNameTaken(ApiError):
    code = "PLAYLIST_NAME_TAKEN"
    kind = ErrorKind.CONFLICT
    message = "You have a playlist of that name already."


class TooManyPlaylists(ApiError):
    code = "TOO_MANY_PLAYLISTS"
    kind = ErrorKind.CONFLICT
    message = "You have as many playlists as there may be; delete one first."
