"""Claims about covers that a DJ chooses, with the real program that draws them."""

import io
import sys
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aiohttp import ClientSession
from PIL import Image

from control_api.tracks.errors import PictureUnreadable
from control_api.tracks.picture_process import PictureProcess, PictureProcessBroken
from mixer.inspection.cover import MAX_SIDE
from tests.control_api.support.api import Account, Api, Reply
from tests.control_api.support.library import (
    add_processing_track,
    add_track,
    add_track_with_files,
    folder_of,
    objects_of,
)


def picture(kind: str, size: tuple[int, int] = (40, 30), colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


async def put(api: Api, by: Account, track_id: str, body: bytes, content_type: str = "image/png") -> Reply:
    headers = {"Content-Type": content_type}
    return await api.send("PUT", f"/dj/track/{track_id}/cover", data=body, headers=headers, by=by)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
async def test_a_picture_becomes_the_cover_as_a_jpeg_made_of_its_pixels(api: Api, kind: str) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna)
    sent = picture(kind, (2 * MAX_SIDE, MAX_SIDE)) + b"<script>something behind the picture</script>"
    reply = await put(api, anna, track_id, sent, f"image/{kind}")
    assert reply.data["track"]["hasCover"] is True
    cover = await api.get(f"/dj/track/{track_id}/cover", by=anna)
    assert (cover.headers["Content-Type"], b"script" in cover.body) == ("image/jpeg", False)
    assert Image.open(io.BytesIO(cover.body)).size == (MAX_SIDE, MAX_SIDE // 2)


async def test_a_new_cover_takes_the_place_of_the_old_one(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track_with_files(api, anna)
    before = await api.get(f"/dj/track/{track_id}/cover", by=anna)
    await put(api, anna, track_id, picture("png"))
    after = await api.get(f"/dj/track/{track_id}/cover", by=anna)
    assert after.body != before.body
    assert after.headers["ETag"] != before.headers["ETag"]
    assert len(await objects_of(api).keys_below(folder_of(anna.user_id, UUID(track_id)))) == 4


async def test_what_is_no_picture_is_refused_and_changes_nothing(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna)
    for body in (b"", b"<svg onload='x'/>", picture("png")[:60]):
        reply = await put(api, anna, track_id, body)
        assert (reply.status, reply.code) == (422, "PICTURE_UNREADABLE")
    bomb = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(bomb, "PNG")
    assert (await put(api, anna, track_id, bomb.getvalue())).code == "PICTURE_UNREADABLE"
    too_large = await put(api, anna, track_id, bytes(5 * 1024 * 1024 + 1))
    assert (too_large.status, too_large.code) == (413, "BODY_TOO_LARGE")
    other_type = await put(api, anna, track_id, picture("gif"), "image/gif")
    assert (other_type.status, other_type.code) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert (await api.get(f"/dj/track/{track_id}", by=anna)).data["track"]["hasCover"] is False


async def test_a_picture_of_unknown_length_is_read_no_further_than_it_may_be(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(5 * 1024 + 1):
            yield bytes(1024)

    headers = {"Content-Type": "image/png", "Authorization": f"Bearer {anna.access_token}"}
    address = f"{api.base_url}/api/v1/dj/track/{track_id}/cover"
    async with ClientSession() as http, http.put(address, data=endless(), headers=headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (413, "BODY_TOO_LARGE")


async def test_only_the_owner_of_a_track_that_is_there_gives_it_a_cover(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    strange = await put(api, bert, await add_track(api, anna), picture("png"))
    assert (strange.status, strange.code) == (404, "TRACK_NOT_FOUND")
    early = await put(api, anna, await add_processing_track(api, anna), picture("png"))
    assert (early.status, early.code) == (409, "TRACK_NOT_READY")


async def test_a_picture_that_crashes_the_program_is_to_blame_for_it() -> None:
    with pytest.raises(PictureUnreadable):
        await PictureProcess((sys.executable, "-c", "import os; os.abort()")).draw(bytes(1_000_000))


async def test_a_program_that_does_not_run_is_no_fault_of_the_picture() -> None:
    with pytest.raises(PictureProcessBroken, match="No module named"):
        await PictureProcess((sys.executable, "-m", "nothing_of_that_name")).draw(b"picture")


async def test_the_program_that_draws_has_no_secret_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "hidden")
    tell = "import os; print(os.environ)"
    assert b"hidden" not in await PictureProcess((sys.executable, "-c", tell)).draw(b"picture")


async def test_a_program_that_a_picture_has_taken_over_fills_no_memory() -> None:
    flood = "import sys\nwhile True: sys.stdout.buffer.write(bytes(65536))"
    with pytest.raises(PictureUnreadable):
        await PictureProcess((sys.executable, "-c", flood)).draw(b"picture")
