"""Our own media worker, as it runs in production, fed over WHIP by a synthetic camera."""

from __future__ import annotations

import http.client
import os
import secrets
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

from deploy.standalone.valkey import EmbeddedValkey
from media_server.transport.fanout import Form
from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.peer import Peer
from tests.benchmarks.process import SERVER_CORE, start_pinned
from tests.benchmarks.pump import Pump
from tests.benchmarks.sdp import Kind, LocalIce, RemotePeer, describe, payload_type, remote_peer
from tests.benchmarks.source import FRAMES_PER_GROUP, SyntheticCamera, SyntheticMicrophone
from tests.support.media_tokens import TokenSigner
from tests.support.ports import free_port

START_S: Final = 60.0
CONNECT_S: Final = 5.0
RTCP_PAYLOAD_FEEDBACK: Final = 206


class WorkerError(Exception):
    """The worker did not start, or refused what it was asked."""


class NrsLive:
    """One media worker, by default pinned to the server's core, with a Valkey of its own."""

    def __init__(self, folder: Path, *, core: int | None = SERVER_CORE, fan_out: Form = "auto") -> None:
        self.name = "NRS Live" if fan_out == "auto" else f"NRS {fan_out}"
        self._port = free_port(udp_too=True)
        self._stream = str(uuid4())
        self._local = threading.local()
        self._signer = TokenSigner()
        self._valkey = EmbeddedValkey(folder / "valkey")
        self._valkey.start()
        self._log = folder / "worker.log"
        settings = {
            "REDIS_URL": self._valkey.url,
            "MEDIA_SPOOL_DIR": str(folder / "spool"),
            "MEDIA_TOKEN_PUBLIC_KEY": self._signer.public_key,
            "MEDIA_HOST": "127.0.0.1",
            "RTMP_PORT": "0",
            "MEDIA_ICE_TCP_PORT": "0",
            "INTERNAL_TOKEN": secrets.token_hex(16),
            "TARGETS_SECRET": "A" * 43,
            "OBJECTS_URL": "memory:///",
            "MEDIA_PORT": str(self._port),
            "FANOUT": fan_out,
            "MEDIA_ADVERTISED_IPS": "127.0.0.1",
            "JOINS_PER_ADDRESS_PER_S": "10000",
            "JOINS_PER_ADDRESS_BURST": "10000",
            "MAX_CONNECTING_SESSIONS": "10000",
        }
        command = [sys.executable, "-m", "deploy.processes.media_worker"]
        self._process = start_pinned(command, core, self._log, os.environ | settings)
        self.pid = self._process.pid

    def start_publishing(
        self, pump: Pump, identity: DtlsIdentity, *, frames_per_group: int = FRAMES_PER_GROUP, obeys: bool = True
    ) -> None:
        """Waits for the worker, then publishes a camera to it; `obeys`: it makes key frames when it is asked."""
        self.wait_until_healthy()
        self._publish_camera(pump, identity, self._stream, frames_per_group, obeys=obeys)

    def publish_another(self, pump: Pump, identity: DtlsIdentity) -> str:
        """A camera to a stream of its own, whose id is given back."""
        stream = str(uuid4())
        self._publish_camera(pump, identity, stream, FRAMES_PER_GROUP, obeys=True)
        return stream

    def publish_sound(self, pump: Pump, identity: DtlsIdentity) -> None:
        """Waits for the worker, then publishes a microphone to it, and no picture."""
        self.wait_until_healthy()
        peer, ssrc, number = self._publisher(pump, identity, self._stream, "audio")
        pump.sources.append(
            SyntheticMicrophone(
                lambda packets: _send(peer, packets), ssrc=ssrc, payload_type=number, now=time.monotonic()
            )
        )

    def wait_until_healthy(self) -> None:
        """Returns when the worker answers. Raises WorkerError."""
        deadline = time.monotonic() + START_S
        while not self._is_healthy():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise WorkerError(f"the worker did not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.05)

    def open_viewer(
        self, identity: DtlsIdentity, *, stream: str | None = None, kind: Kind = "video"
    ) -> tuple[LocalIce, RemotePeer]:
        """Signals one viewer; called from several threads."""
        ice = LocalIce.new()
        offer = describe(identity, ice, direction="recvonly", setup="actpass", kind=kind)
        answer = self._post("whep", "watch", offer, stream or self._stream)
        return ice, remote_peer(answer)

    def _publish_camera(
        self, pump: Pump, identity: DtlsIdentity, stream: str, frames_per_group: int, *, obeys: bool
    ) -> None:
        peer, ssrc, number = self._publisher(pump, identity, stream, "video")

        def send(packets: list[bytes]) -> None:
            _send(peer, packets)
            if obeys and peer.rtcp is not None and peer.rtcp[1] == RTCP_PAYLOAD_FEEDBACK:
                peer.rtcp = None
                camera.ask_key_frame()

        camera = SyntheticCamera(
            send, ssrc=ssrc, payload_type=number, now=time.monotonic(), frames_per_group=frames_per_group
        )
        pump.sources.append(camera)

    def _publisher(self, pump: Pump, identity: DtlsIdentity, stream: str, kind: Kind) -> tuple[Peer, int, int]:
        """A connected one, the SSRC it sends under, and the payload type."""
        ice = LocalIce.new()
        ssrc = secrets.randbits(31)
        offer = describe(identity, ice, direction="sendonly", setup="actpass", ssrc=ssrc, kind=kind)
        answer = self._post("whip", "publish", offer, stream)
        peer = Peer(identity, ice, remote_peer(answer), now=time.monotonic())
        pump.add(peer)
        if not pump.run_until(lambda: peer.sender is not None, timeout_s=CONNECT_S):
            raise WorkerError("the publisher was not connected")
        return peer, ssrc, payload_type(answer, kind)

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._valkey.kill()

    def _is_healthy(self) -> bool:
        try:
            return self._request("GET", "/health", None, {})[0] == 200
        except OSError:
            return False

    def _post(self, protocol: str, action: Literal["publish", "watch"], offer: str, stream: str) -> str:
        token = self._signer.sign(stream, action)
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
        status, answer = self._request("POST", f"/{protocol}/{stream}", offer, headers)
        if status != 201:
            raise WorkerError(f"{protocol}: {status} {answer}")
        return answer

    def _request(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise


def _send(peer: Peer, packets: list[bytes]) -> None:
    assert peer.sender is not None
    for packet in packets:
        peer.socket.send(peer.sender.protect(packet))
