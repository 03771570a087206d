"""Two media workers as programs, and the control plane: what becomes of a stream when the one it is at goes."""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.control_api.support.api import Account
from tests.scenarios.two_workers import CEILING_S, Stage, ended, two_workers
from tests.support.live_peers import Publisher, Viewer
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually


@pytest.fixture
async def stage(database_url: str, valkey_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with two_workers(database_url, valkey_url, tmp_path) as started:
        yield started


async def begin(stage: Stage, creator: Account) -> tuple[str, str, Publisher]:
    """A live stream: its id, its worker and its publisher."""
    started = (await stage.api.post("/dj/start-stream", {"title": "Late set"}, by=creator)).data
    stream_id: str = started["stream"]["id"]
    publisher = await stage.publish(started["publish"])
    await eventually(lambda: any(state.media_state.value == "live" for state in stage.announcements.states))
    return stream_id, started["publish"]["workerId"], publisher


async def plays(viewer: Viewer) -> None:
    seen = len(viewer.whole_frames)
    await eventually(lambda: len(viewer.whole_frames) > seen + 5 and bool(viewer.audio), timeout_s=CEILING_S)


async def test_a_worker_is_killed_and_its_publisher_and_viewers_are_live_again_at_another(
    stage: Stage,
) -> None:
    anna = await stage.api.account("dj")
    stream_id, home, publisher = await begin(stage, anna)
    other = stage.other(home)
    watch, viewer = await stage.join(stream_id)
    assert watch["workerId"] == watch["originId"] == home
    # One is at the other worker already, as if this one were busy.
    edge_url = f"http://127.0.0.1:{stage.ports[other]}/whep/{stream_id}"
    client, status = await stage.open(edge_url, watch["token"], OfferedMedia("recvonly"))
    assert status == 201
    at_edge = Viewer(client, watch["token"])
    await plays(viewer)
    await plays(at_edge)
    assert publisher.video is not None

    stage.workers[home].process.kill()
    killed_at = time.monotonic()
    await publisher.close()
    await viewer.close()
    await eventually(lambda: (stream_id, home) in stage.announcements.moves, timeout_s=CEILING_S)
    told_at = time.monotonic()
    grant = (await stage.api.post(f"/stream/{stream_id}/publish", by=anna)).data["publish"]
    assert grant["workerId"] == other
    again = await stage.publish(grant, first_frame=publisher.video.frames)
    watch, viewer = await stage.join(stream_id)
    assert watch["workerId"] == other
    await plays(viewer)
    live_at = time.monotonic()
    # Who was at the other worker was never sent away, and sees it go on.
    await plays(at_edge)
    assert not at_edge.client.is_closed_by_server

    async def is_live() -> bool:
        stream = (await stage.api.get(f"/stream/{stream_id}")).data["stream"]
        return bool(stream["mediaState"] == "live")

    await eventually(is_live)
    print(f"told after {told_at - killed_at:.2f} s, live again after {live_at - killed_at:.2f} s")
    for peer in (again, viewer, at_edge):
        await peer.close()


async def test_a_worker_that_is_told_to_end_lets_everybody_go_elsewhere_first(stage: Stage) -> None:
    anna = await stage.api.account("dj")
    stream_id, home, publisher = await begin(stage, anna)
    other = stage.other(home)
    _, viewer = await stage.join(stream_id)
    await plays(viewer)
    assert publisher.video is not None

    stage.workers[home].process.send_signal(signal.SIGTERM)
    await eventually(lambda: (stream_id, home) in stage.announcements.moves, timeout_s=CEILING_S)
    watch, moved = await stage.join(stream_id)
    assert watch["workerId"] == other
    # The stream is pulled from the worker that leaves while its publisher is there.
    await plays(moved)
    await viewer.close()
    grant = (await stage.api.post(f"/stream/{stream_id}/publish", by=anna)).data["publish"]
    assert grant["workerId"] == other
    again = await stage.publish(grant, first_frame=publisher.video.frames)
    assert await ended(stage.workers[home]) == 0
    await plays(moved)
    assert not moved.client.is_closed_by_server
    assert "interrupted" not in [state.media_state.value for state in stage.announcements.states]
    for peer in (publisher, again, moved):
        await peer.close()
