"""Loss, reordering, duplicates and delay between publisher, worker and viewer: every frame arrives whole."""

from __future__ import annotations

import pytest

from tests.support.live_peers import Publisher, Viewer
from tests.support.lossy_link import LossyLink
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

WATCHED_FRAMES = 90
# What is asked for again each round trip, for a second: at 20 % loss both ways a repair fails one time in three.
REPAIR_S = 6.0


async def all_frames_arrive(publisher: Publisher, viewer: Viewer) -> None:
    """Every frame that was published from here on is whole at the viewer in the end."""
    assert publisher.video is not None
    first = publisher.video.frames
    wanted = list(range(first, first + WATCHED_FRAMES))
    await eventually(lambda: publisher.video is not None and publisher.video.frames > wanted[-1] + 5)
    await eventually(lambda: set(wanted) <= set(viewer.whole_frames), timeout_s=REPAIR_S)


def link(seed: int, loss: float) -> LossyLink:
    return LossyLink(seed, loss=loss)


@pytest.mark.parametrize("loss", [0.05, 0.2], ids=["5%", "20%"])
async def test_loss_towards_the_worker_is_repaired(worker: MediaWorker, loss: float) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    publisher.client.uplink, publisher.client.downlink = link(1, loss), link(2, loss)
    await all_frames_arrive(publisher, viewer)
    assert publisher.client.uplink.lost > 10
    assert publisher.repaired > 10


@pytest.mark.parametrize("loss", [0.05, 0.2], ids=["5%", "20%"])
async def test_loss_towards_the_viewer_is_repaired(worker: MediaWorker, loss: float) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    viewer.client.uplink, viewer.client.downlink = link(3, loss), link(4, loss)
    await all_frames_arrive(publisher, viewer)
    assert viewer.client.downlink.lost > 10
    assert len(viewer.repairs) > 10


async def test_loss_on_both_legs_with_delay_reordering_and_duplicates_is_repaired(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    for n, peer in enumerate((publisher.client, viewer.client)):
        for direction in ("uplink", "downlink"):
            bad = LossyLink(10 + n, loss=0.05, duplicate=0.05, reorder=0.05, delay_s=0.05)
            setattr(peer, direction, bad)
    await all_frames_arrive(publisher, viewer)


async def test_reordering_and_duplicates_alone_cost_nothing_and_nobody_gets_a_packet_twice(
    worker: MediaWorker,
) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s", repairs=False)
    publisher.client.uplink = LossyLink(20, duplicate=0.2, reorder=0.2)
    await all_frames_arrive(publisher, viewer)
    numbers = [packet.sequence_number for packet in viewer.video]
    assert len(set(numbers)) == len(numbers)
    assert viewer.client.undecryptable == 0


async def test_a_bad_leg_of_one_viewer_is_not_felt_by_another(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    good, bad = await worker.watch("s", repairs=False), await worker.watch("s")
    bad.client.downlink = link(30, 0.3)
    await all_frames_arrive(publisher, good)
    assert good.client.undecryptable == 0


async def test_who_joins_over_a_bad_link_gets_in_and_gets_everything(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    client = WebRtcClient()
    client.uplink, client.downlink = link(40, 0.05), link(41, 0.05)
    viewer = await worker.watch("s", client=client)
    await all_frames_arrive(publisher, viewer)
