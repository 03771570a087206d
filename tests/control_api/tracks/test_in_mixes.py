"""Claims about what mixes are told of tracks, and what they say of them."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from control_api.clock import utc_now
from control_api.db.pool import Database
from control_api.identity import UserId
from control_api.jobs.service import JobQueue
from control_api.tracks.errors import TrackNotFound, TrackNotReady
from control_api.tracks.models import PlayableTrack, TrackId
from control_api.tracks.service import TracksService
from tests.control_api.support.api import Api
from tests.control_api.support.library import UPLOADED, add_held_track, add_processing_track, add_track


class Listener:
    """Keeps what mixes would be told."""

    def __init__(self) -> None:
        self.told: list[PlayableTrack] = []

    async def track_edited(self, dj_id: UserId, track: PlayableTrack) -> None:
        self.told.append(track)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def tracks(database: Database, listener: Listener) -> TracksService:
    return TracksService(database, JobQueue(database, utc_now), listener)


async def test_a_playable_track_is_what_the_contract_says(api: Api, tracks: TracksService) -> None:
    anna = await api.account("dj")
    cues = [1.5, *[None] * 7]
    track_id = await add_track(api, anna, "Night Train", artist="Otto", bpm=124.0, grid_frame=100.0, hot_cues=cues)
    playable = await tracks.playable(UserId(anna.user_id), TrackId(UUID(track_id)))
    said = json.loads(json.dumps(playable.to_json()))
    assert set(said) == {
        *("track_id", "content_id", "object_key", "suffix", "title", "artist", "duration_s", "bpm", "grid_frame"),
        *("key", "camelot", "trim_db", "hot_cues", "cue_frame", "structure"),
    }
    assert (said["track_id"], said["suffix"], said["hot_cues"]) == (track_id, ".wav", cues)
    assert said["object_key"] == (await api.execute("select original_key from track"))[0]["original_key"]


async def test_nobody_plays_what_is_not_ready_or_not_theirs(api: Api, tracks: TracksService) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    for track_id in (await add_held_track(api, anna), await add_processing_track(api, anna)):
        with pytest.raises(TrackNotReady):
            await tracks.playable(UserId(anna.user_id), TrackId(UUID(track_id)))
    ready = TrackId(UUID(await add_track(api, anna)))
    with pytest.raises(TrackNotFound):
        await tracks.playable(UserId(bert.user_id), ready)


async def test_mixes_are_told_of_what_a_deck_would_show(api: Api, tracks: TracksService, listener: Listener) -> None:
    anna = await api.account("dj")
    owner, track_id = UserId(anna.user_id), TrackId(UUID(await add_track(api, anna)))
    await tracks.edit(owner, track_id, {"comment": "not for decks"})
    assert listener.told == []
    await tracks.edit(owner, track_id, {"bpm": 120.0, "grid_frame": 10.0})
    assert [(track.bpm, track.grid_frame) for track in listener.told] == [(120.0, 10.0)]
    held = TrackId(UUID(await add_held_track(api, anna)))
    await tracks.edit(owner, held, {"title": "nobody plays it"})
    assert len(listener.told) == 1


async def test_what_mixers_say_is_kept_and_a_track_that_is_gone_is_no_error(
    api: Api, tracks: TracksService, database: Database
) -> None:
    anna = await api.account("dj")
    track_id = TrackId(UUID(await add_track(api, anna)))
    async with database.transaction() as connection:
        await tracks.hot_cues_changed(connection, track_id, [None, 5.0, *[None] * 6])
        await tracks.played(connection, track_id, UPLOADED)
        await tracks.played(connection, track_id, UPLOADED - timedelta(hours=1))
    track = (await api.get(f"/dj/track/{track_id}", by=anna)).data["track"]
    assert track["hotCues"][1] == 5.0
    assert (track["playCount"], track["lastPlayedAt"]) == (2, "2026-03-01T20:15:00Z")
    await api.send("DELETE", f"/dj/track/{track_id}", by=anna)
    async with database.transaction() as connection:
        await tracks.hot_cues_changed(connection, track_id, [None] * 8)
        await tracks.played(connection, track_id, UPLOADED)
        with pytest.raises(ValueError, match="eight frames"):
            await tracks.hot_cues_changed(connection, track_id, [float("nan"), *[None] * 7])
