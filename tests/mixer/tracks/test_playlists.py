"""FFmpeg knows playlists, and would open what they name: addresses and files of ours."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mixer.tracks.decode import decode
from mixer.tracks.rejected import Problem, TrackRejected

TAG = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)


@pytest.mark.parametrize("tag", [b"", TAG], ids=["bare", "behind a tag"])
@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.ts\n",
        "ffconcat version 1.0\nfile http://127.0.0.1:{port}/a.mp3\n",
    ],
    ids=["hls", "concat"],
)
async def test_a_playlist_is_refused_and_nothing_of_it_is_asked_for(tmp_path: Path, tag: bytes, playlist: str) -> None:
    asked: list[bytes] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    path = tmp_path / "song.mp3"
    await asyncio.to_thread(path.write_bytes, tag + playlist.format(port=port).encode() * 3)
    with pytest.raises(TrackRejected) as caught:
        await asyncio.to_thread(lambda: list(decode(path)))
    server.close()
    assert caught.value.problem is Problem.NOT_AUDIO
    assert asked == []
