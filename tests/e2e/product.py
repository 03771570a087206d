"""The product as `make run` starts it, on free ports and data of its own, and its API as tests use it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from tests.support.media_tokens import TokenSigner
from tests.support.ports import free_port
from tests.support.processes import Program, running
from tests.support.waiting import wait_until

START_TIMEOUT_S = 120.0
# Long enough to come back in, short enough to wait for.
GRACE_S = 8.0
PASSWORD = "correct horse 9 Battery"
PLENTY = "100000"
# Said of a fault of ours, whatever a test does to the product; the product goes on, so that pages may show nothing.
FAULT = re.compile(
    r"^.*(?:Traceback \(most recent call last\)|was never retrieved|a (?:picture|sound) process (?:ended|is stuck)).*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Account:
    email: str
    username: str
    role: str
    access_token: str


class ApiRefusal(Exception):
    """The API answered with an error."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Product:
    """A running product."""

    def __init__(self, program: Program, port: int, media_port: int, rtmp_port: int, signer: TokenSigner) -> None:
        self._program = program
        # Signs media tokens with the key of this product: for those that its API would never sign.
        self.signer = signer
        self.media_port = media_port
        self.url = f"http://127.0.0.1:{port}"
        self.media_url = f"http://127.0.0.1:{media_port}"
        # Where encoders stream to, without the key.
        self.rtmp_url = f"rtmp://127.0.0.1:{rtmp_port}/live"

    @property
    def output(self) -> str:
        return self._program.output

    def pid(self, name: str) -> int:
        """The process id of a child, from the table that was printed."""
        found = re.search(rf"^ {{4}}{re.escape(name)} +process (\d+)", self.output, re.MULTILINE)
        assert found is not None, self.output
        return int(found[1])

    async def call(self, method: str, path: str, body: object = None, *, token: str | None = None) -> Any:
        """The data of an API answer. Raises ApiRefusal."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(20)) as session,
            session.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers) as response,
        ):
            document = await response.json()
            if not document["success"]:
                raise ApiRefusal(response.status, document["error"]["code"])
            return document["data"]

    async def account(self, role: str) -> Account:
        """Registers somebody new and signs them in."""
        username = f"{role}{uuid4().hex[:8]}"
        email = f"{username}@example.com"
        profile = {"role": role, "username": username, "termsAccepted": True}
        await self.call("POST", "/auth/register", {"email": email, "password": PASSWORD} | profile)
        signed_in = await self.call("POST", "/auth/login", {"email": email, "password": PASSWORD})
        return Account(email, username, role, signed_in["accessToken"])

    async def start_stream(self, creator: Account, title: str = "A night out") -> dict[str, Any]:
        """Creates a stream; answers {stream, publish}."""
        started = await self.call("POST", f"/{creator.role}/start-stream", {"title": title}, token=creator.access_token)
        assert isinstance(started, dict)
        return started

    async def end_stream(self, creator: Account) -> None:
        await self.call("POST", f"/{creator.role}/end-stream", {}, token=creator.access_token)

    async def stream(self, stream_id: str) -> dict[str, Any]:
        """The stream as anyone sees it."""
        stream = (await self.call("GET", f"/stream/{stream_id}"))["stream"]
        assert isinstance(stream, dict)
        return stream

    async def join(self, stream_id: str) -> dict[str, Any]:
        """A watch grant for somebody new."""
        watch = (await self.call("POST", f"/stream/{stream_id}/join"))["watch"]
        assert isinstance(watch, dict)
        return watch


@contextmanager
def running_product(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Product]:
    """Starts it in `folder` and waits until it says that it runs; ends it afterwards.

    Faults that it spoke of fail the test.
    """
    port, media_port, rtmp_port = free_port(), free_port(udp_too=True), free_port()
    signer = TokenSigner()
    environment = {
        "MEDIA_TOKEN_PRIVATE_KEY": signer.private_key,
        "MEDIA_TOKEN_PUBLIC_KEY": signer.public_key,
        "DATA_DIR": str(folder / "data"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "MEDIA_HOST": "127.0.0.1",
        "MEDIA_PORT": str(media_port),
        "RTMP_HOST": "127.0.0.1",
        "RTMP_PORT": str(rtmp_port),
        "MEDIA_ICE_TCP_PORT": "0",
        "MIXER_PORT": str(free_port()),
        "JOBS_PORT": str(free_port()),
        "MEDIA_ADVERTISED_IPS": "127.0.0.1",
        "BCRYPT_COST": "4",
        "PUBLISH_GRACE_S": str(GRACE_S),
        "RATE_LIMIT_MAX_REQUESTS": PLENTY,
        "RATE_LIMIT_AUTH_MAX_REQUESTS": PLENTY,
        "RATE_LIMIT_STREAM_MAX_REQUESTS": PLENTY,
        "JOINS_PER_ADDRESS_BURST": PLENTY,
    } | dict(settings or {})
    with running("deploy.standalone", environment, folder / "log") as program:

        def is_up() -> bool:
            assert program.process.poll() is None, program.output
            return "NRS Live is running" in program.output

        wait_until(is_up, timeout_s=START_TIMEOUT_S)
        yield Product(program, port, media_port, int(environment["RTMP_PORT"]), signer)
        faults = FAULT.findall(program.output)
        assert not faults, f"{faults}: {program.output}"
