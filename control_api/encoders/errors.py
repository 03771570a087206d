"""Why an encoder is not let in. Encoders show these sentences to who is in front of them."""

from control_api.errors import ApiError, ErrorKind


class AlreadyPublishing(ApiError):
    code = "ALREADY_PUBLISHING"
    kind = ErrorKind.CONFLICT
    message = "Another encoder is sending with your key. Stop it first, or let the newer one take over."


class NoCreator(ApiError):
    code = "FORBIDDEN"
    kind = ErrorKind.FORBIDDEN
    message = "Only DJs and performers may stream."
