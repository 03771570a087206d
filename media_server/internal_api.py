"""What control_api answers to media workers alone, under `/internal` (ARCHITECTURE.md, "Encoders")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from pydantic import SecretStr

_MAX_ANSWER_BYTES: Final = 16_384


class InternalApi:
    """Asks with the token that only our own processes have. Nothing of a question or an answer is logged here."""

    def __init__(self, http: aiohttp.ClientSession, *, url: str, token: SecretStr) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._token = token

    async def post(self, path: str, body: Mapping[str, Any]) -> tuple[int, object]:
        """Status, and what the body says, None where that is no JSON. Raises aiohttp.ClientError, ValueError.

        The caller bounds the time.
        """
        headers = {"Authorization": f"Bearer {self._token.get_secret_value()}"}
        async with self._http.post(f"{self._url}{path}", json=body, headers=headers, allow_redirects=False) as response:
            data = bytearray()
            async for part in response.content.iter_any():
                data += part
                if len(data) > _MAX_ANSWER_BYTES:
                    raise ValueError("the answer is too long")
            try:
                answer: object = json.loads(data)
            except ValueError:
                # A proxy's page, most likely; the status says enough.
                answer = None
            return response.status, answer
