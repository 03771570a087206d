"""Resumable uploads: nothing that came is lost, nothing is taken twice, and nothing is left behind."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from control_api.db.pool import Database
from control_api.objects.store import Objects
from control_api.uploads import bodies
from control_api.uploads.forgetting import UploadForgetting
from control_api.uploads.models import LOCK, MAX_UNFINISHED, PART_BYTES, UploadId, parts_of
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import Api, MovingClock
from tests.control_api.support.uploads import TUS, TusClient, metadata
from tests.support.waiting import eventually


@pytest.fixture
async def tus(api: Api) -> TusClient:
    return TusClient(api, await api.account("dj"))


@pytest.fixture
async def uploads(api: Api, clock: MovingClock) -> AsyncIterator[UploadForgetting]:
    """The service beside the application, for what its housekeeping does."""
    database = Database(api.settings.database_url.get_secret_value(), size=2, timeout_s=5, command_timeout_s=10)
    await database.open()
    yield UploadForgetting(database, Objects.of(api.settings), clock)
    await database.close()


def quarantine(api: Api) -> list[Path]:
    folder = Path(api.settings.objects_url.removeprefix("file://")) / "quarantine"
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


def upload_id(location: str) -> UploadId:
    return UploadId(UUID(location.rsplit("/", 1)[-1]))


async def assembled(api: Api, location: str, length: int) -> bytes:
    objects = Objects.of(api.settings)
    return b"".join([piece for key in parts_of(upload_id(location), length) async for piece in objects.pieces(key)])


async def is_locked(api: Api, location: str) -> bool:
    """Whether some request is writing to the upload."""
    (row,) = await api.execute("select locked_by from upload where id = $1", upload_id(location))
    return row["locked_by"] is not None


async def is_free(api: Api, location: str) -> bool:
    return not await is_locked(api, location)


async def test_a_file_goes_up_becomes_a_track_and_waits_for_its_inspection(api: Api, tus: TusClient) -> None:
    content = os.urandom(3 * PART_BYTES + 17)
    location = await tus.begin(len(content), "Artist - Song.MP3")
    assert await tus.offset(location) == 0
    reply = await tus.patch(location, 0, content)
    assert (reply.status, reply.headers["Upload-Offset"]) == (204, str(len(content)))
    track = await api.get(f"/dj/track/{reply.headers['X-Track-Id']}", by=tus.account)
    assert track.data["track"]["status"] == "processing"
    assert track.data["track"]["title"] == "Artist - Song"
    (job,) = await api.execute("select kind, payload::text from job")
    assert job["kind"] == "inspect_track"
    assert reply.headers["X-Track-Id"] in job["payload"]
    assert await assembled(api, location, len(content)) == content
    head = await tus.head(location)
    assert head.headers["X-Track-Id"] == reply.headers["X-Track-Id"]
    assert head.headers["Cache-Control"] == "no-store"


async def test_an_upload_cut_at_every_tenth_goes_on_where_it_stood(api: Api, tus: TusClient) -> None:
    content = os.urandom(2 * PART_BYTES + PART_BYTES // 3)
    location = await tus.begin(len(content))
    stands = [0]
    for tenth in range(1, 10):
        to = len(content) * tenth // 10
        writer = await tus.begin_patch(location, stands[-1], len(content) - stands[-1], content[stands[-1] : to])
        await eventually(partial(is_locked, api, location))
        writer.close()
        await eventually(partial(is_free, api, location))
        stands.append(await tus.offset(location))
        assert stands[-2] <= stands[-1] <= to
    assert stands[-1] > 0, "what comes in before the connection breaks is kept"
    assert (await tus.patch(location, stands[-1], content[stands[-1] :])).status == 204
    assert await assembled(api, location, len(content)) == content
    assert len(quarantine(api)) == 3, "no part of a part is left"


@pytest.mark.parametrize("sizes", [[1] * 40, [PART_BYTES], [PART_BYTES - 1, 2, PART_BYTES], [PART_BYTES + 1]], ids=str)
async def test_pieces_of_any_size_come_out_as_they_went_in(api: Api, tus: TusClient, sizes: Sequence[int]) -> None:
    content = os.urandom(sum(sizes))
    location, at = await tus.begin(len(content)), 0
    for size in sizes:
        assert (await tus.patch(location, at, content[at : at + size])).status == 204
        at += size
    assert await assembled(api, location, len(content)) == content
    assert len(quarantine(api)) == -(-len(content) // PART_BYTES)


async def test_another_node_goes_on_where_the_first_one_stopped(start_api: StartApi) -> None:
    first, second = await start_api(), await start_api()
    content = os.urandom(PART_BYTES + 1_000)
    account = await first.account("dj")
    here, there = TusClient(first, account), TusClient(second, account)
    location = await here.begin(len(content))
    assert (await here.patch(location, 0, content[:700_000])).status == 204
    assert await there.offset(location) == 700_000
    assert (await there.patch(location, 700_000, content[700_000:])).status == 204
    assert await assembled(first, location, len(content)) == content


async def test_a_second_writer_is_refused_while_the_first_one_writes_and_a_dead_one_is_forgotten(
    start_api: StartApi, clock: MovingClock
) -> None:
    api, other = await start_api(), await start_api()
    account = await api.account("dj")
    tus, elsewhere = TusClient(api, account), TusClient(other, account)
    location = await tus.begin(1_000)
    writer = await tus.begin_patch(location, 0, 1_000, b"x" * 10)
    await eventually(partial(is_locked, api, location))
    assert (await elsewhere.patch(location, 0, b"y")).code == "UPLOAD_LOCKED"
    assert (await elsewhere.delete(location)).status == 423
    clock.advance(seconds=LOCK.total_seconds() + 1)
    assert (await elsewhere.patch(location, 0, b"y" * 4)).status == 204
    writer.close()
    await asyncio.sleep(0)
    assert await elsewhere.offset(location) == 4
    assert (await elsewhere.patch(location, 4, b"y" * 996)).status == 204
    assert await assembled(api, location, 1_000) == b"y" * 1_000


@pytest.mark.parametrize("offset", [0, 4, 6, 11])
async def test_bytes_for_another_offset_are_refused(tus: TusClient, offset: int) -> None:
    location = await tus.begin(10)
    await tus.patch(location, 0, b"01234")
    reply = await tus.patch(location, offset, b"5")
    assert (reply.status, reply.code) == (409, "OFFSET_CONFLICT")
    assert await tus.offset(location) == 5


async def test_more_bytes_than_announced_are_refused(tus: TusClient) -> None:
    location = await tus.begin(10)
    reply = await tus.patch(location, 0, b"x" * 11)
    assert (reply.status, reply.code) == (413, "FILE_TOO_LARGE")


async def test_what_is_taken_back_leaves_nothing(api: Api, tus: TusClient) -> None:
    location = await tus.begin(PART_BYTES * 2)
    await tus.patch(location, 0, b"x" * (PART_BYTES + 5))
    assert len(quarantine(api)) == 2
    assert (await tus.delete(location)).status == 204
    assert quarantine(api) == []
    assert await api.execute("select from upload") == []
    assert (await tus.head(location)).status == 404
    assert (await tus.patch(location, PART_BYTES + 5, b"x")).code == "UPLOAD_NOT_FOUND"


async def test_what_nobody_goes_on_with_expires_and_leaves_nothing(
    api: Api, tus: TusClient, uploads: UploadForgetting, clock: MovingClock
) -> None:
    location = await tus.begin(100)
    await tus.patch(location, 0, b"x" * 50)
    assert await uploads.forget_lapsed(10) == 0
    clock.advance(seconds=api.settings.upload_expires_s + 1)
    assert await uploads.forget_lapsed(10) == 1
    assert quarantine(api) == []
    assert await api.execute("select from upload") == []


async def test_bytes_whose_upload_is_gone_are_swept_away_and_others_stay(
    api: Api, tus: TusClient, uploads: UploadForgetting
) -> None:
    lost, kept = await tus.begin(100), await tus.begin(100)
    for location in (lost, kept):
        await tus.patch(location, 0, b"x" * 50)
    await api.execute("delete from upload where id = $1", upload_id(lost))
    assert await uploads.forget_strays(10) == 1
    (path,) = quarantine(api)
    assert str(upload_id(kept)) in str(path)


async def test_an_upload_is_its_owners_alone(api: Api, tus: TusClient) -> None:
    location = await tus.begin(10)
    stranger = TusClient(api, await api.account("dj"))
    assert (await stranger.head(location)).status == 404
    assert (await stranger.patch(location, 0, b"x")).code == "UPLOAD_NOT_FOUND"
    assert (await stranger.delete(location)).code == "UPLOAD_NOT_FOUND"
    assert await tus.offset(location) == 0


async def test_the_largest_file_and_the_storage_of_a_dj_are_bounded(start_api: StartApi) -> None:
    api = await start_api(upload_max_bytes=1_000, dj_storage_bytes=2_500)
    tus = TusClient(api, await api.account("dj"))
    reply = await tus.create(1_001)
    assert (reply.status, reply.code) == (413, "FILE_TOO_LARGE")
    await tus.upload(b"x" * 1_000)
    location = await tus.begin(1_000)
    reply = await tus.create(501)
    assert (reply.status, reply.code) == (507, "QUOTA_EXCEEDED")
    assert reply.body["error"]["details"]["leftBytes"] == 500
    await tus.delete(location)
    assert (await tus.create(501)).status == 201


async def test_many_at_once_do_not_get_past_the_storage_of_a_dj(start_api: StartApi) -> None:
    api = await start_api(dj_storage_bytes=5_000)
    tus = TusClient(api, await api.account("dj"))
    replies = await asyncio.gather(*(tus.create(1_000) for _ in range(12)))
    assert sorted(reply.status for reply in replies) == [201] * 5 + [507] * 7


async def test_uploads_that_are_begun_and_left_are_bounded(tus: TusClient) -> None:
    for _ in range(MAX_UNFINISHED):
        await tus.begin(1)
    reply = await tus.create(1)
    assert (reply.status, reply.code) == (409, "TOO_MANY_UPLOADS")


async def test_a_body_that_keeps_its_place_with_a_trickle_is_broken_off(
    tus: TusClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PACE_S", 0.0)
    location = await tus.begin(1_000)
    reply = await tus.patch(location, 0, bytes(1_000))
    assert (reply.status, reply.code) == (408, "UPLOAD_INTERRUPTED")
    monkeypatch.setattr(bodies, "PACE_BYTES", 1)
    assert (await tus.patch(location, await tus.offset(location), bytes(1_000))).status == 204


async def test_a_node_that_is_full_says_so_and_goes_on_when_it_is_not(start_api: StartApi) -> None:
    api = await start_api(upload_transfers_max=1)
    tus = TusClient(api, await api.account("dj"))
    slow, quick = await tus.begin(10), await tus.begin(10)
    writer = await tus.begin_patch(slow, 0, 10, b"x")
    await eventually(partial(is_locked, api, slow))
    reply = await tus.patch(quick, 0, b"0123456789")
    assert (reply.status, reply.code) == (503, "UPLOADS_BUSY")
    assert int(reply.headers["Retry-After"]) > 0
    writer.close()
    await eventually(partial(is_free, api, slow))
    assert (await tus.patch(quick, 0, b"0123456789")).status == 204


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 412, "TUS_VERSION_UNSUPPORTED"),
        ({"Tus-Resumable": "0.2.2"}, 412, "TUS_VERSION_UNSUPPORTED"),
        (TUS, 400, "MALFORMED_UPLOAD"),
        (TUS | {"Upload-Length": "-1"}, 400, "MALFORMED_UPLOAD"),
        (TUS | {"Upload-Length": "1e9"}, 400, "MALFORMED_UPLOAD"),
        (TUS | {"Upload-Length": "9" * 400}, 400, "MALFORMED_UPLOAD"),
        (TUS | {"Upload-Length": "1", "Upload-Metadata": "filename ???"}, 400, "MALFORMED_UPLOAD"),
        (TUS | {"Upload-Length": "1", "Upload-Metadata": "filename /w==,filename /w=="}, 400, "MALFORMED_UPLOAD"),
        (TUS | {"Upload-Length": "1", "Upload-Metadata": metadata(filename="x.exe")}, 415, "UNSUPPORTED_FILE"),
        (TUS | {"Upload-Length": "1"}, 415, "UNSUPPORTED_FILE"),
        (TUS | {"Upload-Length": "0", "Upload-Metadata": metadata(filename="x.mp3")}, 422, "EMPTY_FILE"),
    ],
)
async def test_what_is_not_tus_is_refused(
    api: Api, tus: TusClient, headers: dict[str, str], status: int, code: str
) -> None:
    reply = await api.send("POST", "/dj/uploads", headers=headers, by=tus.account)
    assert (reply.status, reply.code) == (status, code)
    assert reply.headers["Tus-Resumable"] == "1.0.0"


async def test_the_bytes_are_sent_as_what_tus_calls_them(api: Api, tus: TusClient) -> None:
    location = await tus.begin(3)
    headers = TUS | {"Upload-Offset": "0", "Content-Type": "application/octet-stream"}
    reply = await api.send("PATCH", location, data=b"abc", headers=headers, by=tus.account)
    assert (reply.status, reply.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_anyone_may_ask_what_is_spoken(api: Api) -> None:
    reply = await api.send("OPTIONS", "/dj/uploads")
    assert reply.status == 204
    assert reply.headers["Tus-Version"] == "1.0.0"
    assert reply.headers["Tus-Extension"] == "creation,expiration,termination"
    assert reply.headers["Tus-Max-Size"] == str(100 * 1024**2)


async def test_pages_of_allowed_origins_may_upload(start_api: StartApi) -> None:
    api = await start_api(cors_origin=["https://nrs.example"])
    asked = {"Origin": "https://nrs.example", "Access-Control-Request-Method": "PATCH"}
    preflight = await api.send("OPTIONS", "/dj/uploads", headers=asked)
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Upload-Offset" in preflight.headers["Access-Control-Allow-Headers"]


async def test_uploads_are_counted_apart_from_other_requests(start_api: StartApi) -> None:
    api = await start_api(rate_limit_upload_max_requests=3)
    tus = TusClient(api, await api.account("dj"))
    location = await tus.begin(10)
    statuses = [(await tus.patch(location, at, b"x")).status for at in range(3)]
    assert statuses == [204, 204, 429]
    assert (await api.get("/dj/tracks", by=tus.account)).status == 200
