"""A mixer beside the API, and DJs with tracks."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from tests.control_api.support.api import Account, Api
from tests.control_api.support.mixer import MixerStandIn, running_mixer


@pytest.fixture
async def mixer(valkey_url: str) -> AsyncIterator[MixerStandIn]:
    async with running_mixer(MixerStandIn(valkey_url, "mixer-1")) as stand_in:
        yield stand_in


async def open_booth(api: Api, by: Account) -> str:
    """The id of a new mix, and of its stream."""
    reply = await api.post("/dj/mix", by=by)
    assert reply.status == 201, reply.body
    return str(reply.data["mix"]["id"])


async def invite(api: Api, mix_id: str, by: Account, guest: Account) -> None:
    assert (await api.post(f"/dj/mix/{mix_id}/members", {"username": guest.username}, by=by)).status == 200


async def ready_track(api: Api, of: Account, *, status: str = "ready", title: str = "Two swords") -> UUID:
    """A track as inspection leaves it."""
    track_id = uuid4()
    problem = "COPYRIGHT" if status in {"held", "rejected"} else None
    await api.execute(
        "insert into track (id, dj_id, status, problem_code, file_name, suffix, file_size, upload_date, content_id,"
        " original_key, audio_key, title, artist, duration_s, bpm, grid_frame)"
        " values ($1, $2, $3, $4, 'a.wav', '.wav', 9, now(), $5, $6, $6, $7, 'The Beat', 180, 125, 4800)",
        track_id,
        of.user_id,
        status,
        problem,
        "a" * 64,
        f"tracks/{track_id}",
        title,
    )
    return track_id
