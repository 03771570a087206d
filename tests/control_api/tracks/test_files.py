"""Claims about what a track sounds and looks like: waveform, cover, download."""

import asyncio
import socket
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from aiohttp import ClientError, ClientSession
from structlog.testing import capture_logs
from yarl import URL

from control_api.api import files
from mixer.inspection.waveform_file import write_waveform
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import Api
from tests.control_api.support.library import (
    AUDIO,
    COVER,
    FULL,
    OVERVIEW,
    add_held_track,
    add_track,
    add_track_with_files,
    folder_of,
    objects_of,
)
from tests.support.waiting import eventually


@pytest.mark.parametrize(
    ("query", "columns"),
    [("", OVERVIEW), ("?detail=overview", OVERVIEW), ("?detail=full", FULL)],
    ids=["default", "overview", "full"],
)
async def test_a_waveform_is_given_as_bare_columns(api: Api, query: str, columns: bytes) -> None:
    anna = await api.account("dj")
    track_id = await add_track_with_files(api, anna)
    reply = await api.get(f"/dj/track/{track_id}/waveform{query}", by=anna)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/octet-stream")
    assert reply.body == columns
    tag = reply.headers["ETag"]
    again = await api.get(f"/dj/track/{track_id}/waveform{query}", by=anna, headers={"If-None-Match": tag})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == reply.headers["Cache-Control"] == "private, max-age=3600"


async def test_what_inspection_draws_is_what_is_given(api: Api, tmp_path: Path) -> None:
    overview, full = np.arange(1_200 * 4).reshape(-1, 4) % 256, np.arange(9_000 * 4).reshape(-1, 4) % 251
    write_waveform(tmp_path / "waveform.bin", overview.astype(np.uint8), full.astype(np.uint8))
    anna = await api.account("dj")
    track_id = await add_track_with_files(api, anna)
    key = f"{folder_of(anna.user_id, UUID(track_id))}/waveform.bin"
    await objects_of(api).put_file(key, tmp_path / "waveform.bin")
    for detail, columns in (("overview", overview), ("full", full)):
        reply = await api.get(f"/dj/track/{track_id}/waveform?detail={detail}", by=anna)
        assert reply.body == columns.astype(np.uint8).tobytes()


async def test_the_two_waveforms_have_tags_of_their_own(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track_with_files(api, anna)
    overview = await api.get(f"/dj/track/{track_id}/waveform", by=anna)
    full = await api.get(
        f"/dj/track/{track_id}/waveform?detail=full", by=anna, headers={"If-None-Match": overview.headers["ETag"]}
    )
    assert (full.status, full.body) == (200, FULL)


@pytest.mark.parametrize("content", [b"", b"NRSW", b"another kind of file altogether"])
async def test_what_is_no_waveform_is_not_given_as_one(api: Api, content: bytes) -> None:
    anna = await api.account("dj")
    track_id = await add_track_with_files(api, anna)
    await objects_of(api).put(f"{folder_of(anna.user_id, UUID(track_id))}/waveform.bin", content)
    reply = await api.get(f"/dj/track/{track_id}/waveform", by=anna)
    assert (reply.status, reply.code) == (404, "FILE_NOT_FOUND")


async def test_a_cover_is_a_jpeg_that_is_sent_again_only_when_it_is_another(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track_with_files(api, anna)
    cover = await api.get(f"/dj/track/{track_id}/cover", by=anna)
    assert (cover.status, cover.headers["Content-Type"], cover.body) == (200, "image/jpeg", COVER)
    assert cover.headers["X-Content-Type-Options"] == "nosniff"
    seen = {"If-None-Match": f'"other", W/{cover.headers["ETag"]}'}
    assert (await api.get(f"/dj/track/{track_id}/cover", by=anna, headers=seen)).status == 304
    await objects_of(api).put(f"{folder_of(anna.user_id, UUID(track_id))}/cover.jpg", COVER + b"!")
    assert (await api.get(f"/dj/track/{track_id}/cover", by=anna, headers=seen)).body == COVER + b"!"


async def test_a_track_without_cover_and_waveform_says_so(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna)
    for name in ("cover", "waveform"):
        reply = await api.get(f"/dj/track/{track_id}/{name}", by=anna)
        assert (reply.status, reply.code) == (404, "FILE_NOT_FOUND")


@pytest.mark.parametrize(
    ("title", "artist", "disposition"),
    [
        ("Night Train", "", "attachment; filename=\"Night Train.mp3\"; filename*=UTF-8''Night%20Train.mp3"),
        ("Ночь", "Ö", "attachment; filename=\"O - .mp3\"; filename*=UTF-8''%C3%96%20-%20%D0%9D%D0%BE%D1%87%D1%8C.mp3"),
        ('a"b\\c/d%', "", "attachment; filename=\"a_b_c_d_.mp3\"; filename*=UTF-8''a%22b%5Cc%2Fd%25.mp3"),
    ],
)
async def test_a_download_has_the_name_of_the_track(api: Api, title: str, artist: str, disposition: str) -> None:
    anna = await api.account("dj")
    track_id = await add_track_with_files(api, anna, title, artist=artist)
    reply = await api.get(f"/dj/track/{track_id}/download", by=anna)
    assert (reply.status, reply.headers["Content-Type"], reply.body) == (200, "audio/mpeg", AUDIO)
    assert reply.headers["Content-Disposition"] == disposition
    assert reply.headers["Accept-Ranges"] == "bytes"


async def test_a_download_goes_on_where_it_broke_off(api: Api) -> None:
    anna = await api.account("dj")
    path = f"/dj/track/{await add_track_with_files(api, anna)}/download"
    tag = (await api.get(path, by=anna)).headers["ETag"]
    rest = await api.get(path, by=anna, headers={"Range": "bytes=5000-", "If-Range": tag})
    assert (rest.status, rest.body) == (206, AUDIO[5000:])
    assert rest.headers["Content-Range"] == f"bytes 5000-{len(AUDIO) - 1}/{len(AUDIO)}"
    changed = await api.get(path, by=anna, headers={"Range": "bytes=5000-", "If-Range": '"another"'})
    assert (changed.status, changed.body) == (200, AUDIO)
    behind = await api.get(path, by=anna, headers={"Range": f"bytes={len(AUDIO)}-"})
    assert (behind.status, behind.code) == (416, "RANGE_NOT_SATISFIABLE")
    assert behind.headers["Content-Range"] == f"bytes */{len(AUDIO)}"


async def test_what_is_held_is_not_given_out_and_what_is_lost_is_said(api: Api) -> None:
    anna = await api.account("dj")
    held = await api.get(f"/dj/track/{await add_held_track(api, anna)}/download", by=anna)
    assert (held.status, held.code) == (409, "TRACK_NOT_READY")
    lost = await api.get(f"/dj/track/{await add_track(api, anna)}/download", by=anna)
    assert (lost.status, lost.code) == (404, "FILE_NOT_FOUND")


async def test_a_file_that_is_lost_while_it_is_sent_ends_the_connection_instead_of_seeming_whole(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track_with_files(api, anna)
    key = f"{folder_of(anna.user_id, UUID(track_id))}/audio.mp3"
    await objects_of(api).put(key, bytes(64 * 1024 * 1024))
    headers = {"Authorization": f"Bearer {anna.access_token}"}
    address = f"{api.base_url}/api/v1/dj/track/{track_id}/download"
    async with ClientSession() as http, http.get(address, headers=headers) as response:
        assert response.content_length == 64 * 1024 * 1024
        await objects_of(api).delete(key)
        with pytest.raises(ClientError):
            await response.read()


async def test_a_page_of_an_allowed_origin_may_read_files(start_api: StartApi) -> None:
    origin = "https://studio.example.com"
    api = await start_api(cors_origin=[origin])
    anna = await api.account("dj")
    path = f"/dj/track/{await add_track_with_files(api, anna)}/download"
    reply = await api.get(path, by=anna, headers={"Origin": origin})
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, origin)
    assert (
        "Access-Control-Allow-Origin" not in (await api.get(path, by=anna, headers={"Origin": "https://x.y"})).headers
    )


async def test_a_client_that_takes_nothing_is_cut_off(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PIECE_TIMEOUT_S", 0.2)
    anna = await api.account("dj")
    track_id = await add_track_with_files(api, anna)
    await objects_of(api).put(f"{folder_of(anna.user_id, UUID(track_id))}/audio.mp3", bytes(64 * 1024 * 1024))
    address = URL(api.base_url)
    with capture_logs() as logs, socket.create_connection((address.host or "", address.port or 0)) as client:
        client.sendall(
            f"GET /api/v1/dj/track/{track_id}/download HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {anna.access_token}\r\n\r\n".encode()
        )
        await eventually(lambda: any(line["event"] == "file_cut_off" for line in logs))
        client.settimeout(10)
        assert await asyncio.to_thread(until_the_end, client) < 64 * 1024 * 1024


def until_the_end(client: socket.socket) -> int:
    """How many bytes were still on their way."""
    count = 0
    while piece := client.recv(65_536):
        count += len(piece)
    return count
