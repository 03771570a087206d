"""The one error that parsers of network input raise."""


class ParseError(ValueError):
    """The peer sent bytes that are not what they claim to be. Drop the datagram, keep the session."""
