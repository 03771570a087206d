"""A stream published at one worker is watched at another, which pulls it once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from media_server.feed.endpoint import FeedEndpoint
from media_server.relay.answer import PullAnswer
from media_server.rtp.leg import Address
from media_server.sessions import relayed
from media_server.transport.sockets import version_of
from tests.support.live_peers import Viewer
from tests.support.lossy_link import LossyLink
from tests.support.offers import OfferedMedia
from tests.support.several_workers import Workers, several_workers
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient


@pytest.fixture
async def workers(valkey_url: str) -> AsyncIterator[Workers]:
    async with several_workers(valkey_url) as started:
        yield started


async def plays(*viewers: Viewer, frames: int = 15) -> None:
    """Wait until each has so many frames more."""
    seen = [len(viewer.whole_frames) for viewer in viewers]
    await eventually(
        lambda: all(len(each.whole_frames) >= had + frames for each, had in zip(viewers, seen, strict=True))
    )


async def test_what_is_published_at_one_worker_is_watched_at_another(workers: Workers) -> None:
    origin, edge = await workers.start(), await workers.start()
    publisher = await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    viewers = await asyncio.gather(*(edge.watch("s") for _ in range(3)))
    await plays(*viewers)
    assert all(viewer.audio and viewer.client.undecryptable == 0 for viewer in viewers)
    assert len(workers.directory.asked) == 1
    # The origin has one session for all of them, and counts no viewer.
    assert (await (await origin.request("GET", "/health")).json())["viewers"] == 0
    assert publisher.repaired == 0
    await edge.until_room("s", "live")
    told = await edge.room("s")
    assert (told["role"], told["viewers"], told["hls"]) == ("edge", 3, False)
    assert (await origin.room("s"))["role"] == "origin"


BOTH = "127.0.0.1,::1"


@pytest.mark.parametrize(
    ("at_origin", "at_edge", "version"),
    [("::1", "::1", 6), (BOTH, "::1", 6), ("::1", BOTH, 6), ("127.0.0.1", BOTH, 4), (BOTH, BOTH, 4)],
    ids=["6-6", "both-6", "6-both", "4-both", "both-both"],
)
async def test_workers_pull_by_whichever_family_of_ip_both_have(
    workers: Workers, at_origin: str, at_edge: str, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered: list[Address] = []
    parse = PullAnswer.parse

    def noted(body: bytes) -> PullAnswer:
        answer = parse(body)
        answered.append(answer.address)
        return answer

    monkeypatch.setattr(PullAnswer, "parse", noted)
    origin = await workers.start(media_host="::", media_feed_host=at_origin)
    edge = await workers.start(media_host="::", media_feed_host=at_edge)
    await origin.publish("s")
    workers.directory.origins["s"] = f"http://[::1]:{origin.address[1]}"
    viewer = await edge.watch("s")
    await plays(viewer)
    assert viewer.audio
    assert [version_of(host) for host, _ in answered] == [version]


async def test_workers_that_have_ipv6_alone_pull_from_each_other(workers: Workers) -> None:
    alone = {"media_host": "::1", "media_advertised_ips": "::1", "media_feed_host": "::1"}
    origin, edge = await workers.start(**alone), await workers.start(**alone)
    await origin.publish("s", client=WebRtcClient(host="::1"))
    await origin.until_room("s", "live")
    # Where it is as the registry has it, since nothing else was set.
    workers.directory.origins["s"] = (await origin.snapshot())["internal_url"]
    await plays(await edge.watch("s", client=WebRtcClient(host="::1")))


async def test_workers_without_a_common_family_say_so_and_viewers_are_told_that_it_is_not_there(
    workers: Workers, capsys: pytest.CaptureFixture[str]
) -> None:
    origin = await workers.start(media_host="::", media_feed_host="127.0.0.1")
    edge = await workers.start(media_host="::", media_feed_host="::1")
    await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    response = await edge.post("whep", "s", "v=0", edge.signer.sign("s", "watch"))
    assert response.status == 404
    assert "NO_COMMON_ADDRESS" in capsys.readouterr().out


async def test_no_key_is_sent_over_the_internet_in_the_clear(
    workers: Workers, capsys: pytest.CaptureFixture[str]
) -> None:
    edge = await workers.start()
    workers.directory.origins["s"] = "http://8.8.8.8:3100"
    response = await edge.post("whep", "s", "v=0", edge.signer.sign("s", "watch"))
    assert response.status == 404
    assert "over the Internet in the clear" in capsys.readouterr().out


async def test_who_joins_late_begins_from_the_edges_cache(workers: Workers) -> None:
    origin, edge = await workers.start(), await workers.start()
    publisher = await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    await plays(await edge.watch("s"))
    asked = publisher.keyframe_requests
    late = [await edge.watch("s") for _ in range(5)]
    await plays(*late)
    # LL-HLS at the origin may have asked for one meanwhile.
    assert publisher.keyframe_requests <= asked + 1
    asked = publisher.keyframe_requests

    def is_asked() -> bool:
        # One that follows a key frame closely is answered by that.
        late[0].ask_for_keyframe()
        return publisher.keyframe_requests > asked

    await eventually(is_asked, every_s=0.2)


async def test_what_is_lost_between_workers_is_repaired_there(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, dispatch = LossyLink(seed=4, loss=0.1, reorder=0.05), FeedEndpoint._dispatch

    def lossy(self: FeedEndpoint, datagram: bytes, source: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        link.carry(lambda: dispatch(self, datagram, source), loop.call_later)

    monkeypatch.setattr(FeedEndpoint, "_dispatch", lossy)
    origin, edge = await workers.start(), await workers.start()
    publisher = await origin.publish("s", size=900)
    workers.directory.origins["s"] = origin.url
    viewer = await edge.watch("s")
    await plays(viewer, frames=60)
    assert link.lost > 20
    assert publisher.repaired == 0
    await plays(viewer)
    frames = viewer.whole_frames
    # Of what is old enough to have been repaired nothing is missing.
    assert len(frames[:-10]) == frames[-11] - frames[0] + 1


async def test_a_pull_ends_when_nobody_watches_and_begins_anew_when_somebody_does(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relayed, "UNWATCHED_S", 0.3)
    origin, edge = await workers.start(), await workers.start()
    await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    viewer = await edge.watch("s")
    await plays(viewer)
    await edge.until_room("s", "live")
    viewer.client.say_goodbye()

    async def is_gone() -> bool:
        return await edge.room("s") == {}

    await eventually(is_gone)
    await plays(await edge.watch("s"))
    assert len(workers.directory.asked) == 2


async def test_viewers_stay_while_the_publisher_goes_to_another_worker_and_come_back_to_the_one_it_left(
    workers: Workers,
) -> None:
    origin, edge, third = await workers.start(), await workers.start(), await workers.start()
    publisher = await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    at_edge, at_third, at_origin = await edge.watch("s"), await third.watch("s"), await origin.watch("s")
    await plays(at_edge, at_third, at_origin)
    assert publisher.video is not None
    await edge.publish("s", generation=2, first_frame=publisher.video.frames)
    workers.directory.origins["s"] = edge.url
    # The worker that the publisher left hears from Valkey that it has lost the stream.
    await eventually(lambda: at_origin.client.is_closed_by_server)
    await plays(at_edge, at_third)
    assert not at_edge.client.is_closed_by_server
    assert not at_third.client.is_closed_by_server
    assert (await edge.room("s"))["role"] == "origin"
    await plays(await origin.watch("s"))
    await origin.until_room("s", "live")
    assert (await origin.room("s"))["role"] == "edge"


async def test_an_older_publisher_cannot_take_the_stream_over_at_an_edge(workers: Workers) -> None:
    origin, edge = await workers.start(), await workers.start()
    await origin.publish("s", generation=5)
    workers.directory.origins["s"] = origin.url
    await plays(await edge.watch("s"))
    for generation, code in ((4, "SUPERSEDED"), (5, "ALREADY_PUBLISHING")):
        client = WebRtcClient()
        token = edge.signer.sign("s", "publish", gen=generation)
        response = await edge.post("whip", "s", client.offer(OfferedMedia("sendonly")), token)
        assert (response.status, (await response.json())["error"]["code"]) == (409, code)
        await client.close()


async def test_an_origin_that_is_gone_is_looked_for_again_and_nobody_has_to_come_anew(workers: Workers) -> None:
    origin, edge = await workers.start(), await workers.start()
    publisher = await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    viewer = await edge.watch("s")
    await plays(viewer)
    assert publisher.video is not None
    origin.running.cancel()
    await asyncio.wait({origin.running})
    other = await workers.start()
    await other.publish("s", generation=2, first_frame=publisher.video.frames)
    workers.directory.origins["s"] = other.url
    await plays(viewer)
    assert not viewer.client.is_closed_by_server


async def test_what_has_ended_ends_at_the_edges_too(workers: Workers) -> None:
    origin, edge = await workers.start(), await workers.start()
    await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    viewer = await edge.watch("s")
    await plays(viewer)
    workers.directory.ended.add("s")
    await origin.command(command="end_stream", stream_id="s")
    await eventually(lambda: viewer.client.is_closed_by_server, timeout_s=3)
    response = await edge.post("whep", "s", "v=0", edge.signer.sign("s", "watch"))
    assert (response.status, (await response.json())["error"]["code"]) == (410, "STREAM_ENDED")


async def test_who_was_told_to_go_is_let_in_at_no_worker(workers: Workers) -> None:
    origin, edge, third = await workers.start(), await workers.start(), await workers.start()
    await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    token = origin.signer.sign("s", "watch", sub="someone")
    viewer = await edge.watch("s", token=token)
    await plays(viewer)
    for worker in (edge, third):
        await worker.until_leased()
        await worker.command(command="drop_viewer", stream_id="s", viewer_id="someone")
    await eventually(lambda: viewer.client.is_closed_by_server, timeout_s=2)

    async def is_refused(worker_url: str) -> bool:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        async with edge.http.post(f"{worker_url}/whep/s", data="v=0", headers=headers) as response:
            return bool((await response.json())["error"]["code"] == "VIEWER_DROPPED")

    await eventually(lambda: is_refused(edge.url))
    await eventually(lambda: is_refused(third.url))


async def test_a_stream_that_nobody_has_is_not_asked_for_by_each_viewer(workers: Workers) -> None:
    edge = await workers.start()
    for _ in range(20):
        response = await edge.post("whep", "s", "v=0", edge.signer.sign("s", "watch"))
        assert (response.status, response.headers["Retry-After"]) == (404, "1")
    assert len(workers.directory.asked) < 5


async def test_a_worker_that_drains_takes_nobody_in_and_leaves_when_everybody_has_gone(workers: Workers) -> None:
    leaving, staying = await workers.start(), await workers.start()
    publisher = await leaving.publish("s")
    workers.directory.origins["s"] = leaving.url
    viewer = await leaving.watch("s")
    await plays(viewer)
    await leaving.command(command="drain", deadline_s=60)

    async def says_so() -> bool:
        return bool((await leaving.snapshot()).get("draining"))

    await eventually(says_so)
    response = await leaving.post("whep", "s", "v=0", leaving.signer.sign("s", "watch"))
    assert (response.status, response.headers["Retry-After"]) == (503, "1")
    assert (await response.json())["error"]["code"] == "WORKER_DRAINING"
    # Who is told to go elsewhere is sent the stream from here until its publisher has gone there too.
    moved = await staying.watch("s")
    await plays(moved)
    assert publisher.video is not None
    await staying.publish("s", generation=2, first_frame=publisher.video.frames)
    workers.directory.origins["s"] = staying.url
    await asyncio.wait({leaving.running}, timeout=10)
    assert leaving.running.done()
    await plays(moved)


async def test_a_worker_that_drains_leaves_at_its_deadline(workers: Workers) -> None:
    worker = await workers.start()
    publisher = await worker.publish("s")
    await worker.until_leased()
    await worker.command(command="drain", deadline_s=0.5)
    await asyncio.wait({worker.running}, timeout=10)
    assert worker.running.done()
    assert publisher.client.is_closed_by_server
