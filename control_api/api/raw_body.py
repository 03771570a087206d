"""Bodies that are no JSON: a picture, a piece of a file."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from control_api.errors import BadRequest, BodyTooLarge, RequestTimeout, UnsupportedMediaType


@dataclass(frozen=True, slots=True)
class RawBody:
    """The media types a body may have, and what bounds it in place of the limit that all other routes share."""

    content_types: tuple[str, ...]
    max_bytes: int
    timeout_s: float = 60.0

    async def read(self, request: web.Request) -> bytes:
        """All of it. Raises UnsupportedMediaType, BodyTooLarge, RequestTimeout, BadRequest."""
        if request.content_type not in self.content_types:
            raise UnsupportedMediaType(f"Send it as {' or '.join(self.content_types)}.")
        if (request.content_length or 0) > self.max_bytes:
            raise BodyTooLarge
        content = bytearray()
        try:
            async with asyncio.timeout(self.timeout_s):
                async for chunk in request.content.iter_any():
                    content += chunk
                    if len(content) > self.max_bytes:
                        raise BodyTooLarge
        except TimeoutError:
            raise RequestTimeout from None
        except (ConnectionError, web.RequestPayloadError):
            raise BadRequest from None
        return bytes(content)
