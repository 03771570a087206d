"""What answers say of ways to a media worker."""

from collections.abc import Iterable

from control_api.api.envelopes import View
from control_api.media.ice_servers import IceServer


class IceServerView(View):
    """One of RTCPeerConnection's `iceServers`."""

    urls: list[str]
    username: str
    credential: str

    @classmethod
    def of_all(cls, servers: Iterable[IceServer]) -> "list[IceServerView]":
        return [cls(urls=list(each.urls), username=each.username, credential=each.credential) for each in servers]
