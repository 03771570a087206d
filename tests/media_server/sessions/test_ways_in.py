"""The ways to a worker: both families of IP, and connections where no UDP gets through."""

from __future__ import annotations

import asyncio
import socket

import pytest

from media_server.transport import consent
from tests.support.dtls_peer import CM_80
from tests.support.media_worker import FRAGMENT, media_worker
from tests.support.offers import OfferedMedia, RemoteTransport, attribute, candidates
from tests.support.ports import free_port
from tests.support.tcp_client import TcpWebRtcClient
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient


async def test_peers_by_tcp_publish_and_watch_beside_those_by_udp(valkey_url: str) -> None:
    async with media_worker(valkey_url, media_ice_tcp_port=free_port()) as worker:
        await worker.publish("s", client=TcpWebRtcClient())
        by_udp = await worker.watch("s")
        by_tcp = await worker.watch("s", client=TcpWebRtcClient())
        # libsrtp seals for this one.
        without_gcm = await worker.watch("s", client=TcpWebRtcClient(profiles=(CM_80,)))
        viewers = [by_udp, by_tcp, without_gcm]
        await eventually(lambda: all(len(v.whole_frames) > 20 and len(v.audio) > 20 for v in viewers))
        for viewer in viewers:
            frames = viewer.whole_frames
            assert frames == list(range(frames[0], frames[-1] + 1))
            assert viewer.client.undecryptable == 0


async def test_a_viewer_by_tcp_that_hangs_up_may_come_back_and_is_forgotten_otherwise(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with media_worker(valkey_url, media_ice_tcp_port=free_port()) as worker:
        await worker.publish("s")
        client = TcpWebRtcClient()
        viewer = await worker.watch("s", client=client)
        await eventually(lambda: len(viewer.whole_frames) > 3)
        client.hang_up()
        client.roam()
        client.check()
        seen = viewer.whole_frames[-1]
        await eventually(lambda: viewer.whole_frames[-1] > seen + 10)
        client.is_consenting = False
        client.hang_up()
        monkeypatch.setattr(consent, "DEAD_AFTER_S", 0.5)

        async def nobody_watches() -> bool:
            return bool((await (await worker.request("GET", "/health")).json())["viewers"] == 0)

        await eventually(nobody_watches)


async def test_a_viewer_restarts_ice_over_another_connection(valkey_url: str) -> None:
    async with media_worker(valkey_url, media_ice_tcp_port=free_port()) as worker:
        await worker.publish("s")
        client = TcpWebRtcClient()
        viewer = await worker.watch("s", client=client)
        await eventually(lambda: len(viewer.whole_frames) > 3)
        client.is_consenting = False
        body = "a=ice-ufrag:newufrag\r\na=ice-pwd:" + "p" * 24 + "\r\n"
        headers = {"Content-Type": FRAGMENT, "If-Match": "*"}
        response = await worker.request("PATCH", viewer.location, viewer.token, body, **headers)
        answer = await response.text()
        assert "tcptype passive" in answer
        client.ufrag = "newufrag"
        client.use_credentials(attribute(answer, "ice-ufrag"), attribute(answer, "ice-pwd"))
        client.roam()
        client.check()
        seen = viewer.whole_frames[-1]
        await eventually(lambda: viewer.whole_frames[-1] > seen + 10)


async def test_peers_of_both_families_meet_on_one_socket(valkey_url: str) -> None:
    port = free_port()
    async with media_worker(
        valkey_url, media_host="::", media_advertised_ips="127.0.0.1,::1", media_ice_tcp_port=port
    ) as worker:
        publisher = await worker.publish("s", client=WebRtcClient(host="::1"))
        viewers = [
            await worker.watch("s", client=WebRtcClient(host="::1")),
            await worker.watch("s", client=WebRtcClient(host="127.0.0.1")),
            await worker.watch("s", client=TcpWebRtcClient()),
        ]
        assert publisher.client.address[0] == "::1"
        await eventually(lambda: all(len(v.whole_frames) > 10 for v in viewers))
        assert [viewer.client.undecryptable for viewer in viewers] == [0, 0, 0]
        # HTTP is on both too.
        reader, writer = await asyncio.open_connection("::1", worker.address[1])
        writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        writer.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_worker_bound_to_one_address_offers_that_alone(valkey_url: str, host: str) -> None:
    async with media_worker(valkey_url, media_host=host, media_advertised_ips="") as worker:
        url = f"http://[{host}]:{worker.address[1]}" if ":" in host else worker.url
        client = WebRtcClient(host=host)
        headers = {"Authorization": f"Bearer {worker.signer.sign('s', 'publish')}", "Content-Type": "application/sdp"}
        offer = client.offer(OfferedMedia("sendonly"))
        async with worker.http.post(f"{url}/whip/s", data=offer, headers=headers) as response:
            answer = await response.text()
        assert candidates(answer, "udp") == [(host, worker.address[1])]
        assert candidates(answer, "tcp") == []
        family = "IP6" if ":" in host else "IP4"
        assert f"c=IN {family} {host}" in answer
        client.use_remote(RemoteTransport.of(answer, ip_version=6 if ":" in host else 4))
        await client.connect()
        await client.close()


async def test_a_port_for_connections_that_is_taken_ends_the_worker(valkey_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match=r"in use|no port is free"):
            async with media_worker(valkey_url, media_ice_tcp_port=taken.getsockname()[1]):
                pass
