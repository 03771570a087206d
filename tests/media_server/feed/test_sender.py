"""The mixer's end of a feed finds its worker again whatever happens to it, and asks no more than helps."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from media_server.feed import FeedOffer, FeedSender, FeedTarget
from media_server.feed import sender as sender_module
from media_server.rtp.sequence import sequence_delta
from tests.support.fed_mix import SILENCE
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.waiting import eventually


class RefusingWorker:
    """An HTTP server in a worker's place. It answers with `answers`, the last one for good, and sends no report."""

    def __init__(self, *answers: tuple[int, dict[str, object]]) -> None:
        self.answers = list(answers)
        self.offers: list[FeedOffer] = []
        self.tokens: list[str] = []

    async def post(self, request: web.Request) -> web.Response:
        """The route."""
        self.offers.append(FeedOffer.parse(await request.read()))
        self.tokens.append(request.headers["Authorization"])
        status, told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.json_response(told, status=status, headers={"Location": "/feed/m/1"})


def refused(status: int, code: str) -> tuple[int, dict[str, object]]:
    return status, {"success": False, "error": {"code": code, "message": "no"}}


@asynccontextmanager
async def sending_to(stand_in: RefusingWorker) -> AsyncIterator[tuple[FeedSender, str]]:
    app = web.Application()
    app.router.add_post("/feed/m", stand_in.post)
    async with TestServer(app, host="127.0.0.1") as server, ClientSession() as http:
        url = str(server.make_url("/feed/m"))
        async with sending(http, FeedTarget(url, "first")) as sender:
            yield sender, url


@asynccontextmanager
async def sending(http: ClientSession, target: FeedTarget) -> AsyncIterator[FeedSender]:
    sender = FeedSender(http, on_microphone=lambda *_: None)
    sender.use(target)
    running = asyncio.create_task(sender.run())
    try:
        yield sender
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_refusal_that_will_stay_one_waits_for_another_token() -> None:
    stand_in = RefusingWorker(refused(403, "FORBIDDEN"), refused(503, "WORKER_FULL"))
    async with sending_to(stand_in) as (sender, url):
        await eventually(lambda: sender.problem == "FORBIDDEN: no")
        sender.use(FeedTarget(url, "first"))
        assert stand_in.tokens == ["Bearer first"]
        sender.use(FeedTarget(url, "second"))
        await eventually(lambda: len(stand_in.tokens) > 1)
        assert stand_in.tokens[1] == "Bearer second"


async def test_a_passing_refusal_is_asked_again_with_growing_pauses() -> None:
    stand_in = RefusingWorker(refused(503, "WORKER_FULL"), refused(429, "TOO_MANY_REQUESTS"), refused(500, "OOPS"))
    async with sending_to(stand_in) as (sender, _):
        await eventually(lambda: sender.problem == "OOPS: no")
        assert len(stand_in.offers) >= 3
        assert sender.state == "connecting"


async def test_an_ssrc_that_is_taken_is_given_up_for_another() -> None:
    stand_in = RefusingWorker(refused(409, "SSRC_TAKEN"), refused(503, "WORKER_FULL"))
    async with sending_to(stand_in):
        await eventually(lambda: len(stand_in.offers) >= 2)
        first, second = stand_in.offers[:2]
        assert {first.programme_ssrc, first.cue_ssrc}.isdisjoint({second.programme_ssrc, second.cue_ssrc})


async def test_a_worker_that_is_not_heard_is_asked_anew_for_the_same_streams_under_another_key() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        stand_in = RefusingWorker((201, {"host": "127.0.0.1", "port": silent.getsockname()[1]}))
        async with sending_to(stand_in) as (sender, _):
            await eventually(lambda: len(stand_in.offers) >= 2)
            first, second = stand_in.offers[:2]
            assert second.key != first.key
            assert second == FeedOffer(second.key, first.programme_ssrc, first.cue_ssrc, first.talk_ssrc)
            assert sender.problem == "the media worker is not heard"


async def test_an_answer_that_makes_no_sense_is_a_worker_that_cannot_be_reached() -> None:
    stand_in = RefusingWorker((201, {"host": "not an address", "port": 5}), (201, {"host": "127.0.0.1", "port": 0}))
    async with sending_to(stand_in) as (sender, _):
        await eventually(lambda: len(stand_in.offers) >= 2)
        await eventually(lambda: (sender.problem or "").startswith("UNREACHABLE"))


async def test_nobody_listening_is_no_end() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/feed/m"
        async with ClientSession() as http, sending(http, FeedTarget(url, "token")) as sender:
            await eventually(lambda: (sender.problem or "").startswith("UNREACHABLE"))
            sender.send("cue", 0, SILENCE)
            assert sender.dropped == 1


async def test_a_feed_that_is_to_go_to_another_worker_leaves_the_first(valkey_url: str) -> None:
    async with media_worker(valkey_url) as first, media_worker(valkey_url) as second, first.feed("m") as mix:
        await first.until_room("m", "live")
        mix.sender.use(FeedTarget(f"{second.url}/feed/m", second.signer.sign("m", "feed")))
        await second.until_room("m", "live")
        await first.until_room("m", "interrupted")


async def test_a_worker_may_be_fed_over_ipv6(valkey_url: str) -> None:
    async with media_worker(valkey_url, media_feed_host="::1") as worker, worker.feed("s"):
        await worker.until_room("s", "live")


async def test_a_new_token_for_the_same_place_interrupts_nothing(worker: MediaWorker) -> None:
    async with worker.feed("m") as mix:
        await worker.until_room("m", "live")
        monitor = await worker.monitor("m")
        since = mix.sender.since
        mix.sender.use(FeedTarget(f"{worker.url}/feed/m", worker.signer.sign("m", "feed", gen=2)))
        await eventually(lambda: len(monitor.audio) > 50)
        assert mix.sender.since == since


async def test_encoder_threads_send_at_the_same_time(worker: MediaWorker) -> None:
    async with worker.feed("m", on_air=False) as mix:
        monitor = await worker.monitor("m")
        await eventually(lambda: len(monitor.audio) > 5)

        def encode(bus: int) -> None:
            for frame in range(200):
                mix.sender.send("cue" if bus % 2 else "programme", frame * 960, b"\xfcthread%d" % bus)

        with ThreadPoolExecutor(4) as threads:
            await asyncio.gather(*(asyncio.get_running_loop().run_in_executor(threads, encode, n) for n in range(4)))
        sent = {b"\xfcthread1", b"\xfcthread3"}
        await eventually(lambda: sum(packet.payload in sent for packet in monitor.audio) == 400)
        before = len(monitor.audio)
        await eventually(lambda: len(monitor.audio) > before + 5)
        assert all(sequence_delta(b.sequence_number, a.sequence_number) == 1 for a, b in pairwise(monitor.audio))


async def test_a_worker_that_dies_is_asked_for_again_before_its_reports_are_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender_module, "SILENT_AFTER_S", 3600.0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reserved:
        reserved.bind(("127.0.0.1", 0))
        stand_in = RefusingWorker((201, {"host": "127.0.0.1", "port": reserved.getsockname()[1]}))
        reserved.close()
        async with sending_to(stand_in):
            await eventually(lambda: len(stand_in.offers) >= 3)
