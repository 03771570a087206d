"""The one error of this package."""

from typing import Literal


class SdpError(ValueError):
    """An offer or fragment we do not answer; `message` names what is wrong and may be shown to the client.

    `unreadable`: it is not SDP (HTTP 400). `unacceptable`: it is, but asks for what we cannot give (HTTP 422).
    """

    def __init__(self, code: Literal["unreadable", "unacceptable"], message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def unreadable(message: str) -> SdpError:
    """The error for a description that breaks the grammar or its bounds."""
    return SdpError("unreadable", message)


def unacceptable(message: str) -> SdpError:
    """The error for a description that is well formed but cannot be answered."""
    return SdpError("unacceptable", message)
