"""Who is let go, though something is heard of him, and who is not (RFC 7675)."""

from __future__ import annotations

import pytest

from media_server.rtp.rtcp import Pli
from media_server.transport import consent
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient


class ChecksUntilConnected(WebRtcClient):
    """FFmpeg's WHIP muxer checks until it is answered, and never again."""

    def check(self, *, nominate: bool = True) -> None:
        if not self.is_connected:
            super().check(nominate=nominate)


async def test_a_viewer_who_only_reports_is_let_go_and_a_publisher_of_a_kind_that_never_checks_again_is_not(
    worker: MediaWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consent, "CONSENT_LASTS_S", 0.3)
    publisher = await worker.publish("s", client=ChecksUntilConnected())
    viewer = await worker.watch("s", client=ChecksUntilConnected())

    async def is_let_go() -> bool:
        viewer.client.send_rtcp(Pli(1, 2))
        return viewer.client.is_closed_by_server

    await eventually(is_let_go, every_s=0.1)
    # Its reports were heard all the time; so is the media of the publisher, which somebody else goes on watching.
    monkeypatch.setattr(consent, "CONSENT_LASTS_S", 30.0)
    another = await worker.watch("s")
    await eventually(lambda: len(another.whole_frames) > 20)
    assert not publisher.client.is_closed_by_server
