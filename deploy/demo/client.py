"""The product's own API as a guest of the demo uses it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from deploy.demo.accounts import DemoAccount

TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
HTTP_UNAUTHORIZED: Final = 401


class ApiRefused(Exception):
    """The API answered with an error. `code` is the specification's."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Grant:
    """Where and with what to publish."""

    stream_id: str
    whip_url: str
    token: str


class ApiClient:
    """Signed in as one account; signs in again when the access token has lapsed."""

    def __init__(self, session: aiohttp.ClientSession, account: DemoAccount) -> None:
        self._session = session
        self._account = account
        self._access_token: str | None = None

    async def ensure_account(self) -> None:
        """Register, unless that has been done before. Raises ApiRefused, aiohttp.ClientError."""
        account = self._account
        body: dict[str, Any] = {"email": account.email, "password": account.password, "role": account.role}
        body |= {"username": account.username, "termsAccepted": True}
        try:
            await self._call("POST", "auth/register", body)
        except ApiRefused:
            # Registered already, if signing in works; otherwise that error says what is wrong.
            await self._sign_in()

    async def current_stream(self) -> dict[str, Any] | None:
        """One's own stream that has not ended."""
        data = await self._signed_in("GET", "stream/current")
        stream: dict[str, Any] | None = data["stream"]
        return stream

    async def publish(self, title: str, description: str) -> Grant:
        """A grant for the stream that goes on, or for a new one."""
        stream = await self.current_stream()
        if stream is not None:
            data = await self._signed_in("POST", f"stream/{stream['id']}/publish")
            return _grant(stream["id"], data["publish"])
        body = {"title": title, "description": description}
        data = await self._signed_in("POST", f"{self._account.role}/start-stream", body)
        return _grant(data["stream"]["id"], data["publish"])

    async def has_tracks(self) -> bool:
        """Whether there is anything in one's own library."""
        return bool((await self._signed_in("GET", "dj/tracks"))["items"])

    async def upload(self, path: Path) -> None:
        """Put a file into one's own library."""
        await self._signed_in("POST", "dj/upload-track", file=path)

    async def end_stream(self) -> None:
        await self._signed_in("POST", f"{self._account.role}/end-stream", {})

    async def _sign_in(self) -> None:
        body = {"email": self._account.email, "password": self._account.password}
        self._access_token = (await self._call("POST", "auth/login", body))["accessToken"]

    async def _signed_in(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, file: Path | None = None
    ) -> Any:
        if self._access_token is None:
            await self._sign_in()
        try:
            return await self._call(method, path, body, file)
        except ApiRefused as refused:
            if refused.status != HTTP_UNAUTHORIZED:
                raise
        await self._sign_in()
        return await self._call(method, path, body, file)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None, file: Path | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._access_token}"} if self._access_token else {}
        sent: dict[str, Any] = {"json": body} if file is None else {"data": await asyncio.to_thread(_form, file)}
        async with self._session.request(method, path, headers=headers, timeout=TIMEOUT, **sent) as response:
            answer = await response.json()
        if not answer["success"]:
            raise ApiRefused(answer["error"]["code"], answer["error"]["message"], response.status)
        return answer["data"]


def _form(file: Path) -> aiohttp.FormData:
    # A file name is percent-encoded by default, as no browser does it.
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", file.read_bytes(), filename=file.name, content_type="audio/wav")
    return form


def _grant(stream_id: str, publish: dict[str, Any]) -> Grant:
    return Grant(stream_id, publish["whipUrl"], publish["token"])
