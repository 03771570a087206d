"""Claims about removing messages and silencing people."""

from uuid import uuid4

import pytest

from tests.control_api.chat.conftest import live_stream, read, texts, write
from tests.control_api.mixes.conftest import invite, open_booth
from tests.control_api.mixes.conftest import mixer as mixer
from tests.control_api.support.api import Account, Api, Reply
from tests.control_api.support.mixer import MixerStandIn

pytestmark = pytest.mark.usefixtures("worker")


async def remove(api: Api, stream_id: str, message_id: str, by: Account) -> Reply:
    return await api.send("DELETE", f"/stream/chat/{stream_id}/message/{message_id}", by=by)


async def silence(api: Api, stream_id: str, whom: object, by: Account) -> Reply:
    return await api.post(f"/stream/chat/{stream_id}/silence", {"userId": str(whom)}, by=by)


async def lift(api: Api, stream_id: str, whom: object, by: Account) -> Reply:
    return await api.send("DELETE", f"/stream/chat/{stream_id}/silence/{whom}", by=by)


async def test_moderators_remove_messages_and_others_do_not(api: Api, mixer: MixerStandIn) -> None:
    anna, bert, other, admin, author = [await api.account(role) for role in ("dj", "dj", "dj", "admin", "viewer")]
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    await api.post("/dj/start-stream", {"title": "b2b"}, by=anna)
    messages = [(await write(api, mix_id, f"{n}", author)).data["message"]["id"] for n in range(3)]
    for stranger in (other, author):
        assert (await remove(api, mix_id, messages[0], stranger)).code == "FORBIDDEN"
    assert await texts(api, mix_id) == ["2", "1", "0"]
    for moderator, message_id in zip((anna, bert, admin), messages, strict=True):
        assert (await remove(api, mix_id, message_id, moderator)).status == 200
        assert (await remove(api, mix_id, message_id, moderator)).code == "MESSAGE_NOT_FOUND"
    assert await texts(api, mix_id) == []


async def test_a_message_is_removed_in_its_own_chat_alone(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    hers, his = await live_stream(api, anna), await live_stream(api, bert)
    message_id = (await write(api, hers, "mine", anna)).data["message"]["id"]
    assert (await remove(api, his, message_id, bert)).code == "MESSAGE_NOT_FOUND"
    assert (await remove(api, his, str(uuid4()), bert)).code == "MESSAGE_NOT_FOUND"
    assert await texts(api, hers) == ["mine"]


async def test_who_is_silenced_reads_on_and_writes_again_when_it_is_lifted(api: Api) -> None:
    creator, author = await api.account("dj"), await api.account()
    stream_id = await live_stream(api, creator)
    elsewhere = await live_stream(api, await api.account("dj"))
    for _ in range(2):
        assert (await silence(api, stream_id, author.user_id, creator)).status == 200
    reply = await write(api, stream_id, "but", author)
    assert (reply.status, reply.code) == (403, "CHAT_SILENCED")
    assert (await read(api, stream_id, by=author))["isSilenced"] is True
    assert (await write(api, elsewhere, "here then", author)).status == 201
    listed = (await api.get(f"/stream/chat/{stream_id}/silence", by=creator)).data
    assert [(one["userId"], one["username"]) for one in listed["items"]] == [(str(author.user_id), author.username)]
    assert listed["pagination"]["total"] == 1
    for _ in range(2):
        assert (await lift(api, stream_id, author.user_id, creator)).status == 200
    assert (await write(api, stream_id, "sorry", author)).status == 201
    assert (await read(api, stream_id, by=author))["isSilenced"] is False


async def test_only_moderators_silence_and_know_who_is(api: Api) -> None:
    creator, author, other = await api.account("dj"), await api.account(), await api.account("dj")
    stream_id = await live_stream(api, creator)
    assert (await silence(api, stream_id, author.user_id, other)).code == "FORBIDDEN"
    assert (await silence(api, stream_id, author.user_id, creator)).status == 200
    assert (await lift(api, stream_id, author.user_id, author)).code == "FORBIDDEN"
    assert (await api.get(f"/stream/chat/{stream_id}/silence", by=author)).code == "FORBIDDEN"
    assert (await write(api, stream_id, "x", author)).code == "CHAT_SILENCED"


async def test_moderators_cannot_be_silenced_and_nobody_cannot_either(api: Api) -> None:
    creator, admin = await api.account("dj"), await api.account("admin")
    stream_id = await live_stream(api, creator)
    for whom, by in ((creator, creator), (creator, admin), (admin, creator)):
        assert (await silence(api, stream_id, whom.user_id, by)).code == "MODERATOR_STAYS"
    assert (await silence(api, stream_id, uuid4(), creator)).code == "USER_NOT_FOUND"
