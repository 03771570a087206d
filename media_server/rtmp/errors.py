"""The one error of this room."""


class RtmpError(Exception):
    """A peer sent what makes no sense, or more than is allowed. The connection cannot go on."""
