"""A viewer whose network is gone for three seconds is back with a key frame, without being sent away."""

from __future__ import annotations

import asyncio

from tests.support.lossy_link import LossyLink
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually

OUTAGE_S = 3.0


async def test_a_viewer_recovers_from_three_seconds_without_any_packet(worker: MediaWorker) -> None:
    publisher = await worker.publish("s", gop=100_000)
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 20)
    viewer.client.uplink = viewer.client.downlink = LossyLink(loss=1.0)
    await asyncio.sleep(OUTAGE_S)
    viewer.client.uplink = viewer.client.downlink = LossyLink()
    assert publisher.video is not None
    before = len(publisher.video.keyframes)
    viewer.ask_for_keyframe()

    def has_new_keyframe() -> bool:
        assert publisher.video is not None
        return bool(set(publisher.video.keyframes[before:]) & set(viewer.whole_frames))

    await eventually(has_new_keyframe)
    newest = viewer.whole_frames[-1]
    await eventually(lambda: set(range(newest, newest + 31)) <= set(viewer.whole_frames))
    assert not viewer.client.is_closed_by_server
