"""A few tracks in the library of the demo's resident DJ, uploaded as any DJ uploads them."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import structlog

from deploy.demo import music
from deploy.demo.client import ApiClient

log = structlog.get_logger("deploy.demo")


async def fill(api: ApiClient) -> None:
    """Upload the pieces of the crate, unless the library has something. Raises ApiRefused, aiohttp.ClientError."""
    if await api.has_tracks():
        return
    with tempfile.TemporaryDirectory(prefix="nrs-crate-") as folder:
        for piece in music.CRATE:
            path = Path(folder) / f"{piece.title}.wav"
            await asyncio.to_thread(_render, piece, path)
            await api.upload(path)
    log.info("demo_crate_filled", tracks=len(music.CRATE))


def _render(piece: music.Piece, path: Path) -> None:
    music.write_wav(path, music.render_track(piece))
