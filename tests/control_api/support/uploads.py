"""A client of tus 1.0, which may be cut off in the middle."""

import asyncio
import base64
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.control_api.support.api import Account, Api, Reply

TUS = {"Tus-Resumable": "1.0.0"}
BODY = "application/offset+octet-stream"


def metadata(**said: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


@dataclass(frozen=True, slots=True)
class TusClient:
    """Speaks for one account to one node; `api` may change between calls."""

    api: Api
    account: Account

    async def create(self, length: int, file_name: str = "track.wav") -> Reply:
        headers = TUS | {"Upload-Length": str(length), "Upload-Metadata": metadata(filename=file_name)}
        return await self.api.send("POST", "/dj/uploads", headers=headers, by=self.account)

    async def begin(self, length: int, file_name: str = "track.wav") -> str:
        """The address of a new upload."""
        reply = await self.create(length, file_name)
        assert reply.status == 201, reply.body
        return reply.headers["Location"]

    async def head(self, location: str) -> Reply:
        return await self.api.send("HEAD", location, headers=TUS, by=self.account)

    async def offset(self, location: str) -> int:
        return int((await self.head(location)).headers["Upload-Offset"])

    async def patch(self, location: str, offset: int, content: bytes) -> Reply:
        headers = TUS | {"Upload-Offset": str(offset), "Content-Type": BODY}
        return await self.api.send("PATCH", location, data=content, headers=headers, by=self.account)

    async def delete(self, location: str) -> Reply:
        return await self.api.send("DELETE", location, headers=TUS, by=self.account)

    async def upload(self, content: bytes, file_name: str = "track.wav") -> str:
        """The id of the track that a whole file becomes."""
        location = await self.begin(len(content), file_name)
        reply = await self.patch(location, 0, content)
        assert reply.status == 204, reply.body
        return reply.headers["X-Track-Id"]

    async def begin_patch(self, location: str, offset: int, announced: int, content: bytes) -> asyncio.StreamWriter:
        """Send the head of a PATCH of `announced` bytes and the first of them; the connection stays open."""
        address = urlsplit(self.api.base_url)
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        head = (
            f"PATCH {location} HTTP/1.1\r\nHost: {address.netloc}\r\nTus-Resumable: 1.0.0\r\n"
            f"Authorization: Bearer {self.account.access_token}\r\nUpload-Offset: {offset}\r\n"
            f"Content-Type: {BODY}\r\nContent-Length: {announced}\r\n\r\n"
        )
        writer.write(head.encode() + content)
        await writer.drain()
        return writer
