"""What can be wrong with a request about a mix."""

from control_api.errors import ApiError, ErrorKind


class MixNotFound(ApiError):
    """There is none, or one is no member of it: which of the two is nobody's business."""

    code = "MIX_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such mix among yours, or it is closed."


class NotLead(ApiError):
    code = "NOT_LEAD"
    kind = ErrorKind.FORBIDDEN
    message = "Only who leads the mix may do this."


class DjNotFound(ApiError):
    code = "DJ_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no DJ of this name."


class MemberNotFound(ApiError):
    code = "MEMBER_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "They are not in this mix."


class MixFull(ApiError):
    code = "MIX_FULL"
    kind = ErrorKind.CONFLICT
    message = "This mix has as many members as one may have."


class LeadStays(ApiError):
    code = "LEAD_STAYS"
    kind = ErrorKind.CONFLICT
    message = "Hand the mix over before you leave it, or close it."


class DeckNotThere(ApiError):
    code = "NO_SUCH_DECK"
    kind = ErrorKind.CONFLICT
    message = "This mix has no such deck."


class MixerSilent(ApiError):
    code = "MIXER_SILENT"
    kind = ErrorKind.UNAVAILABLE
    message = "The mixer does not answer right now; try again shortly."

    def __init__(self) -> None:
        super().__init__(retry_after_s=1)


class LoadRefused(ApiError):
    """`details.reason` is the mixer's own code."""

    code = "LOAD_REFUSED"
    kind = ErrorKind.CONFLICT
    message = "The mixer did not take the track."
