"""Objects, in a folder, in memory, and in a bucket that speaks S3."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from xml.sax.saxutils import escape, unescape

import pytest
from aiohttp import web

from control_api.errors import ServiceUnavailable
from control_api.objects.settings import ObjectSettings
from control_api.objects.store import PIECE_BYTES, ObjectMissing, Objects

BUCKET = "tracks-of-djs"
KEY = re.compile(r"<Key>([^<]*)</Key>")


class BucketDouble:
    """As much of S3's REST API as objects use."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.accounts: set[str] = set()

    async def answer(self, request: web.Request) -> web.Response:
        self.accounts.add(request.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0])
        key = request.path.removeprefix(f"/{BUCKET}").lstrip("/")
        if request.method == "PUT":
            self.content[key] = await request.read()
            return web.Response(headers={"ETag": '"1"'})
        if request.method == "POST" and "delete" in request.query:
            doomed = KEY.findall(await request.text())
            for name in doomed:
                self.content.pop(unescape(name), None)
            said = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in doomed)
            return web.Response(text=f"<DeleteResult>{said}</DeleteResult>", content_type="application/xml")
        if request.query.get("list-type") == "2":
            return self._listing(request.query.get("prefix", ""))
        if key not in self.content:
            return web.Response(status=404)
        headers = {"ETag": '"1"', "Last-Modified": "Sun, 22 Nov 2026 00:00:00 GMT"}
        content = self.content[key]
        if request.method == "GET" and (part := request.http_range) and part.stop is not None:
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(content)}"
            return web.Response(status=206, body=content[part.start : part.stop], headers=headers)
        return web.Response(body=content, headers=headers)

    def _listing(self, prefix: str) -> web.Response:
        items = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size>"
            "<LastModified>2026-11-22T00:00:00.000Z</LastModified></Contents>"
            for key, content in sorted(self.content.items())
            if key.startswith(prefix)
        )
        text = f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>"
        return web.Response(text=text, content_type="application/xml")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/{path:.*}", self.answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


@pytest.fixture
def bucket() -> BucketDouble:
    return BucketDouble()


@pytest.fixture(params=["file", "memory", "s3"])
async def objects(request: pytest.FixtureRequest, tmp_path: Path, bucket: BucketDouble) -> AsyncIterator[Objects]:
    if request.param == "s3":
        async with bucket.running() as endpoint:
            yield Objects.of(
                ObjectSettings.model_validate(
                    {
                        "objects_url": f"s3://{BUCKET}/below",
                        "objects_endpoint": endpoint,
                        "objects_region": "eu-central-1",
                        "objects_access_key_id": "account",
                        "objects_secret_access_key": "secret",
                        "objects_timeout_s": 10,
                    }
                )
            )
        assert all(key.startswith("below/") for key in bucket.content)
        assert bucket.accounts == {"account"}
        return
    url = (tmp_path / "objects").as_uri() if request.param == "file" else "memory:///"
    yield Objects.of(ObjectSettings.model_validate({"objects_url": url}))


async def test_what_is_put_is_there_whole_and_in_parts(objects: Objects) -> None:
    await objects.put("a/b/one", b"0123456789")
    assert await objects.size("a/b/one") == 10
    assert await objects.read("a/b/one", start=2, length=3) == b"234"
    assert await objects.read("a/b/one", start=2, length=0) == b""
    assert b"".join([piece async for piece in objects.pieces("a/b/one")]) == b"0123456789"
    assert b"".join([piece async for piece in objects.pieces("a/b/one", start=8, length=2)]) == b"89"
    await objects.put("a/b/one", b"anew")
    assert await objects.read("a/b/one", start=0, length=4) == b"anew"


async def test_a_large_object_comes_in_pieces(objects: Objects, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    await objects.put("large", content)
    pieces = [piece async for piece in objects.pieces("large")]
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) == PIECE_BYTES
    await objects.fetch("large", tmp_path / "copy")
    await objects.fetch("large", tmp_path / "copy")
    await objects.put_file("copied", tmp_path / "copy")
    assert await objects.size("copied") == 2 * len(content)


async def test_what_is_not_there_is_missing_and_deleting_it_is_no_error(objects: Objects) -> None:
    with pytest.raises(ObjectMissing):
        await objects.size("nothing")
    with pytest.raises(ObjectMissing):
        await objects.read("nothing", start=0, length=1)
    await objects.put("something", b"x")
    await objects.delete("nothing", "something")
    with pytest.raises(ObjectMissing):
        await objects.size("something")


async def test_a_folder_goes_with_all_that_is_in_it_and_nothing_else(objects: Objects) -> None:
    for key in ("q/1/a", "q/1/b", "q/10/a", "t/1"):
        await objects.put(key, b"x")
    assert sorted(await objects.keys_below("q/1")) == ["q/1/a", "q/1/b"]
    await objects.delete_below("q/1")
    assert sorted(await objects.keys_below("q")) == ["q/10/a"]
    assert await objects.size("t/1") == 1


async def test_a_bucket_that_is_away_is_said_so() -> None:
    async with BucketDouble().running() as endpoint:
        pass
    settings = {"objects_url": f"s3://{BUCKET}", "objects_endpoint": endpoint, "objects_timeout_s": 0.5}
    account = {"objects_access_key_id": "a", "objects_secret_access_key": "b", "objects_region": "x"}
    objects = Objects.of(ObjectSettings.model_validate(settings | account))
    with pytest.raises(ServiceUnavailable) as caught:
        await objects.put("a", b"x")
    assert caught.value.part == "objects"


async def test_a_folder_that_is_emptied_leaves_no_folder(tmp_path: Path) -> None:
    objects = Objects.of(ObjectSettings.model_validate({"objects_url": (tmp_path / "objects").as_uri()}))
    await objects.put("quarantine/1/2", b"x")
    await objects.delete_below("quarantine/1")
    assert list((tmp_path / "objects").iterdir()) == []
