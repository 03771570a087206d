"""Claims about links: a right to one file, for a while, and to nothing else."""

import base64
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_api.clock import utc_now
from control_api.linked_files.links import LIFETIME, FileLinks, Link, LinkedFile, LinkInvalid
from tests.control_api.support.api import Account, Api, MovingClock
from tests.control_api.support.library import AUDIO, add_track, add_track_with_files

SECRET = "a secret for tests only"


def token(url: str) -> str:
    return url.partition("link=")[2]


async def file_url(api: Api, track_id: str, by: Account) -> str:
    return str((await api.get(f"/dj/track/{track_id}", by=by)).data["track"]["fileUrl"])


async def test_a_browser_plays_and_seeks_a_link_without_signing_in(api: Api) -> None:
    anna = await api.account("dj")
    url = await file_url(api, await add_track_with_files(api, anna), anna)
    whole = await api.get(url)
    assert (whole.status, whole.headers["Content-Type"], whole.body) == (200, "audio/mpeg", AUDIO)
    assert "Content-Disposition" not in whole.headers
    assert whole.headers["Cache-Control"] == "private, max-age=3600"
    part = await api.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status, part.body, part.headers["Content-Range"]) == (
        206,
        AUDIO[100:200],
        f"bytes 100-199/{len(AUDIO)}",
    )


async def test_a_link_lapses(api: Api, clock: MovingClock) -> None:
    anna = await api.account("dj")
    url = await file_url(api, await add_track_with_files(api, anna), anna)
    clock.advance(seconds=LIFETIME.total_seconds() - 1)
    assert (await api.get(url)).status == 200
    clock.advance(seconds=LIFETIME.total_seconds() + 1)
    reply = await api.get(url)
    assert (reply.status, reply.code) == (403, "LINK_INVALID")


async def test_a_link_to_what_was_deleted_or_is_not_ready_any_more_leads_nowhere(api: Api) -> None:
    anna = await api.account("dj")
    gone, held = await add_track_with_files(api, anna), await add_track_with_files(api, anna)
    urls = [await file_url(api, track_id, anna) for track_id in (gone, held)]
    await api.send("DELETE", f"/dj/track/{gone}", by=anna)
    await api.execute("update track set status = 'held', problem_code = 'COPYRIGHT_CLAIM' where id = $1", held)
    replies = [await api.get(url) for url in urls]
    assert [(reply.status, reply.code) for reply in replies] == [(404, "TRACK_NOT_FOUND"), (409, "TRACK_NOT_READY")]


async def test_a_link_of_another_server_or_for_another_file_opens_nothing(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna)
    url = await file_url(api, track_id, anna)
    forged = FileLinks("another secret", "/api/v1", utc_now).url(LinkedFile.TRACK, uuid4())
    raw = bytearray(base64.urlsafe_b64decode(token(url) + "=="))
    raw[5] ^= 1
    swapped = f"/api/v1/files?link={base64.urlsafe_b64encode(raw).decode().rstrip('=')}"
    for wrong in (forged, swapped, url + "A", url[:-4], "/api/v1/files?link=x", "/api/v1/files?link=%F0%9F%98%80"):
        reply = await api.get(wrong)
        assert (reply.status, reply.code) == (403, "LINK_INVALID"), wrong
    assert (await api.get("/api/v1/files")).status == 422


def test_links_made_within_an_hour_are_the_same_so_that_browsers_keep_what_they_fetched() -> None:
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    file_id = uuid4()
    at = [hour, hour + timedelta(minutes=59, seconds=59), hour + timedelta(hours=1)]
    urls = [FileLinks(SECRET, "", lambda now=now: now).url(LinkedFile.TRACK, file_id) for now in at]  # type: ignore[misc]
    assert urls[0] == urls[1] != urls[2]


@pytest.mark.parametrize("kind", LinkedFile)
def test_a_link_is_read_as_it_was_made(kind: LinkedFile) -> None:
    links, file_id = FileLinks(SECRET, "", utc_now), uuid4()
    assert links.read(token(links.url(kind, file_id))) == Link(kind, file_id)


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_nonsense_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(LinkInvalid):
        FileLinks(SECRET, "", utc_now).read(text)
