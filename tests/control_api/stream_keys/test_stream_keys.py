"""Claims about stream keys: shown once, known by hash alone, and good for nothing once they were taken away."""

import logging

import pytest

from control_api.stream_keys.models import FORM
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import TARGETS_SECRET, Announcements, Api, MovingClock
from tests.control_api.support.encoder import ask, let_in, new_key
from tests.control_api.support.media_worker import SnapshotWriter
from tests.support.waiting import eventually

OTHER_SECRET = "B" * 43


async def test_a_key_is_shown_once_and_kept_nowhere(api: Api) -> None:
    anna = await api.account("dj")
    key, secret = await new_key(api, anna, "Studio")
    assert FORM.fullmatch(secret)
    assert (key["label"], key["hint"], key["revokedAt"]) == ("Studio", secret[-4:], None)
    listed = await api.get("/stream/keys", by=anna)
    assert listed.data["keys"] == [key]
    assert secret not in str(listed.body)
    rows = await api.execute("select k::text as text from stream_key k")
    assert all(secret not in row["text"] for row in rows)


async def test_the_server_is_named_as_the_browser_reached_us(start_api: StartApi) -> None:
    api = await start_api(rtmps_port=1936)
    server = (await api.get("/stream/keys", by=await api.account("dj"))).data["server"]
    assert server == {
        "rtmpUrl": "rtmp://127.0.0.1:1935/live",
        "rtmpsUrl": "rtmps://127.0.0.1:1936/live",
        "srtUrl": None,
    }


async def test_the_server_is_named_as_it_is_set(start_api: StartApi) -> None:
    api = await start_api(rtmp_public_url="rtmp://live.example.com/live", srt_public_url="srt://live.example.com:9000")
    server = (await api.get("/stream/keys", by=await api.account("dj"))).data["server"]
    assert (server["rtmpUrl"], server["srtUrl"]) == ("rtmp://live.example.com/live", "srt://live.example.com:9000")


async def test_there_are_five_at_most_and_a_revoked_one_makes_room(api: Api) -> None:
    anna = await api.account("performer")
    keys = [(await new_key(api, anna))[0] for _ in range(5)]
    assert (await api.post("/stream/keys", {}, by=anna)).code == "TOO_MANY_STREAM_KEYS"
    await api.send("DELETE", f"/stream/keys/{keys[0]['id']}", by=anna)
    assert (await api.post("/stream/keys", {}, by=anna)).status == 201


async def test_a_key_of_somebody_else_is_there_for_nobody(api: Api) -> None:
    anna, mallory = await api.account("dj"), await api.account("dj")
    key, secret = await new_key(api, anna)
    for method, path in (("POST", f"/stream/keys/{key['id']}/rotate"), ("DELETE", f"/stream/keys/{key['id']}")):
        assert (await api.send(method, path, by=mallory)).code == "STREAM_KEY_NOT_FOUND"
    assert (await api.get("/stream/keys", by=mallory)).data["keys"] == []
    await let_in(api, secret)


@pytest.mark.parametrize("how", ["rotate", "revoke"])
async def test_taking_a_key_away_ends_what_comes_with_it_and_nothing_else(
    api: Api, worker: SnapshotWriter, announcements: Announcements, how: str
) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    key, secret = await new_key(api, anna)
    _, other_secret = await new_key(api, bert)
    stream_id = (await let_in(api, secret))["streamId"]
    other_id = (await let_in(api, other_secret))["streamId"]
    for id_ in (stream_id, other_id):
        worker.room(id_, "live")
    await worker.write()

    async def is_live() -> bool:
        return bool((await api.get(f"/stream/{stream_id}")).data["stream"]["mediaState"] == "live")

    await eventually(is_live)
    if how == "rotate":
        new_secret = (await api.post(f"/stream/keys/{key['id']}/rotate", by=anna)).data["secret"]
        assert new_secret != secret
        assert (await ask(api, secret)).code == "STREAM_KEY_INVALID"
    else:
        await api.send("DELETE", f"/stream/keys/{key['id']}", by=anna)
        assert (await ask(api, secret)).code == "STREAM_KEY_REVOKED"
    assert {"command": "end_stream", "stream_id": stream_id} in await worker.commands()
    assert (await api.get(f"/stream/{stream_id}")).data["stream"]["endedReason"] == "ended"
    assert (await api.get(f"/stream/{other_id}")).data["stream"]["status"] == "live"
    assert announcements.states[-1].status == "ended"


async def test_when_a_key_was_used_last_is_told(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    key, secret = await new_key(api, anna)
    assert key["lastUsedAt"] is None
    await let_in(api, secret)
    [listed] = (await api.get("/stream/keys", by=anna)).data["keys"]
    assert listed["lastUsedAt"] is not None


async def test_keys_outlive_a_change_of_the_secret_that_hashes_them(
    start_api: StartApi, worker: SnapshotWriter
) -> None:
    before = await start_api()
    anna = await before.account("dj")
    _, secret = await new_key(before, anna)
    during = await start_api(targets_secret=OTHER_SECRET, targets_secrets_old=TARGETS_SECRET)
    await let_in(during, secret)
    # It is known by the new one now, so that the old one may go.
    after = await start_api(targets_secret=OTHER_SECRET)
    await let_in(after, secret)
    assert (await ask(before, secret)).code == "STREAM_KEY_INVALID"


async def test_revoked_keys_are_forgotten_in_the_end(api: Api, start_api: StartApi, clock: MovingClock) -> None:
    anna = await api.account("dj")
    key, _ = await new_key(api, anna)
    await api.send("DELETE", f"/stream/keys/{key['id']}", by=anna)
    clock.advance(days=91)
    # Housekeeping is done when a process starts.
    await start_api()

    async def is_gone() -> bool:
        return await api.execute("select from stream_key") == []

    await eventually(is_gone)


async def test_keys_do_not_come_into_the_log(
    api: Api, worker: SnapshotWriter, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    anna = await api.account("dj")
    key, secret = await new_key(api, anna)
    await let_in(api, secret)
    rotated = (await api.post(f"/stream/keys/{key['id']}/rotate", by=anna)).data["secret"]
    await ask(api, secret)
    await ask(api, rotated + "x")
    logged = "".join(capfd.readouterr()) + caplog.text
    assert "stream_key_rotated" in logged
    assert "encoder_refused" in logged
    assert secret not in logged
    assert rotated not in logged
