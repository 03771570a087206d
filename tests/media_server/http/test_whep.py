"""WHEP: what a viewer gets and is refused, and what dropping a viewer means."""

from __future__ import annotations

from tests.support.media_worker import FRAGMENT, MediaWorker, media_worker
from tests.support.offers import OfferedMedia, attribute
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

WATCH = OfferedMedia("recvonly")


async def offer(media: OfferedMedia = WATCH) -> str:
    client = WebRtcClient()
    text = client.offer(media)
    await client.close()
    return text


async def error_code(worker: MediaWorker, text: str, token: str, stream_id: str = "s") -> tuple[int, str]:
    response = await worker.post("whep", stream_id, text, token)
    return response.status, (await response.json())["error"]["code"]


async def test_a_viewer_is_answered_and_sees_frames(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 10 and len(viewer.audio) > 5)
    assert viewer.location.startswith("/whep/s/")
    assert viewer.client.undecryptable == 0


async def test_a_stream_that_nobody_publishes_is_not_live_and_worth_asking_again(worker: MediaWorker) -> None:
    response = await worker.post("whep", "s", await offer(), worker.signer.sign("s", "watch"))
    assert response.status == 404
    assert response.headers["Retry-After"] == "1"
    assert (await response.json())["error"]["code"] == "STREAM_NOT_LIVE"


async def test_a_publisher_who_has_not_connected_is_nobody_yet(worker: MediaWorker) -> None:
    client = WebRtcClient()
    text = client.offer(OfferedMedia("sendonly"))
    assert (await worker.post("whip", "s", text, worker.signer.sign("s", "publish"))).status == 201
    assert await error_code(worker, await offer(), worker.signer.sign("s", "watch")) == (404, "STREAM_NOT_LIVE")
    await client.close()


async def test_an_ended_stream_is_gone(worker: MediaWorker) -> None:
    await worker.publish("s")
    await worker.command(command="end_stream", stream_id="s")
    await worker.until_room("s", "ended")
    assert await error_code(worker, await offer(), worker.signer.sign("s", "watch")) == (410, "STREAM_ENDED")


async def test_a_publish_token_does_not_watch_nor_one_of_another_stream(worker: MediaWorker) -> None:
    await worker.publish("s")
    text = await offer()
    assert await error_code(worker, text, worker.signer.sign("s", "publish")) == (403, "FORBIDDEN")
    assert await error_code(worker, text, worker.signer.sign("t", "watch")) == (403, "FORBIDDEN")
    assert await error_code(worker, text, "") == (401, "TOKEN_MISSING")


async def test_a_viewer_who_cannot_take_the_codec_is_told_which(worker: MediaWorker) -> None:
    await worker.publish("s")
    response = await worker.post(
        "whep", "s", await offer(OfferedMedia("recvonly", video=("VP8",))), worker.signer.sign("s", "watch")
    )
    assert response.status == 422
    assert "H264" in (await response.json())["error"]["message"]


async def test_a_viewer_restarts_ice_and_goes_on(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 3)
    viewer.client.is_consenting = False
    body = "a=ice-ufrag:newufrag\r\na=ice-pwd:" + "p" * 24 + "\r\n"
    response = await worker.request(
        "PATCH", viewer.location, viewer.token, body, **{"Content-Type": FRAGMENT, "If-Match": viewer.etag}
    )
    assert response.status == 200
    answer = await response.text()
    viewer.client.ufrag = "newufrag"
    viewer.client.use_credentials(attribute(answer, "ice-ufrag"), attribute(answer, "ice-pwd"))
    viewer.client.roam()
    viewer.client.check()
    seen = viewer.whole_frames[-1]
    await eventually(lambda: viewer.whole_frames[-1] > seen + 10)


async def test_delete_ends_watching(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 3)
    assert (await worker.request("DELETE", viewer.location, viewer.token)).status == 200
    await eventually(lambda: viewer.client.is_closed_by_server)

    async def nobody_watches() -> bool:
        return bool((await (await worker.request("GET", "/health")).json())["viewers"] == 0)

    await eventually(nobody_watches)


async def test_one_token_opens_three_sessions_and_the_fourth_ends_the_first(worker: MediaWorker) -> None:
    await worker.publish("s")
    token = worker.signer.sign("s", "watch")
    viewers = [await worker.watch("s", token=token) for _ in range(4)]
    await eventually(lambda: viewers[0].client.is_closed_by_server)
    await eventually(lambda: all(len(viewer.whole_frames) > 3 for viewer in viewers[1:]))
    assert not any(viewer.client.is_closed_by_server for viewer in viewers[1:])


async def test_sessions_are_bounded(valkey_url: str) -> None:
    async with media_worker(valkey_url, max_sessions=3) as worker:
        await worker.publish("s")
        viewers = [await worker.watch("s") for _ in range(2)]
        assert await error_code(worker, await offer(), worker.signer.sign("s", "watch")) == (503, "WORKER_FULL")
        viewers[0].client.say_goodbye()

        async def has_room() -> bool:
            return (await worker.post("whep", "s", await offer(), worker.signer.sign("s", "watch"))).status == 201

        await eventually(has_room)


async def test_a_dropped_viewer_is_cut_off_on_every_path_and_stays_out(worker: MediaWorker) -> None:
    await worker.publish("s", size=900)
    token = worker.signer.sign("s", "watch", sub="bad")
    other = worker.signer.sign("s", "watch", sub="good")
    viewer, bystander = await worker.watch("s", token=token), await worker.watch("s", token=other)

    async def hls_answers() -> bool:
        return (await worker.request("GET", f"/hls/s/index.m3u8?token={token}")).status == 200

    await eventually(hls_answers, timeout_s=15)
    await worker.command(command="drop_viewer", stream_id="s", viewer_id="bad")
    await eventually(lambda: viewer.client.is_closed_by_server, timeout_s=2)
    refused = await worker.request("GET", f"/hls/s/index.m3u8?token={token}")
    assert (refused.status, (await refused.json())["error"]["code"]) == (403, "VIEWER_DROPPED")
    assert (await worker.request("GET", "/hls/s/video.m3u8", token)).status == 403
    assert await error_code(worker, await offer(), token) == (403, "VIEWER_DROPPED")
    assert (await worker.request("GET", f"/hls/s/index.m3u8?token={other}")).status == 200
    seen = len(bystander.whole_frames)
    await eventually(lambda: len(bystander.whole_frames) > seen + 5)
