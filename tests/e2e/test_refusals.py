"""Who is refused by the API and by the media server, and with what."""

from __future__ import annotations

import json
import time
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.conftest import People
from tests.e2e.product import ApiRefusal, Product
from tests.interop import aiortc_peer
from tests.interop.aiortc_peer import Refused
from tests.support.media_tokens import TokenSigner

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def refusal(url: str, token: str, offer: str | None = None, **options: str) -> tuple[int, str]:
    """Status and code of a WHIP or WHEP request that has to be refused."""
    with pytest.raises(Refused) as caught:
        await aiortc_peer.exchange(url, token, offer or await aiortc_peer.offer_to_publish(), **options)
    return caught.value.status, json.loads(caught.value.body)["error"]["code"]


async def api_refusal(product: Product, path: str, body: object = None, token: str | None = None) -> tuple[int, str]:
    with pytest.raises(ApiRefusal) as caught:
        await product.call("POST", path, body, token=token)
    return caught.value.status, caught.value.code


async def test_tokens_that_do_not_grant_it_are_refused_by_the_media_server(product: Product) -> None:
    creator = await product.account("performer")
    started = await product.start_stream(creator)
    stream_id, whip_url = started["stream"]["id"], started["publish"]["whipUrl"]
    other_stream = (await product.start_stream(await product.account("dj")))["publish"]["token"]
    signer = product.signer

    assert await refusal(whip_url, "") == (401, "TOKEN_MISSING")
    assert await refusal(whip_url, "nonsense") == (401, "TOKEN_INVALID")
    assert await refusal(whip_url, creator.access_token) == (401, "TOKEN_INVALID")
    assert await refusal(whip_url, TokenSigner().sign(stream_id, "publish")) == (401, "TOKEN_INVALID")
    expired = signer.sign(stream_id, "publish", exp=int(time.time()) - 60)
    assert await refusal(whip_url, expired) == (
        401,
        "TOKEN_EXPIRED",
    )
    assert await refusal(whip_url, signer.sign(stream_id, "publish", aud="another")) == (401, "TOKEN_INVALID")
    assert await refusal(whip_url, signer.sign(stream_id, "watch")) == (403, "FORBIDDEN")
    assert await refusal(whip_url, other_stream) == (403, "FORBIDDEN")
    await product.end_stream(creator)


async def test_a_stream_nobody_has_started_cannot_be_watched(product: Product) -> None:
    stream_id = str(uuid4())
    token = product.signer.sign(stream_id, "watch")
    assert await refusal(f"{product.media_url}/whep/{stream_id}", token) == (404, "STREAM_NOT_LIVE")
    assert await api_refusal(product, f"/stream/{stream_id}/join") == (404, "STREAM_NOT_FOUND")


async def test_descriptions_that_cannot_be_served_are_refused(product: Product) -> None:
    creator = await product.account("performer")
    publish = (await product.start_stream(creator))["publish"]
    url, token = publish["whipUrl"], publish["token"]
    offer = await aiortc_peer.offer_to_publish()

    oversize = offer + "a=x-padding:" + "x" * 70_000 + "\r\n"
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            url, data=oversize, headers={"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
        ) as response,
    ):
        assert response.status == 413
    assert (await refusal(url, token, "this is no SDP"))[0] == 400
    assert (await refusal(url, token, offer, content_type="application/json"))[0] == 415
    assert (await refusal(url, token, offer.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")))[0] == 422
    await product.end_stream(creator)


async def test_a_second_publisher_of_the_same_grant_is_refused_and_the_first_goes_on(people: People) -> None:
    account, studio = await people.creator()
    grants: list[str] = []
    studio.page.on(
        "request",
        lambda request: grants.append(request.headers["authorization"]) if "/whip/" in request.url else None,
    )
    stream_id = await studio.go_live("Only one of me")
    viewer = await people.viewer(stream_id)
    await viewer.frames_advance()

    token = grants[0].removeprefix("Bearer ")
    url = f"{people.product.media_url}/whip/{stream_id}"
    assert await refusal(url, token) == (409, "ALREADY_PUBLISHING")
    await viewer.frames_advance(30)
    answer = await api_refusal(people.product, "/performer/start-stream", {"title": "Twice"}, account.access_token)
    assert answer == (409, "ALREADY_LIVE")


async def test_only_its_creator_may_publish_to_or_end_a_stream(product: Product) -> None:
    creator, stranger = await product.account("performer"), await product.account("performer")
    dj, watcher = await product.account("dj"), await product.account("viewer")
    stream_id = (await product.start_stream(creator))["stream"]["id"]

    for somebody in (stranger, dj, watcher):
        assert (await api_refusal(product, f"/stream/{stream_id}/publish", {}, somebody.access_token))[0] in (403, 404)
    assert (await api_refusal(product, f"/stream/{stream_id}/publish"))[0] == 401
    ending = {"streamId": stream_id}
    assert (await api_refusal(product, "/performer/end-stream", ending, stranger.access_token))[0] in (403, 404)
    assert (await api_refusal(product, "/performer/end-stream", ending, dj.access_token))[0] == 403
    assert (await api_refusal(product, "/performer/start-stream", {"title": "x"}, watcher.access_token))[0] == 403
    assert (await api_refusal(product, "/dj/start-stream", {"title": "x"}, creator.access_token))[0] == 403
    assert (await product.stream(stream_id))["status"] == "live"
    await product.end_stream(creator)


async def test_a_stream_that_has_ended_can_be_neither_joined_nor_published_to(product: Product) -> None:
    creator = await product.account("performer")
    started = await product.start_stream(creator)
    stream_id = started["stream"]["id"]
    await product.end_stream(creator)
    assert await api_refusal(product, f"/stream/{stream_id}/join") == (410, "STREAM_ENDED")
    status, _ = await api_refusal(product, f"/stream/{stream_id}/publish", {}, creator.access_token)
    assert status in (409, 410)
