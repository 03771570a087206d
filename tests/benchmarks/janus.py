"""Janus 1.1.2's streaming plugin, fed by RTP, in a configuration of its own: the yardstick.

Janus gathers no candidate on a loopback interface, so its viewers use this machine's own address; the kernel carries
packets to that over the loopback device all the same. Its HTTP interface and its feed are on 127.0.0.1.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.process import SERVER_CORE, start_pinned
from tests.benchmarks.pump import Pump
from tests.benchmarks.sdp import PAYLOAD_TYPE, LocalIce, RemotePeer, describe, media_id, payload_type, remote_peer
from tests.benchmarks.source import SyntheticCamera
from tests.support.ports import free_port

PROGRAM: Final = shutil.which("janus")
START_S: Final = 15.0

MAIN_CONFIG: Final = """
general: {{ configs_folder = "{folder}"; debug_level = 3; event_loops = 1; session_timeout = 0;
           plugins_folder = "{lib}/plugins"; transports_folder = "{lib}/transports";
           events_folder = "{folder}/none"; loggers_folder = "{folder}/none" }}
nat: {{ ice_tcp = false; full_trickle = false; mdns_resolution = false }}
media: {{ ipv6 = false }}
plugins: {{ disable = "{other_plugins}" }}
transports: {{ disable = "{other_transports}" }}
"""
HTTP_CONFIG: Final = """
general: {{ json = "compact"; base_path = "/janus"; http = true; port = {port}; ip = "127.0.0.1"; https = false }}
admin: {{ admin_http = false; admin_https = false }}
"""
STREAMING_CONFIG: Final = """
benchmark: {{ type = "rtp"; id = 1; audio = false; video = true; videoport = {port}; videoiface = "127.0.0.1";
             videopt = {payload_type}; videocodec = "h264";
             videofmtp = "profile-level-id=42e01f;packetization-mode=1" }}
"""
LIBRARIES: Final = ("/usr/lib/x86_64-linux-gnu/janus", "/usr/lib/aarch64-linux-gnu/janus", "/usr/lib/janus")


class JanusError(Exception):
    """Janus did not start, or refused what it was asked."""


class Janus:
    """One Janus process pinned to the server's core."""

    name = "Janus 1.1.2"

    def __init__(self, folder: Path) -> None:
        library = next((Path(path) for path in LIBRARIES if Path(path).is_dir()), None)
        if PROGRAM is None or library is None:
            raise JanusError("Janus is not installed")
        self._port = free_port()
        self._media_port = free_port(udp_too=True)
        self._feed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._local = threading.local()
        names = {"folder": folder, "lib": library}
        plugins = ",".join(path.name for path in (library / "plugins").glob("*.so") if "streaming" not in path.name)
        transports = ",".join(path.name for path in (library / "transports").glob("*.so") if "http" not in path.name)
        (folder / "none").mkdir()
        (folder / "janus.jcfg").write_text(
            MAIN_CONFIG.format(**names, other_plugins=plugins, other_transports=transports)
        )
        (folder / "janus.transport.http.jcfg").write_text(HTTP_CONFIG.format(port=self._port))
        (folder / "janus.plugin.streaming.jcfg").write_text(
            STREAMING_CONFIG.format(port=self._media_port, payload_type=PAYLOAD_TYPE)
        )
        self._log = folder / "janus.log"
        self._process = start_pinned([PROGRAM, "-F", str(folder)], SERVER_CORE, self._log, os.environ)
        self.pid = self._process.pid

    def start_publishing(self, pump: Pump, identity: DtlsIdentity) -> None:
        """Waits for Janus, then feeds the camera to its mountpoint."""
        deadline = time.monotonic() + START_S
        while True:
            try:
                self._request("/janus", {"janus": "info"})
                break
            except OSError as error:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise JanusError(f"Janus did not start: {self._log.read_text()[-2000:]}") from error
                time.sleep(0.05)
        target = ("127.0.0.1", self._media_port)

        def send(packets: list[bytes]) -> None:
            for packet in packets:
                self._feed.sendto(packet, target)

        pump.sources.append(
            SyntheticCamera(send, ssrc=secrets.randbits(31), payload_type=PAYLOAD_TYPE, now=time.monotonic())
        )

    def open_viewer(self, identity: DtlsIdentity) -> tuple[LocalIce, RemotePeer]:
        """Signals one viewer; called from several threads, each with a session of its own."""
        session = self._session()
        handle = self._request(session, {"janus": "attach", "plugin": "janus.plugin.streaming"})["data"]["id"]
        offer = self._message(session, handle, {"request": "watch", "id": 1})["jsep"]["sdp"]
        ice = LocalIce.new()
        answer = describe(
            identity,
            ice,
            direction="recvonly",
            setup="active",
            payload_type=payload_type(offer),
            mid=media_id(offer),
        )
        self._message(session, handle, {"request": "start"}, {"type": "answer", "sdp": answer})
        return ice, remote_peer(offer)

    def close(self) -> None:
        self._feed.close()
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _session(self) -> str:
        if not hasattr(self._local, "session"):
            created = self._request("/janus", {"janus": "create"})
            self._local.session = f"/janus/{created['data']['id']}"
        path: str = self._local.session
        return path

    def _message(
        self, session: str, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Sends a plugin message and waits for the event that answers it."""
        message: dict[str, Any] = {"janus": "message", "body": body}
        if jsep is not None:
            message["jsep"] = jsep
        transaction = self._request(f"{session}/{handle}", message)["transaction"]
        while True:
            event = self._request(f"{session}?maxev=1", None)
            if event.get("transaction") == transaction:
                if "error" in event.get("plugindata", {}).get("data", {}):
                    raise JanusError(str(event))
                return event

    def _request(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=35)
        try:
            if body is None:
                connection.request("GET", path)
            else:
                document = json.dumps(body | {"transaction": secrets.token_hex(6)})
                connection.request("POST", path, document, {"Content-Type": "application/json"})
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        if answer["janus"] == "error":
            raise JanusError(str(answer["error"]))
        return answer
