"""Claims about playing replays: playlists, media, and who may see them."""

import io
from typing import Any
from urllib.parse import urljoin

import av
import pytest

from tests.control_api.conftest import StartApi
from tests.control_api.replays.conftest import AAC, AVC, Recorded, kept, live, record, recorder_of
from tests.control_api.support.api import Account, Api, MovingClock, Reply
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.recorder import Piece, audio, video


async def playlist(api: Api, path: str, by: Account | None = None) -> list[str]:
    reply = await api.get(path, by=by)
    assert reply.status == 200, reply.body
    assert reply.headers["Content-Type"].startswith("application/vnd.apple.mpegurl")
    lines: list[str] = reply.body.decode().splitlines()
    assert lines[0] == "#EXTM3U"
    return lines


def uris(lines: list[str]) -> list[str]:
    return [line for line in lines if line and not line.startswith("#")]


def starting(lines: list[str], tag: str) -> list[str]:
    return [line for line in lines if line.startswith(tag)]


async def watch(api: Api, replay_id: str, by: Account | None = None) -> dict[str, Any]:
    data: dict[str, Any] = (await api.post(f"/replay/{replay_id}/watch", by=by)).data
    return data


async def movie(api: Api, playlist_url: str, lines: list[str]) -> bytes:
    """All that a playlist names, one after the other."""
    named = [line.split('"')[1] for line in starting(lines, "#EXT-X-MAP")] + uris(lines)
    replies = [await api.get(urljoin(playlist_url, name)) for name in named]
    assert {reply.status for reply in replies} == {200}
    return b"".join(reply.body for reply in replies)


async def test_a_replay_is_played_as_its_playlists_say(api: Api, recorded: Recorded) -> None:
    replay_id, _ = await recorded(await api.account("dj"), seconds=3)
    url = (await watch(api, replay_id))["playlistUrl"]
    assert url == f"/api/v1/replay/{replay_id}/index.m3u8"
    master = await playlist(api, url)
    [variant] = starting(master, "#EXT-X-STREAM-INF")
    assert f'CODECS="{AVC},{AAC}"' in variant
    assert "RESOLUTION=64x48" in variant
    assert 'AUDIO="audio"' in variant
    assert int(variant.split("BANDWIDTH=")[1].split(",")[0]) > 1_000
    assert uris(master) == ["video.m3u8"]
    media = await playlist(api, urljoin(url, "video.m3u8"))
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in media
    assert media[-1] == "#EXT-X-ENDLIST"
    assert starting(media, "#EXT-X-PROGRAM-DATE-TIME") == ["#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z"]
    content = await movie(api, urljoin(url, "video.m3u8"), media)
    with av.open(io.BytesIO(content), "r") as container:
        assert sum(1 for _ in container.decode(video=0)) == 30


async def test_players_of_all_kinds_read_the_playlists(api: Api, recorded: Recorded, tmp_path: Any) -> None:
    """ffmpeg over HTTP, as one that is not ours."""
    replay_id, _ = await recorded(await api.account("dj"), seconds=3)
    url = api.base_url + (await watch(api, replay_id))["playlistUrl"]
    import asyncio

    def decode() -> tuple[int, int]:
        with av.open(url, "r") as container:
            frames = [0, 0]
            for frame in container.decode(container.streams.video[0], container.streams.audio[0]):
                frames[isinstance(frame, av.AudioFrame)] += 1
            return frames[0], frames[1]

    pictures, sounds = await asyncio.to_thread(decode)
    assert pictures == 30
    assert sounds >= 3 * 48_000 // 1_024


async def test_the_playlist_of_a_recording_grows_and_then_ends(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 2)
    await kept(recorder)
    path = f"/replay/{recorder.recording_id}/video.m3u8"
    before = await playlist(api, path)
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in before
    assert "#EXT-X-TARGETDURATION:10" in before
    assert "#EXT-X-ENDLIST" not in before
    await recorder.over()
    await kept(recorder)
    after = await playlist(api, path)
    assert uris(after) == uris(before)
    assert after[-1] == "#EXT-X-ENDLIST"
    assert "#EXT-X-TARGETDURATION:1" in after


async def test_a_publisher_who_came_again_is_a_discontinuity_and_a_chapter(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 2)
    init, pieces = video(2, width=96, height=64)
    await recorder.init("video", init, init=1, kind="video", codec="avc1.42c00b", size=(96, 64))
    for number, piece in enumerate(pieces):
        date = recorder.started_at + 60 + number
        await recorder.segment("video", piece, init=1, discontinuity=number == 0, date_time=date)
    await recorder.over()
    await kept(recorder)
    lines = await playlist(api, f"/replay/{recorder.recording_id}/video.m3u8")
    first = lines.index("#EXT-X-DISCONTINUITY")
    assert lines.count("#EXT-X-DISCONTINUITY") == 1
    assert lines[first + 1] == '#EXT-X-MAP:URI="media/video-init-1.mp4"'
    assert lines[first + 2] == "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:14:20.000Z"
    replay = (await api.get(f"/replay/{recorder.recording_id}")).data["replay"]
    assert replay["chapters"] == [{"atS": 0, "title": "Part 1"}, {"atS": 2, "title": "Part 2"}]
    assert replay["renditions"][0] == {"name": "video", "width": 96, "height": 64}
    master = await playlist(api, f"/replay/{recorder.recording_id}/index.m3u8")
    assert f'CODECS="{AVC},avc1.42c00b,{AAC}"' in starting(master, "#EXT-X-STREAM-INF")[0]


async def test_a_larger_picture_on_the_same_clock_is_a_map_and_no_discontinuity(
    api: Api, worker: SnapshotWriter
) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await recorder.init("video", b"one", kind="video", codec=AVC, size=(64, 48))
    await recorder.segment("video", Piece(b"a", 1.5, 0.0))
    await recorder.init("video", b"two", init=1, kind="video", codec=AVC, size=(128, 96))
    await recorder.segment("video", Piece(b"b", 1.5, 1.5), init=1)
    await kept(recorder)
    lines = await playlist(api, f"/replay/{recorder.recording_id}/video.m3u8")
    assert len(starting(lines, "#EXT-X-MAP")) == 2
    assert "#EXT-X-DISCONTINUITY" not in lines


async def test_sound_alone_is_a_replay_too(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    init, pieces = audio(2)
    await recorder.init("audio", init, kind="audio", codec=AAC)
    await recorder.init("opus", init, kind="audio", codec="opus")
    for piece in pieces:
        await recorder.segment("audio", piece)
        await recorder.segment("opus", piece)
    await kept(recorder)
    master = await playlist(api, f"/replay/{recorder.recording_id}/index.m3u8")
    assert uris(master) == ["audio.m3u8", "opus.m3u8"]
    assert "RESOLUTION" not in "".join(master)


async def test_of_a_replay_without_segments_there_is_nothing_to_play(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    for path in ("index.m3u8", "video.m3u8", "media/video-101.m4s", "media/video-init-0.mp4", "thumbnail.jpg"):
        assert (await api.get(f"/replay/{recorder.recording_id}/{path}")).code == "REPLAY_NOT_FOUND"


@pytest.mark.parametrize(
    "path",
    ["media/..%2f..%2fsecret.m4s", "media/%2e%2e/x.m4s", "media/video-101.txt", "media/", "..%2findex.m3u8",
     "VIDEO.m3u8", "media/download-x.mp4.m4s"],
    ids=range(7),
)  # fmt: skip
async def test_nothing_else_is_found_there(api: Api, recorded: Recorded, path: str) -> None:
    replay_id, _ = await recorded(await api.account("dj"), seconds=1)
    assert (await api.get(f"/replay/{replay_id}/{path}")).status == 404


async def test_media_of_public_ones_may_be_kept_by_all_and_sent_in_part(api: Api, recorded: Recorded) -> None:
    replay_id, _ = await recorded(await api.account("dj"), seconds=1)
    path = f"/replay/{replay_id}/media/video-101.m4s"
    whole = await api.get(path)
    assert whole.headers["Cache-Control"] == "public, max-age=86400, immutable"
    part = await api.get(path, headers={"Range": "bytes=4-7"})
    assert (part.status, part.body) == (206, b"moof")
    assert part.headers["Content-Range"] == f"bytes 4-7/{len(whole.body)}"
    unchanged = await api.get(path, headers={"If-None-Match": whole.headers["ETag"]})
    assert unchanged.status == 304


async def test_players_have_a_limit_of_their_own(start_api: StartApi) -> None:
    api = await start_api(rate_limit_max_requests=50, rate_limit_media_max_requests=3)
    nowhere = "/replay/00000000-0000-4000-8000-000000000000"
    statuses = [(await api.get(f"{nowhere}/media/video-{number}.m4s")).status for number in range(4)]
    assert statuses == [404, 404, 404, 429]
    assert (await api.get(f"{nowhere}/with/x/video.m3u8")).status == 429
    assert (await api.get(nowhere)).status == 404


async def private(api: Api, replay_id: str, by: Account) -> None:
    reply = await api.send("PATCH", f"/replay/{replay_id}", json={"visibility": "private"}, by=by)
    assert reply.data["replay"]["visibility"] == "private"


async def test_a_private_replay_is_there_for_its_creator_alone(api: Api, recorded: Recorded) -> None:
    anna, mallory = await api.account("dj"), await api.account("dj")
    replay_id, _ = await recorded(anna, seconds=1)
    await private(api, replay_id, anna)
    for by in (None, mallory, await api.account("viewer")):
        for path in ("", "/index.m3u8", "/video.m3u8", "/media/video-101.m4s", "/thumbnail.jpg"):
            assert (await api.get(f"/replay/{replay_id}{path}", by=by)).code == "REPLAY_NOT_FOUND"
        assert (await api.post(f"/replay/{replay_id}/watch", by=by)).code == "REPLAY_NOT_FOUND"
        assert (await api.get("/stream/replays", by=by)).data["items"] == []
    assert [item["id"] for item in (await api.get("/stream/replays", by=anna)).data["items"]] == [replay_id]
    stream_id = (await api.get(f"/replay/{replay_id}", by=anna)).data["replay"]["streamId"]
    assert (await api.get(f"/stream/{stream_id}")).data["stream"]["replayId"] is None
    assert (await api.get(f"/stream/{stream_id}", by=anna)).data["stream"]["replayId"] == replay_id


async def test_a_private_replay_is_played_by_a_token_in_its_address_until_that_lapses(
    api: Api, recorded: Recorded, clock: MovingClock
) -> None:
    anna = await api.account("dj")
    replay_id, _ = await recorded(anna, seconds=2)
    await private(api, replay_id, anna)
    url = (await watch(api, replay_id, anna))["playlistUrl"]
    assert f"/replay/{replay_id}/with/" in url
    lines = await playlist(api, urljoin(url, uris(await playlist(api, url))[0]))
    content = await movie(api, urljoin(url, "video.m3u8"), lines)
    with av.open(io.BytesIO(content), "r") as container:
        assert sum(1 for _ in container.decode(video=0)) == 20
    segment = await api.get(urljoin(url, uris(lines)[0]))
    assert segment.headers["Cache-Control"].startswith("private, ")
    clock.advance(hours=14)
    assert (await api.get(url)).code == "LINK_INVALID"


async def test_a_token_is_good_for_nothing_else(api: Api, recorded: Recorded) -> None:
    anna = await api.account("dj")
    replay_id, _ = await recorded(anna, seconds=1)
    other_id, _ = await recorded(anna, seconds=1)
    for id_ in (replay_id, other_id):
        await private(api, id_, anna)
    watched = await watch(api, replay_id, anna)
    token = watched["playlistUrl"].split("/with/")[1].split("/")[0]
    tries: list[Reply] = [
        await api.get(f"/replay/{other_id}/with/{token}/index.m3u8"),
        await api.get(f"/replay/{replay_id}/with/{token}/download"),
        await api.get(f"/replay/{replay_id}/with/{token[:-2]}AA/index.m3u8"),
        await api.get(f"/replay/{replay_id}/with/x/index.m3u8"),
        await api.get(f"/replay/{replay_id}/with/%C3%A9/media/video-101.m4s"),
        await api.get(watched["downloadUrl"].replace("/download", "/index.m3u8")),
    ]
    assert {reply.code for reply in tries} == {"LINK_INVALID"}


async def test_only_its_creator_is_given_the_way_to_download(api: Api, recorded: Recorded) -> None:
    anna = await api.account("dj")
    replay_id, _ = await recorded(anna, seconds=1)
    assert (await watch(api, replay_id))["downloadUrl"] is None
    assert (await watch(api, replay_id, await api.account("dj")))["downloadUrl"] is None
    assert (await watch(api, replay_id, anna))["downloadUrl"] is not None


async def test_replays_are_listed_the_newest_first_and_by_creator(
    api: Api, recorded: Recorded, clock: MovingClock
) -> None:
    anna, bert = await api.account("dj"), await api.account("performer")
    ids = []
    for by in (anna, bert, anna):
        ids.append((await recorded(by, seconds=1, title=f"of {by.username}"))[0])
        clock.advance(minutes=1)
    listed = (await api.get("/stream/replays?perPage=2")).data
    assert [item["id"] for item in listed["items"]] == [ids[2], ids[1]]
    assert listed["pagination"]["total"] == 3
    of_anna = (await api.get(f"/stream/replays?creatorId={anna.user_id}", by=bert)).data["items"]
    assert [item["id"] for item in of_anna] == [ids[2], ids[0]]
    assert {item["creatorName"] for item in of_anna} == {anna.username}


async def test_a_replay_is_changed_by_its_creator_alone(api: Api, recorded: Recorded) -> None:
    anna, mallory = await api.account("dj"), await api.account("dj")
    replay_id, _ = await recorded(anna, seconds=1)
    changes = {"title": "Best of", "description": "Cut", "keepDays": 30}
    changed = (await api.send("PATCH", f"/replay/{replay_id}", json=changes, by=anna)).data["replay"]
    assert (changed["title"], changed["description"]) == ("Best of", "Cut")
    assert changed["keepUntil"] is not None
    kept_for_ever = await api.send("PATCH", f"/replay/{replay_id}", json={"keepDays": None}, by=anna)
    assert kept_for_ever.data["replay"]["keepUntil"] is None
    assert kept_for_ever.data["replay"]["title"] == "Best of"
    for method in ("PATCH", "DELETE"):
        assert (await api.send(method, f"/replay/{replay_id}", json={}, by=mallory)).code == "FORBIDDEN"
    for body in ({"keepDays": 0}, {"keepDays": "7"}, {"visibility": "secret"}, {"state": "ready"}):
        reply = await api.send("PATCH", f"/replay/{replay_id}", json=body, by=anna)
        assert reply.code == "VALIDATION_ERROR"
