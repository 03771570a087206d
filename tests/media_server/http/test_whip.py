"""WHIP as RFC 9725 says it, on a real worker over real sockets."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.support.media_worker import FRAGMENT, SDP, MediaWorker, media_worker
from tests.support.offers import OfferedMedia, attribute
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

SEND = OfferedMedia("sendonly", video_ssrc=0x1111, audio_ssrc=0x2222)


async def offer() -> str:
    """The offer of a peer that never connects."""
    client = WebRtcClient()
    text = client.offer(SEND)
    await client.close()
    return text


def fragment(ufrag: str, password: str) -> str:
    lines = [
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",
        "a=mid:0",
        "a=candidate:1 1 udp 2130706431 192.0.2.9 4444 typ host",
    ]
    return "\r\n".join(lines) + "\r\n"


async def error_code(worker: MediaWorker, text: str | bytes, token: str, **headers: str) -> tuple[int, str]:
    response = await worker.post("whip", "s", text, token, **headers)
    body = await response.json()
    assert body["success"] is False
    assert body["error"]["message"]
    return response.status, body["error"]["code"]


async def test_an_offer_is_answered_with_all_that_a_client_needs(worker: MediaWorker) -> None:
    response = await worker.post("whip", "s", await offer(), worker.signer.sign("s", "publish"), Origin="https://a.b")
    assert response.status == 201
    assert response.content_type == SDP
    assert response.headers["Location"].startswith("/whip/s/")
    answer = await response.text()
    assert response.headers["ETag"] == f'"{attribute(answer, "ice-ufrag")}"'
    assert response.headers["Accept-Patch"] == FRAGMENT
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert {"Location", "ETag", "Accept-Patch"} <= set(
        response.headers["Access-Control-Expose-Headers"].replace(" ", "").split(",")
    )
    assert "a=ice-lite" in answer
    assert f"127.0.0.1 {worker.address[1]} typ host" in answer


async def test_a_public_address_is_part_of_the_location(valkey_url: str) -> None:
    async with media_worker(valkey_url, media_public_url="https://media.example/one/") as worker:
        response = await worker.post("whip", "s", await offer(), worker.signer.sign("s", "publish"))
        assert response.headers["Location"].startswith("https://media.example/one/whip/s/")


async def test_options_say_what_may_be_posted_and_patched_from_any_page(worker: MediaWorker) -> None:
    for path in ("/whip/s", "/whip/s/session", "/whep/s", "/whep/s/session"):
        response = await worker.request("OPTIONS", path, Origin="https://example.org")
        assert response.status == 200
        assert "Link" not in response.headers
        assert response.headers["Accept-Post"] == SDP
        assert response.headers["Accept-Patch"] == FRAGMENT
        allowed = response.headers["Access-Control-Allow-Headers"].lower()
        assert all(name in allowed for name in ("authorization", "content-type", "if-match"))
        assert {"POST", "PATCH", "DELETE"} <= set(response.headers["Access-Control-Allow-Methods"].split(", "))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
@pytest.mark.parametrize("path", ["/whip/s", "/whip/s/session", "/whep/s"])
async def test_other_methods_are_not_allowed(worker: MediaWorker, method: str, path: str) -> None:
    response = await worker.request(method, path)
    assert response.status == 405
    assert "OPTIONS" in response.headers["Allow"]


async def test_bad_tokens_and_tokens_for_something_else(worker: MediaWorker) -> None:
    signer, text = worker.signer, await offer()
    assert await error_code(worker, text, "") == (401, "TOKEN_MISSING")
    assert await error_code(worker, text, "rubbish") == (401, "TOKEN_INVALID")
    assert await error_code(worker, text, signer.sign("s", "publish", exp=int(time.time()) - 60)) == (
        401,
        "TOKEN_EXPIRED",
    )
    assert await error_code(worker, text, signer.sign("other", "publish")) == (403, "FORBIDDEN")
    assert await error_code(worker, text, signer.sign("s", "watch")) == (403, "FORBIDDEN")
    challenged = await worker.post("whip", "s", text, "rubbish")
    assert challenged.headers["WWW-Authenticate"].startswith("Bearer")
    basic = await worker.request("POST", "/whip/s", body=text, Authorization="Basic abc", **{"Content-Type": SDP})
    assert basic.status == 401


async def test_bytes_that_are_no_text_in_the_token_are_a_bad_token(worker: MediaWorker) -> None:
    reader, writer = await asyncio.open_connection(*worker.address)
    writer.write(b"POST /whip/s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\nContent-Length: 0\r\n\r\n")
    status = await asyncio.wait_for(reader.readline(), 5)
    assert b" 40" in status
    writer.close()


async def test_a_body_that_is_no_offer(worker: MediaWorker) -> None:
    signer = worker.signer
    assert await error_code(worker, "rubbish", signer.sign("s", "publish")) == (400, "SDP_UNREADABLE")
    assert await error_code(worker, b"", signer.sign("s", "publish")) == (400, "SDP_UNREADABLE")
    assert await error_code(worker, b"\xff\xfe\x00", signer.sign("s", "publish")) == (400, "SDP_UNREADABLE")
    wrong_type = {"Content-Type": "application/json"}
    assert await error_code(worker, "{}", signer.sign("s", "publish"), **wrong_type) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert await error_code(worker, "v" * 70_000, signer.sign("s", "publish")) == (413, "BODY_TOO_LARGE")
    receiving = (await offer()).replace("a=sendonly", "a=recvonly")
    assert await error_code(worker, receiving, signer.sign("s", "publish")) == (422, "SDP_UNACCEPTABLE")
    assert (await worker.request("GET", "/health")).status == 200


async def test_refused_offers_leave_no_room_behind(worker: MediaWorker) -> None:
    await error_code(worker, "rubbish", worker.signer.sign("s", "publish"))
    assert (await (await worker.request("GET", "/health")).json())["rooms"] == 0


async def test_a_second_publisher_of_the_same_generation_is_refused(worker: MediaWorker) -> None:
    await worker.publish("s", generation=2)
    text = await offer()
    assert await error_code(worker, text, worker.signer.sign("s", "publish", gen=2)) == (409, "ALREADY_PUBLISHING")
    assert await error_code(worker, text, worker.signer.sign("s", "publish", gen=1)) == (409, "SUPERSEDED")


async def test_an_older_generation_does_not_replace_a_newer_one_that_is_still_connecting(worker: MediaWorker) -> None:
    newer = await worker.post("whip", "s", await offer(), worker.signer.sign("s", "publish", gen=2))
    assert newer.status == 201
    assert await error_code(worker, await offer(), worker.signer.sign("s", "publish", gen=1)) == (409, "SUPERSEDED")


async def test_an_ended_stream_takes_nobody(worker: MediaWorker) -> None:
    await worker.publish("s")
    await worker.command(command="end_stream", stream_id="s")
    await worker.until_room("s", "ended")
    assert await error_code(worker, await offer(), worker.signer.sign("s", "publish", gen=2)) == (410, "STREAM_ENDED")


async def test_a_full_worker_says_so(valkey_url: str) -> None:
    async with media_worker(valkey_url, max_sessions=1) as worker:
        first = worker.signer.sign("s", "publish")
        response = await worker.post("whip", "s", await offer(), first)
        assert response.status == 201
        refused = await worker.post("whip", "t", await offer(), worker.signer.sign("t", "publish"))
        assert refused.status == 503
        assert refused.headers["Retry-After"] == "1"
        assert (await refused.json())["error"]["code"] == "WORKER_FULL"
        assert (await worker.request("DELETE", response.headers["Location"], first)).status == 200
        assert (await worker.post("whip", "t", await offer(), worker.signer.sign("t", "publish"))).status == 201


async def test_trickled_candidates_are_taken_without_content(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    body = fragment(publisher.client.ufrag, publisher.client.password)
    for match in (publisher.etag, "*"):
        response = await worker.request(
            "PATCH", publisher.location, publisher.token, body, **{"Content-Type": FRAGMENT, "If-Match": match}
        )
        assert response.status == 204


async def test_a_patch_is_refused_without_a_precondition_with_a_wrong_one_and_with_a_wrong_body(
    worker: MediaWorker,
) -> None:
    publisher = await worker.publish("s")
    client = publisher.client
    good = fragment(client.ufrag, client.password)

    async def status(body: str, **headers: str) -> int:
        return (await worker.request("PATCH", publisher.location, publisher.token, body, **headers)).status

    assert await status(good, **{"Content-Type": FRAGMENT}) == 428
    assert await status(good, **{"Content-Type": FRAGMENT, "If-Match": '"other"'}) == 412
    assert await status(good, **{"Content-Type": SDP, "If-Match": publisher.etag}) == 415
    assert await status("rubbish", **{"Content-Type": FRAGMENT, "If-Match": publisher.etag}) == 400
    assert await status("a=x\r\n" * 20_000, **{"Content-Type": FRAGMENT, "If-Match": publisher.etag}) == 413
    told = await worker.request(
        "PATCH", publisher.location, publisher.token, good, **{"Content-Type": FRAGMENT, "If-Match": '"other"'}
    )
    assert told.headers["ETag"] == publisher.etag


async def test_an_ice_restart_gives_new_credentials_and_media_goes_on(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 5)
    client = publisher.client
    client.is_consenting = False
    response = await worker.request(
        "PATCH",
        publisher.location,
        publisher.token,
        fragment("newufrag", "newpassword" * 3),
        **{"Content-Type": FRAGMENT, "If-Match": "*"},
    )
    assert response.status == 200
    assert response.content_type == FRAGMENT
    body = await response.text()
    assert response.headers["ETag"] == f'"{attribute(body, "ice-ufrag")}"' != publisher.etag
    client.ufrag = "newufrag"
    client.use_credentials(attribute(body, "ice-ufrag"), attribute(body, "ice-pwd"))
    client.roam()
    client.check()
    seen = len(viewer.whole_frames)
    await eventually(lambda: len(viewer.whole_frames) > seen + 10)
    again = await worker.request(
        "PATCH",
        publisher.location,
        publisher.token,
        fragment("newufrag", "newpassword" * 3),
        **{"Content-Type": FRAGMENT, "If-Match": publisher.etag},
    )
    assert again.status == 412, "the entity tag of before the restart is stale"


async def test_what_the_body_has_to_be_is_said_with_the_refusal(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    wrong = {"Content-Type": "text/plain"}
    posted = await worker.post("whip", "s", "v=0", publisher.token, **wrong)
    patched = await worker.request(
        "PATCH", publisher.location, publisher.token, "a=x", **wrong, **{"If-Match": publisher.etag}
    )
    assert (posted.status, posted.headers["Accept-Post"]) == (415, SDP)
    assert (patched.status, patched.headers["Accept-Patch"]) == (415, FRAGMENT)


async def test_an_answer_that_the_client_would_not_take_is_not_made(worker: MediaWorker) -> None:
    token, text = worker.signer.sign("s", "publish"), await offer()
    refused = await worker.post("whip", "s", text, token, Accept="application/json")
    assert (refused.status, (await refused.json())["error"]["code"]) == (406, "NOT_ACCEPTABLE")
    assert (await (await worker.request("GET", "/health")).json())["rooms"] == 0
    assert (await worker.post("whip", "s", text, token, Accept="text/html, application/*;q=0.5")).status == 201


async def test_entity_tags_do_not_matter_to_who_ends_a_session(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    ended = await worker.request("DELETE", publisher.location, publisher.token, **{"If-Match": '"other"'})
    assert ended.status == 200


async def test_trickling_is_answered_without_an_entity_tag_and_a_restart_with_candidates(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    headers = {"Content-Type": FRAGMENT, "If-Match": f'"older", {publisher.etag}'}
    same = fragment(publisher.client.ufrag, publisher.client.password)
    trickled = await worker.request("PATCH", publisher.location, publisher.token, same, **headers)
    assert (trickled.status, await trickled.text()) == (204, "")
    assert "ETag" not in trickled.headers
    other = fragment("newufrag", "newpassword" * 3)
    restarted = await worker.request("PATCH", publisher.location, publisher.token, other, **headers)
    text = await restarted.text()
    assert text.startswith("a=ice-lite\r\na=ice-options:trickle ice2\r\n")
    assert f"127.0.0.1 {worker.address[1]} typ host" in text


async def test_a_fragment_without_credentials_is_understood_and_refused(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    headers = {"Content-Type": FRAGMENT, "If-Match": "*"}
    refused = await worker.request("PATCH", publisher.location, publisher.token, "a=end-of-candidates\r\n", **headers)
    assert refused.status == 422
    # The session goes on as it was.
    body = fragment(publisher.client.ufrag, publisher.client.password)
    assert (await worker.request("PATCH", publisher.location, publisher.token, body, **headers)).status == 204


async def test_relays_are_named_to_who_has_a_token_and_to_nobody_else(valkey_url: str) -> None:
    url = "turn:turn.example.com:3478?transport=udp"
    async with media_worker(valkey_url, turn_urls=url, turn_secret="shared with coturn") as worker:
        token = worker.signer.sign("s", "publish", sub="anna")
        created = await worker.post("whip", "s", await offer(), token)
        asked = await worker.request("OPTIONS", "/whip/s", token)
        for response in (created, asked):
            (link,) = response.headers.getall("Link")
            assert link.startswith(f'<{url}>; rel="ice-server"; username="')
            assert ':anna"; credential="' in link
            assert "Link" in response.headers["Access-Control-Expose-Headers"] or response is asked
        assert "Link" not in (await worker.request("OPTIONS", "/whip/s")).headers
        for wrong in ("rubbish", worker.signer.sign("other", "publish"), worker.signer.sign("s", "watch")):
            assert "Link" not in (await worker.request("OPTIONS", "/whip/s", wrong)).headers


async def test_delete_ends_the_session_and_says_goodbye(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    assert (await worker.request("DELETE", publisher.location, publisher.token)).status == 200
    await eventually(lambda: publisher.client.is_closed_by_server)
    await worker.until_room("s", "interrupted")
    assert (await worker.request("DELETE", publisher.location, publisher.token)).status == 404


async def test_nobody_touches_the_session_of_another(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    signer, path = worker.signer, publisher.location
    body, headers = fragment("a" * 8, "b" * 24), {"Content-Type": FRAGMENT, "If-Match": "*"}
    strangers = [
        (path, signer.sign("s", "publish"), 404),
        (path, signer.sign("s", "watch"), 403),
        (path.replace("/whip/", "/whep/"), viewer.token, 404),
        (viewer.location.replace("/whep/", "/whip/"), publisher.token, 404),
        (viewer.location, signer.sign("s", "watch"), 404),
        (path.replace("/s/", "/t/"), signer.sign("t", "publish"), 404),
        (path[:-1] + "x", publisher.token, 404),
        (path, "", 401),
    ]
    for where, token, status in strangers:
        assert (await worker.request("PATCH", where, token, body, **headers)).status == status
        assert (await worker.request("DELETE", where, token)).status == status
    seen = len(viewer.whole_frames)
    await eventually(lambda: len(viewer.whole_frames) > seen + 5)
