"""What can be wrong with a moderator's request."""

from control_api.errors import ApiError, ErrorKind


class ClaimNotFound(ApiError):
    code = "CLAIM_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such claim, or it has been withdrawn."


class NothingToCompare(ApiError):
    """Shorter than a fingerprint is, not yet inspected, or rejected."""

    code = "NOTHING_TO_COMPARE"
    kind = ErrorKind.CONFLICT
    message = "This track has no fingerprint to compare others with."
