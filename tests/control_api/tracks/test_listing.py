"""Claims about the list of a DJ's tracks: pages, order, filters."""

from datetime import timedelta
from typing import Any

import pytest

from tests.control_api.support.api import Api
from tests.control_api.support.library import (
    UPLOADED,
    add_held_track,
    add_processing_track,
    add_track,
    add_track_with_files,
    library_titles,
)

TRACK_FIELDS = {
    *("id", "title", "artist", "album", "genre", "year", "comment", "fileUrl", "fileSize", "duration", "durationS"),
    *(
        "metadata",
        "scanned",
        "scanResults",
        "uploadDate",
        "status",
        "problem",
        "decision",
        "bpm",
        "bpmConfidence",
        "grid",
    ),
    *("gridEdited", "key", "camelot", "lufs", "trimDb", "structure", "hotCues", "cueFrame", "hasCover", "playCount"),
    *("lastPlayedAt", "crateIds"),
}


async def test_a_track_is_shown_as_the_contract_says(api: Api) -> None:
    anna = await api.account("dj")
    cues = [48_000.0, *[None] * 7]
    track_id = await add_track_with_files(
        api, anna, "Night Train", artist="Otto", bpm=124.5, grid_frame=24_000.0, musical_key="Am", camelot="8A",
        hot_cues=cues, structure={"sound_start_s": 0.1}, lufs=-9.5, trim_db=-4.5,
    )  # fmt: skip
    (track,) = (await api.get("/dj/tracks", by=anna)).data["items"]
    assert set(track) == TRACK_FIELDS
    assert track == (await api.get(f"/dj/track/{track_id}", by=anna)).data["track"]
    assert (track["duration"], track["durationS"]) == (240, 240.5)
    assert track["grid"] == {"bpm": 124.5, "firstDownbeatS": 0.5}
    assert (track["key"], track["camelot"], track["hotCues"]) == ("Am", "8A", cues)
    assert (track["status"], track["problem"], track["hasCover"]) == ("ready", None, True)
    assert track["fileUrl"].startswith("/api/v1/files?link=")


async def test_what_is_held_or_processed_says_so_and_gives_no_file(api: Api) -> None:
    anna = await api.account("dj")
    await add_held_track(api, anna, "held")
    await add_processing_track(api, anna, "processing")
    tracks = {track["title"]: track for track in (await api.get("/dj/tracks", by=anna)).data["items"]}
    assert tracks["held"]["problem"] == {"code": "COPYRIGHT_CLAIM", "message": "Somebody claims it."}
    assert tracks["processing"]["durationS"] is tracks["processing"]["duration"] is None
    assert tracks["held"]["fileUrl"] is tracks["processing"]["fileUrl"] is None


async def test_a_dj_sees_their_own_tracks_alone(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    of_anna = await add_track(api, anna, "anna's")
    await add_track(api, bert, "bert's")
    assert await library_titles(api, anna) == ["anna's"]
    assert await library_titles(api, bert, "?search=anna") == []
    reply = await api.get(f"/dj/track/{of_anna}", by=bert)
    assert (reply.status, reply.code) == (404, "TRACK_NOT_FOUND")


async def test_the_library_comes_in_pages_the_newest_first(api: Api) -> None:
    anna = await api.account("dj")
    for n in range(5):
        await add_track(api, anna, f"track {n}", upload_date=UPLOADED + timedelta(minutes=n))
    page = (await api.get("/dj/tracks?page=2&perPage=2", by=anna)).data
    assert [track["title"] for track in page["items"]] == ["track 2", "track 1"]
    assert page["pagination"] == {"total": 5, "page": 2, "perPage": 2, "totalPages": 3}
    beyond = (await api.get("/dj/tracks?page=9", by=anna)).data
    assert (beyond["items"], beyond["pagination"]["total"]) == ([], 5)


async def test_tracks_alike_are_each_on_one_page(api: Api) -> None:
    anna = await api.account("dj")
    for _ in range(7):
        await add_track(api, anna, "same", bpm=120.0)
    pages = [(await api.get(f"/dj/tracks?sort=bpm&perPage=2&page={n}", by=anna)).data["items"] for n in (1, 2, 3, 4)]
    assert len({track["id"] for page in pages for track in page}) == 7


LIBRARY: dict[str, dict[str, Any]] = {
    "Ångström": {"artist": "zoe", "bpm": 99.5, "camelot": "12B", "duration_s": 300.0, "play_count": 2, "year": 1999},
    "beta": {"artist": "Émile", "bpm": 128.0, "camelot": "1A", "duration_s": 200.0, "play_count": 9, "year": 2024},
    "Charlie": {"artist": "adam", "bpm": None, "camelot": None, "duration_s": 100.0, "play_count": 0, "year": None},
    "delta": {"artist": "Bob", "bpm": 140.0, "camelot": "2A", "duration_s": 400.0, "play_count": 4, "year": 2010},
    "Echo": {"artist": "carl", "bpm": 90.0, "camelot": "1B", "duration_s": 150.0, "play_count": 1, "year": 2011},
}


@pytest.mark.parametrize(
    ("sort", "ascending"),
    [
        ("title", "A b C d E"),
        ("artist", "C d E b A"),
        ("bpm", "E A b d C"),
        ("key", "b E d A C"),
        ("duration", "C E b A d"),
        ("playCount", "C E A d b"),
        ("year", "A d E b C"),
        ("uploadDate", "A b C d E"),
    ],
)
async def test_the_library_is_sorted_either_way_and_what_has_no_value_comes_last(
    api: Api, sort: str, ascending: str
) -> None:
    anna = await api.account("dj")
    for n, (title, columns) in enumerate(LIBRARY.items()):
        await add_track(api, anna, title, upload_date=UPLOADED + timedelta(minutes=n), **columns)
    up = [title[0] for title in await library_titles(api, anna, f"?sort={sort}&order=asc")]
    down = [title[0] for title in await library_titles(api, anna, f"?sort={sort}&order=desc")]
    expected = ascending.replace("A", "Å").split()
    assert up == expected
    without = [letter for letter in expected if letter == "C"] if sort in {"bpm", "key", "year"} else []
    assert down == [*reversed(expected[: len(expected) - len(without)]), *without]


async def test_filters_narrow_together(api: Api) -> None:
    anna = await api.account("dj")
    await add_track(api, anna, "house", genre="Deep House", bpm=122.0, camelot="8A")
    await add_track(api, anna, "fast house", genre="deep house", bpm=130.0, camelot="9A")
    await add_track(api, anna, "techno", genre="Techno", bpm=130.0, camelot="8B")
    await add_track(api, anna, "beatless", genre="Ambient")
    await add_held_track(api, anna, "held")
    for query, expected in {
        "genre=deep%20HOUSE": {"house", "fast house"},
        "camelot=8A,8b": {"house", "techno"},
        "camelot=8A&camelot=9A": {"house", "fast house"},
        "bpmMin=130": {"fast house", "techno"},
        "bpmMax=125": {"house"},
        "bpmMin=121&bpmMax=131&genre=techno": {"techno"},
        "status=held": {"held"},
        "status=ready&search=beat": {"beatless"},
        "search=&genre=&camelot=": {"house", "fast house", "techno", "beatless", "held"},
    }.items():
        assert set(await library_titles(api, anna, f"?{query}")) == expected, query


async def test_a_crate_narrows_the_list_and_another_djs_does_not_exist(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    inside = await add_track(api, anna, "inside")
    await add_track(api, anna, "outside")
    crate_id = (await api.post("/dj/crates", {"name": "Warm-up"}, by=anna)).data["crate"]["id"]
    await api.send("PUT", f"/dj/crates/{crate_id}/tracks/{inside}", by=anna)
    (track,) = (await api.get(f"/dj/tracks?crateId={crate_id}", by=anna)).data["items"]
    assert (track["title"], track["crateIds"]) == ("inside", [crate_id])
    reply = await api.get(f"/dj/tracks?crateId={crate_id}", by=bert)
    assert (reply.status, reply.code) == (404, "CRATE_NOT_FOUND")


@pytest.mark.parametrize(
    "query",
    ["sort=file_name", "sort=id", "order=up", "status=gone", "bpmMin=x", "bpmMin=nan", "bpmMax=1e9", "camelot=13A",
     "camelot=8C", "crateId=1", "search=" + "x" * 101, "perPage=101", "nothing=1"],
)  # fmt: skip
async def test_a_query_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    reply = await api.get(f"/dj/tracks?{query}", by=await api.account("dj"))
    assert (reply.status, reply.code) == (422, "VALIDATION_ERROR")
