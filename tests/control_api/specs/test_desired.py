"""Claims about what media workers are told to do with a stream."""

import json
from typing import Any

import pytest
from redis.asyncio import Redis

from control_api.vault import Vault
from media_server.egress.restream.sealed_keys import KeyOpener
from media_server.sessions.spec import StreamSpec
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import TARGETS_SECRET, Account, Api
from tests.control_api.support.encoder import let_in, new_key
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually

TARGET = {"platform": "custom", "label": "Mirror", "url": "rtmp://live.example.com/app", "key": "secret-stream-key"}


async def spec_of(valkey: Redis, stream_id: str) -> dict[str, Any] | None:
    raw = await valkey.get(f"media:spec:{stream_id}")
    return json.loads(raw) if raw is not None else None


async def written(valkey: Redis, stream_id: str, above: int = 0) -> dict[str, Any]:
    """The spec, as soon as it has a revision above that."""
    found: dict[str, Any] = {}

    async def is_there() -> bool:
        found.clear()
        found.update(await spec_of(valkey, stream_id) or {})
        return bool(found.get("revision", 0) > above)

    await eventually(is_there)
    return found


async def live(api: Api, by: Account) -> str:
    return str((await api.post(f"/{by.role}/start-stream", {"title": "x"}, by=by)).data["stream"]["id"])


async def test_a_live_stream_has_a_spec_until_it_ends(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    stream_id = await live(api, anna)
    spec = await written(worker.valkey, stream_id)
    assert spec == {
        "stream_id": stream_id,
        "revision": 1,
        "creator_id": str(anna.user_id),
        "recording": None,
        "rewind_s": 7_200,
        "ladder": True,
        "targets": [],
    }
    assert await worker.valkey.ttl(f"media:spec:{stream_id}") > 80_000
    await api.post("/dj/end-stream", by=anna)

    async def is_gone() -> bool:
        return await spec_of(worker.valkey, stream_id) is None

    await eventually(is_gone)


async def test_each_change_has_a_higher_revision_and_is_announced(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    async with worker.valkey.pubsub() as pubsub:
        await pubsub.subscribe("media:spec-changed")
        stream_id = await live(api, anna)
        first = await written(worker.valkey, stream_id)
        await api.post("/stream/targets", TARGET, by=anna)
        second = await written(worker.valkey, stream_id, first["revision"])
        told = [await pubsub.get_message(timeout=5) for _ in range(3)]
    assert second["revision"] == first["revision"] + 1
    assert [message["data"] for message in told if message and message["type"] == "message"] == [stream_id] * 2


async def test_a_targets_key_is_sealed_for_workers_and_bound_to_it(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    target = (await api.post("/stream/targets", TARGET, by=anna)).data["target"]
    await api.post("/stream/targets", TARGET | {"enabled": False}, by=anna)
    await api.post("/stream/targets", TARGET, by=await api.account("dj"))
    spec = await written(worker.valkey, await live(api, anna))
    [told] = spec["targets"]
    assert (told["target_id"], told["url"]) == (target["id"], TARGET["url"])
    assert TARGET["key"] not in json.dumps(spec)
    name = (await api.execute("select sealed_key from stream_target limit 1"))[0]["sealed_key"].partition(".")[0]
    vault = Vault([TARGETS_SECRET])
    assert vault.open(f"{name}.{told['sealed_key']}", bound_to=target["id"]) == TARGET["key"]
    with pytest.raises(ValueError, match="not what was sealed"):
        vault.open(f"{name}.{told['sealed_key']}", bound_to=str(anna.user_id))


async def test_workers_read_the_spec_and_open_its_keys(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    await api.post("/stream/targets", TARGET, by=anna)
    stream_id = await live(api, anna)
    await api.post(f"/stream/{stream_id}/recording", {"on": True}, by=anna)

    async def is_recorded() -> bool:
        return bool((await spec_of(worker.valkey, stream_id) or {}).get("recording"))

    await eventually(is_recorded)
    spec = StreamSpec.parse(str(await worker.valkey.get(f"media:spec:{stream_id}")))
    [target] = spec.targets
    assert KeyOpener(TARGETS_SECRET).open(target.target_id, target.sealed_key) == TARGET["key"]
    assert spec.recording is not None
    assert spec.recording.prefix == f"replays/{anna.user_id}/{stream_id}/{spec.recording.recording_id}"
    assert (spec.rewind_s, spec.ladder) == (7_200, True)


async def test_a_target_that_was_sealed_with_an_older_secret_is_sealed_anew(
    start_api: StartApi, worker: SnapshotWriter
) -> None:
    new_secret = "B" * 43
    api = await start_api(targets_secret=new_secret, targets_secrets_old=TARGETS_SECRET)
    anna = await api.account("dj")
    target = (await api.post("/stream/targets", TARGET, by=anna)).data["target"]
    older = Vault([TARGETS_SECRET]).seal("an older key", bound_to=target["id"])
    await api.execute("update stream_target set sealed_key = $1", older)
    stream_id = await live(api, anna)
    spec = await written(worker.valkey, stream_id)
    [row] = await api.execute("select sealed_key from stream_target")
    vault = Vault([new_secret])
    assert vault.open(row["sealed_key"], bound_to=target["id"]) == "an older key"
    # What workers have is what is kept, so that it does not change from round to round.
    assert spec["targets"][0]["sealed_key"] == vault.without_name(row["sealed_key"])


async def test_what_valkey_loses_is_written_again(start_api: StartApi, worker: SnapshotWriter) -> None:
    api = await start_api()
    stream_id = await live(api, await api.account("dj"))
    spec = await written(worker.valkey, stream_id)
    await worker.valkey.delete("media:specs", f"media:spec:{stream_id}")
    again = await written(worker.valkey, stream_id)
    assert again == spec | {"revision": again["revision"]}
    assert again["revision"] > spec["revision"]


async def test_what_is_no_spec_is_replaced(api: Api, worker: SnapshotWriter) -> None:
    stream_id = await live(api, await api.account("dj"))
    spec = await written(worker.valkey, stream_id)
    for raw in ("", "{", "[]", '{"revision": "x"}'):
        await worker.valkey.set(f"media:spec:{stream_id}", raw)

        async def is_right() -> bool:
            try:
                return bool((await spec_of(worker.valkey, stream_id) or {}).get("stream_id") == stream_id)
            except (ValueError, AttributeError):
                return False

        await eventually(is_right)
    assert (await written(worker.valkey, stream_id))["revision"] > spec["revision"]


async def test_two_processes_write_one_spec(start_api: StartApi, worker: SnapshotWriter) -> None:
    first, _second = await start_api(), await start_api()
    anna = await first.account("dj")
    _, secret = await new_key(first, anna)
    grant = await let_in(first, secret)
    spec = await written(worker.valkey, grant["streamId"])
    await first.post("/stream/targets", TARGET, by=anna)
    changed = await written(worker.valkey, grant["streamId"], spec["revision"])
    assert changed["revision"] == spec["revision"] + 1


async def test_what_is_only_announced_has_no_spec(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    when = "2099-01-01T20:00:00Z"
    await api.post("/stream/targets", TARGET, by=anna)
    await api.execute(
        "insert into stream (creator_id, creator_type, title, worker_id, status, media_state, media_state_since,"
        " start_time, publish_granted_at, scheduled_for) values ($1, 'dj', 'later', '', 'scheduled', 'waiting',"
        " now(), now(), now(), $2::text::timestamptz)",
        anna.user_id,
        when,
    )
    stream_id = await live(api, anna)
    await written(worker.valkey, stream_id)
    assert await worker.valkey.smembers("media:specs") == {stream_id}


async def test_specs_come_back_after_an_outage_of_valkey(
    start_api: StartApi, own_valkey: OwnValkey, database_url: str
) -> None:
    api = await start_api(redis_url=own_valkey.url)
    async with running_worker(SnapshotWriter(own_valkey.url, "worker-1")) as writer:
        stream_id = await live(api, await api.account("dj"))
        spec = await written(writer.valkey, stream_id)
        own_valkey.kill()
        own_valkey.start()
        async with Redis.from_url(own_valkey.url, decode_responses=True) as valkey:
            again = await written(valkey, stream_id)
    assert again | {"revision": 0} == spec | {"revision": 0}
