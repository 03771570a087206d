"""Uploads as one multipart request."""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, FormData

from control_api.objects.store import Objects
from control_api.uploads.models import PART_BYTES, UploadId, parts_of
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import Account, Api
from tests.support.waiting import eventually


async def send(api: Api, account: Account, form: FormData) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {account.access_token}"}
    async with (
        ClientSession() as http,
        http.post(f"{api.base_url}/api/v1/dj/upload-track", data=form, headers=headers) as response,
    ):
        return response.status, await response.json()


def form_of(content: bytes, name: str = "song.mp3", field: str = "file") -> FormData:
    form = FormData(quote_fields=False)
    form.add_field(field, content, filename=name, content_type="audio/mpeg")
    return form


def objects_of(api: Api) -> list[Path]:
    folder = Path(api.settings.objects_url.removeprefix("file://"))
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_form_of_any_size_becomes_a_track(api: Api) -> None:
    account, content = await api.account("dj"), os.urandom(2 * PART_BYTES + 5)
    assert len(content) > api.settings.max_body_bytes, "the limit of other bodies is not that of files"
    status, body = await send(api, account, form_of(content, "../../etc/My Song.mp3"))
    assert (status, body["data"]["track"]["status"]) == (202, "processing")
    assert (body["data"]["track"]["title"], body["data"]["track"]["fileSize"]) == ("My Song", len(content))
    (row,) = await api.execute("select id from upload")
    objects = Objects.of(api.settings)
    keys = parts_of(UploadId(row["id"]), len(content))
    assert b"".join([piece for key in keys async for piece in objects.pieces(key)]) == content


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        (form_of(b"", "x.mp3"), 422, "EMPTY_FILE"),
        (form_of(b"x", "x.exe"), 415, "UNSUPPORTED_FILE"),
        (form_of(b"x", "x.mp3", field="picture"), 400, "MALFORMED_UPLOAD"),
        (form_of(b"x" * 3_000, "x.mp3"), 413, "FILE_TOO_LARGE"),
    ],
    ids=["empty", "kind", "field", "large"],
)
async def test_a_form_that_is_refused_leaves_nothing(
    start_api: StartApi, form: FormData, status: int, code: str
) -> None:
    api = await start_api(upload_max_bytes=2_000)
    answered, body = await send(api, await api.account("dj"), form)
    assert (answered, body["error"]["code"]) == (status, code)
    assert objects_of(api) == []
    assert await api.execute("select from upload") == []
    assert await api.execute("select from track") == []


async def test_a_form_that_breaks_off_leaves_nothing(api: Api) -> None:
    account, address = await api.account("dj"), urlsplit(api.base_url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n' + b"x" * (2 * PART_BYTES - 9)
    writer.write(
        f"POST /api/v1/dj/upload-track HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {account.access_token}\r\nContent-Length: {2 * len(part)}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode()
        + part
    )
    await writer.drain()

    async def has(count: int) -> bool:
        return len(objects_of(api)) == count

    await eventually(partial(has, 1))
    writer.close()
    await eventually(partial(has, 0))

    async def is_forgotten() -> bool:
        return await api.execute("select from upload") == []

    await eventually(is_forgotten)


async def test_a_body_that_is_no_form_is_refused(api: Api) -> None:
    account = await api.account("dj")
    for content_type in ("application/json", "multipart/form-data", "multipart/form-data; boundary=x"):
        headers = {"Content-Type": content_type}
        reply = await api.send("POST", "/dj/upload-track", data=b"junk", headers=headers, by=account)
        assert (reply.status, reply.code) == (400, "MALFORMED_UPLOAD")
