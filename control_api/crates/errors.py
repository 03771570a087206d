"""What can be wrong with a request about a crate."""

from control_api.errors import ApiError, ErrorKind


class CrateNotFound(ApiError):
    code = "CRATE_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "You have no such crate."


class CrateNameTaken(ApiError):
    code = "CRATE_NAME_TAKEN"
    kind = ErrorKind.CONFLICT
    message = "You have a crate of that name already."


class TooManyCrates(ApiError):
    code = "TOO_MANY_CRATES"
    kind = ErrorKind.CONFLICT
    message = "You have as many crates as there may be; delete one first."
