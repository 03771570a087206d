"""The worker as a whole: where it listens, what it says at the end, and what it leaves behind."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from media_server.settings import WorkerSettings
from media_server.worker.worker import run_worker
from tests.support.media_tokens import TokenSigner
from tests.support.media_worker import KeptObjects, media_worker
from tests.support.ports import free_port
from tests.support.waiting import eventually


def settings(valkey_url: str, port: int, spool: Path) -> WorkerSettings:
    return WorkerSettings(
        media_spool_dir=spool,
        rtmp_port=0,
        internal_token=SecretStr("known to the tests"),
        targets_secret=SecretStr("A" * 43),
        redis_url=valkey_url,
        media_token_public_key=TokenSigner().public_key,
        media_host="127.0.0.1",
        media_port=port,
        media_ice_tcp_port=0,
        worker_id="worker-test",
    )


async def test_at_its_end_everyone_is_told_and_the_ports_are_free(valkey_url: str) -> None:
    async with media_worker(valkey_url) as worker:
        publisher = await worker.publish("s")
        viewer = await worker.watch("s")
        await eventually(lambda: len(viewer.whole_frames) > 3)
        goodbyes = [publisher.client, viewer.client]
        worker.running.cancel()
        await eventually(lambda: all(client.is_closed_by_server for client in goodbyes), timeout_s=5)
        await asyncio.wait({worker.running}, timeout=10)
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(type=kind) as again:
                again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                again.bind(worker.address)


async def test_a_port_that_is_taken_is_an_error(valkey_url: str, tmp_path: Path) -> None:
    port = free_port(udp_too=True)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as taken:
            taken.bind(("127.0.0.1", port))
            if kind == socket.SOCK_STREAM:
                taken.listen()
            with pytest.raises(OSError, match="in use"):
                await run_worker(settings(valkey_url, port, tmp_path), KeptObjects())


async def test_it_serves_without_valkey_and_ends_when_asked() -> None:
    async with media_worker("redis://127.0.0.1:9/0") as worker:
        await worker.publish("s")
        viewer = await worker.watch("s")
        await eventually(lambda: len(viewer.whole_frames) > 10)


async def test_health_counts_rooms_and_viewers(valkey_url: str) -> None:
    async with media_worker(valkey_url) as worker:
        await worker.publish("a")
        await worker.publish("b")
        viewers = [await worker.watch("a"), await worker.watch("b"), await worker.watch("b")]
        await eventually(lambda: all(viewer.video for viewer in viewers))
        health = await (await worker.request("GET", "/health")).json()
        assert health == {"workerId": worker.settings.worker_id, "rooms": 2, "viewers": 3}


async def test_mixers_are_told_where_to_find_it(valkey_url: str) -> None:
    async with media_worker(valkey_url) as worker:

        async def is_told() -> bool:
            return (await worker.snapshot()).get("internal_url") == worker.url

        await eventually(is_told)
    async with media_worker(valkey_url, media_internal_url="http://media.internal:3100") as worker:

        async def is_told_as_set() -> bool:
            return (await worker.snapshot()).get("internal_url") == "http://media.internal:3100"

        await eventually(is_told_as_set)


@pytest.mark.parametrize(
    ("hosts", "problem"),
    [
        ("0.0.0.0", "mixers reach"),  # noqa: S104
        ("::", "mixers reach"),
        ("fe80::1", "mixers reach"),
        ("192.0.2.1,ff02::1", "mixers reach"),
        ("192.0.2.1,192.0.2.2", "one of each"),
        ("media.internal", "IPv4 address"),
    ],
)
def test_feeds_are_taken_at_addresses_that_others_can_send_to(hosts: str, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        of_feed_hosts(hosts)


def test_feeds_are_taken_at_an_address_of_each_family_where_both_are_said() -> None:
    told = of_feed_hosts("2001:db8::5, 192.0.2.1")
    assert [str(host) for host in told.media_feed_host] == ["2001:db8::5", "192.0.2.1"]


@pytest.mark.parametrize(
    ("media_host", "url"),
    [
        ("::", "http://127.0.0.1:3100"),
        ("192.0.2.1", "http://192.0.2.1:3100"),
        ("2001:db8::5", "http://[2001:db8::5]:3100"),
    ],
)
def test_a_worker_is_reached_where_it_listens_unless_it_is_set(media_host: str, url: str) -> None:
    told = of_feed_hosts("127.0.0.1").model_copy(update={"media_host": media_host})
    assert told.internal_url(3100) == url


@pytest.mark.parametrize("name", ["media_internal_url", "control_internal_url"])
def test_keys_and_tokens_do_not_go_over_the_internet_in_the_clear(name: str) -> None:
    for url in ("http://8.8.8.8:3100", "http://[2606:4700::1]:3100"):
        with pytest.raises(ValidationError, match=f"{name.upper()} sends keys"):
            of_urls(**{name: url})
        of_urls(**{name: url, "internal_plain_http": "anywhere"})
    for url in ("https://8.8.8.8", "http://10.0.0.7:3100", "http://[fd00::1]:3100", "http://media.internal:3100"):
        of_urls(**{name: url})


def of_urls(**urls: str) -> WorkerSettings:
    return WorkerSettings.model_validate(of_feed_hosts("127.0.0.1").model_dump() | urls)


def of_feed_hosts(hosts: str) -> WorkerSettings:
    return WorkerSettings.model_validate(
        {
            "redis_url": "redis://h",
            "media_token_public_key": "k",
            "media_spool_dir": "/nowhere",
            "internal_token": "t",
            "targets_secret": "s",
            "media_feed_host": hosts,
        }
    )


async def test_a_feed_port_that_is_taken_is_an_error_and_leaves_no_socket_behind(
    valkey_url: str, tmp_path: Path
) -> None:
    port = free_port(udp_too=True)
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        told = settings(valkey_url, port, tmp_path).model_copy(update={"media_feed_port": taken.getsockname()[1]})
        with pytest.raises(OSError, match="in use"):
            await run_worker(told, KeptObjects())
    with socket.socket(type=socket.SOCK_DGRAM) as again:
        again.bind(("127.0.0.1", port))
