"""LL-HLS over HTTP: what waits, what is refused, what may be kept."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from media_server.egress.hls import delivery
from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.names import MediaNames
from media_server.http.cors import cors_signal
from media_server.http.errors import render_errors
from media_server.http.hls import hls_routes
from media_server.http.incoming import bearer_token
from media_server.tokens import TokenVerifier
from tests.media_server.egress.hls.simulation import Publisher
from tests.media_server.hls_servers.stage import ServedRoom, make_servers, one_here
from tests.support.media_tokens import TokenSigner
from tests.support.rtp_source import H264Source

BASE = "/hls/one"
Client = ClientSession


SIGNER = TokenSigner()
# Good for as long as the suite may take: they are made when it begins.
LATER = int(time.time()) + 86_400
GOOD = SIGNER.sign("one", "watch", exp=LATER)
GOOD_ELSEWHERE = SIGNER.sign("other", "watch", exp=LATER)


def authorize(request: web.Request, stream_id: str) -> str:
    """As the worker's application does."""
    token = bearer_token(request) or request.query.get("token", "")
    return TokenVerifier(SIGNER.public_key).verify(token, "watch", stream_id=stream_id).subject


@pytest.fixture
def publisher() -> Publisher:
    """A stream that has run for some seconds, in the midst of a segment."""
    publisher = Publisher(video=H264Source(width=160, height=96, fps=15, bitrate_bps=100_000))
    publisher.run(6.2)
    return publisher


@pytest.fixture(params=["worker", "process"])
async def client(request: pytest.FixtureRequest, publisher: Publisher) -> AsyncIterator[Client]:
    """A client with a good token, of the worker's own server or one that it shares memory with.

    It does not undo gzip by itself.
    """
    streams: dict[str, HlsEgress] = {"one": publisher.egress}
    app = web.Application(middlewares=[render_errors])
    app.on_response_prepare.append(cors_signal(("*",)))
    app.add_routes(hls_routes(streams.get, authorize))
    async with AsyncExitStack() as stack:
        if request.param == "worker":
            server = await stack.enter_async_context(TestServer(app, host="127.0.0.1"))
            port = server.port
        else:
            servers = make_servers(SIGNER, processes=1)
            servers.open(ServedRoom("one", publisher.egress))
            await stack.enter_async_context(one_here(servers))
            port = servers.port
        yield await stack.enter_async_context(
            ClientSession(
                f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {GOOD}", "Accept-Encoding": "identity"},
                auto_decompress=False,
            )
        )


def names(publisher: Publisher) -> MediaNames:
    return publisher.egress.names


def next_part(publisher: Publisher, name: str = "video") -> tuple[int, int]:
    return publisher.playlist(name).next_part


async def test_everything_a_playlist_names_is_there(client: Client) -> None:
    seen = 0
    for playlist in ("video.m3u8", "audio.m3u8"):
        text = await (await client.get(f"{BASE}/{playlist}")).text()
        names = re.findall(r'URI="([^"]+\.(?:m4s|mp4))"|^([^#\n]+\.m4s)$', text, re.MULTILINE)
        hinted = re.findall(r'PRELOAD-HINT:TYPE=PART,URI="([^"]+)"', text)
        for name in {first or second for first, second in names} - set(hinted):
            response = await client.get(f"{BASE}/{name}")
            assert response.status == 200, name
            assert response.content_type == "video/mp4"
            assert response.headers["Cache-Control"] == "public, max-age=3600, immutable"
            assert await response.read()
            seen += 1
    assert seen > 20


async def test_a_segment_is_its_parts_one_after_the_other(client: Client, publisher: Publisher) -> None:
    segment = publisher.playlist("video").listed()[-1]
    whole = await (await client.get(f"{BASE}/{names(publisher).segment('video', segment.number)}")).read()
    parts = [
        await (await client.get(f"{BASE}/{names(publisher).part('video', segment.number, index)}")).read()
        for index in range(len(segment.parts))
    ]
    assert whole == b"".join(parts)


async def test_the_multivariant_playlist_leads_to_both_renditions(client: Client) -> None:
    response = await client.get(f"{BASE}/index.m3u8")
    assert response.content_type == "application/vnd.apple.mpegurl"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    text = await response.text()
    assert 'URI="audio.m3u8"' in text
    assert text.splitlines()[-1] == "video.m3u8"


async def test_a_reload_waits_for_the_part_it_names(client: Client, publisher: Publisher) -> None:
    number, part = next_part(publisher)
    request = asyncio.create_task(_text(client, f"{BASE}/video.m3u8?_HLS_msn={number}&_HLS_part={part}"))
    await asyncio.sleep(0.1)
    assert not request.done()
    publisher.run(0.4)
    assert names(publisher).part("video", number, part) in await asyncio.wait_for(request, 5)


async def test_a_reload_that_names_a_segment_waits_for_all_of_it(client: Client, publisher: Publisher) -> None:
    number, _ = next_part(publisher)
    request = asyncio.create_task(_text(client, f"{BASE}/video.m3u8?_HLS_msn={number}"))
    publisher.run(0.4)
    await asyncio.sleep(0.1)
    assert not request.done()
    publisher.run(2.5)
    assert f"\n{names(publisher).segment('video', number)}\n" in await asyncio.wait_for(request, 5)


async def test_a_part_beyond_its_segments_end_is_the_first_of_the_next(client: Client, publisher: Publisher) -> None:
    number, part = next_part(publisher)
    request = asyncio.create_task(_text(client, f"{BASE}/video.m3u8?_HLS_msn={number}&_HLS_part={part + 12}"))
    publisher.run(2.8)
    assert names(publisher).part("video", number + 1, 0) in await asyncio.wait_for(request, 5)


async def test_what_is_there_already_is_answered_at_once_and_may_be_kept(client: Client, publisher: Publisher) -> None:
    number, part = next_part(publisher)
    response = await client.get(f"{BASE}/video.m3u8?_HLS_msn={number}&_HLS_part={part - 1}")
    assert response.status == 200
    assert response.headers["Cache-Control"] == "private, max-age=18"
    assert (await client.get(f"{BASE}/video.m3u8")).headers["Cache-Control"] == "private, max-age=1"


async def test_a_hinted_part_is_waited_for(client: Client, publisher: Publisher) -> None:
    number, part = next_part(publisher)
    request = asyncio.create_task(client.get(f"{BASE}/{names(publisher).part('video', number, part)}"))
    await asyncio.sleep(0.1)
    assert not request.done()
    publisher.run(0.4)
    response = await asyncio.wait_for(request, 5)
    assert await response.read() == publisher.playlist("video").part(number, part)


async def test_the_end_wakes_everyone_who_waits(client: Client, publisher: Publisher) -> None:
    number, _ = next_part(publisher)
    reload = asyncio.create_task(_text(client, f"{BASE}/video.m3u8?_HLS_msn={number + 1}&_HLS_part=0"))
    audio_number, audio_part = next_part(publisher, "audio")
    hint = asyncio.create_task(client.get(f"{BASE}/{names(publisher).part('audio', audio_number, audio_part)}"))
    await asyncio.sleep(0.1)
    publisher.end()
    assert "#EXT-X-ENDLIST" in await asyncio.wait_for(reload, 5)
    assert (await asyncio.wait_for(hint, 5)).status in (200, 404)


@pytest.mark.parametrize(
    "query",
    [
        "_HLS_msn=x",
        "_HLS_msn=-1",
        "_HLS_msn=1.5",
        "_HLS_msn=",
        "_HLS_part=1",
        "_HLS_msn=9999999999999999",
        "_HLS_skip=no",
    ],
)
async def test_nonsense_is_refused(client: Client, query: str) -> None:
    response = await client.get(f"{BASE}/video.m3u8?{query}")
    assert response.status == 400
    assert (await response.json())["error"]["code"] == "INVALID_DELIVERY_DIRECTIVE"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("segments", "parts"), [(3, 0), (1000, 0), (0, 15), (1, 200)])
async def test_what_is_too_far_ahead_is_refused(
    client: Client, publisher: Publisher, segments: int, parts: int
) -> None:
    number, part = next_part(publisher)
    query = f"_HLS_msn={number + segments}&_HLS_part={part + parts}"
    response = await client.get(f"{BASE}/video.m3u8?{query}")
    assert response.status == 400
    assert (await response.json())["error"]["code"] == "TOO_FAR_AHEAD"


@pytest.mark.parametrize(
    "name",
    [
        "video-1.m4s",
        "video-1.0.m4s",
        "video-init-1.mp4",
        "other.m3u8",
        "other-1.m4s",
        "video.mp4",
        "video-x.m4s",
        "a%2fb",
    ],
)
async def test_what_is_not_there_is_not_found(client: Client, name: str) -> None:
    response = await client.get(f"{BASE}/{name}")
    assert response.status == 404
    assert (await response.json())["success"] is False


async def test_a_publisher_who_sends_nothing_lets_waiting_requests_go(
    client: Client, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_WAIT_TARGET_DURATIONS", 0)
    number, part = next_part(publisher)
    response = await client.get(f"{BASE}/video.m3u8?_HLS_msn={number}&_HLS_part={part}")
    assert response.status == 503
    assert response.headers["Retry-After"] == "1"


async def test_a_token_in_the_query_is_repeated_on_playlists_and_one_in_a_header_on_nothing(
    client: Client,
) -> None:
    for name in ("index.m3u8", "video.m3u8", "audio.m3u8"):
        plain = await _text(client, f"{BASE}/{name}")
        assert "token" not in plain
        assert "\0" not in plain
        response = await client.get(f"{BASE}/{name}?token={GOOD}", headers={"Authorization": ""})
        text = await response.text()
        uris = re.findall(r'URI="([^"]+)"', text) + [line for line in text.splitlines() if not line.startswith("#")]
        assert any(".m3u8" in uri for uri in uris)
        assert all(uri.endswith(f"?token={GOOD}") == (".m3u8" in uri) for uri in uris)
        assert text.replace(f"?token={GOOD}", "") == plain


@pytest.mark.parametrize("name", ["index.m3u8", "video.m3u8", "video-1.m4s", "video-init-1.mp4"])
async def test_nobody_gets_anything_without_a_right_to_it(client: Client, name: str) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer bad"}):
        assert (await client.get(f"{BASE}/{name}", headers=headers)).status == 401


async def test_media_is_for_whoever_knows_its_name_and_nobody_finds_one_by_counting(
    client: Client, publisher: Publisher
) -> None:
    """So a shared cache may answer for it, and who is given no more playlists gets no more media."""
    nobody = {"Authorization": ""}
    number, part = next_part(publisher)
    known = names(publisher).part("video", number, part - 1)
    response = await client.get(f"{BASE}/{known}", headers=nobody)
    assert response.status == 200
    assert response.headers["Cache-Control"] == "public, max-age=3600, immutable"
    assert "Vary" not in response.headers
    code = known.removeprefix(f"video-{number}.{part - 1}-")
    for guess in (
        f"video-{number}.{part - 2}-{code}",
        f"video-{number}.{part - 1}.m4s",
        f"video-{number}-{code}",
        f"audio-{number}.{part - 1}-{code}",
        known.replace(code, "A" * 12 + ".m4s"),
        MediaNames(b"another room").part("video", number, part - 1),
    ):
        assert (await client.get(f"{BASE}/{guess}", headers=nobody)).status == 401
        assert (await client.get(f"{BASE}/{guess}")).status == 404


async def test_a_quality_that_went_away_is_not_found_so_that_players_take_another(
    client: Client, publisher: Publisher
) -> None:
    number, part = next_part(publisher)
    request = asyncio.create_task(client.get(f"{BASE}/video.m3u8?_HLS_msn={number}&_HLS_part={part}"))
    await asyncio.sleep(0.1)
    publisher.playlist("video").withdraw()
    assert (await asyncio.wait_for(request, 5)).status == 404


async def test_a_stream_that_is_not_here_is_said_not_to_be(client: Client) -> None:
    response = await client.get("/hls/other/index.m3u8", headers={"Authorization": f"Bearer {GOOD_ELSEWHERE}"})
    assert response.status == 404
    assert (await response.json())["error"]["code"] == "STREAM_NOT_LIVE"
    assert response.headers["Retry-After"] == "1"


async def test_playlists_are_compressed_for_those_who_can(client: Client) -> None:
    plain = await (await client.get(f"{BASE}/video.m3u8")).read()
    response = await client.get(f"{BASE}/video.m3u8", headers={"Accept-Encoding": "gzip, deflate, br"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Vary"] == "Accept-Encoding"
    packed = await response.read()
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3


async def test_pages_of_other_origins_may_ask_with_a_token(client: Client) -> None:
    response = await client.options(f"{BASE}/video.m3u8", headers={"Origin": "https://page.example"})
    assert response.status == 204
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_delta_update_is_given_to_who_asks_for_one(client: Client, publisher: Publisher) -> None:
    publisher.run(25)
    number, part = next_part(publisher)
    text = await _text(client, f"{BASE}/video.m3u8?_HLS_msn={number}&_HLS_part={part - 1}&_HLS_skip=YES")
    assert "#EXT-X-SKIP:SKIPPED-SEGMENTS=" in text


async def _text(client: Client, address: str) -> str:
    response = await client.get(address)
    assert response.status == 200
    return await response.text()
