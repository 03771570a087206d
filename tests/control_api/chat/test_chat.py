"""Claims about writing into the chat of a stream, and reading it."""

from uuid import uuid4

import pytest

from control_api.identity import Role
from tests.control_api.chat.conftest import live_stream, read, texts, write
from tests.control_api.mixes.conftest import invite, open_booth
from tests.control_api.mixes.conftest import mixer as mixer
from tests.control_api.support.api import Api
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.mixer import MixerStandIn

pytestmark = pytest.mark.usefixtures("worker")


@pytest.mark.parametrize("role", list(Role))
async def test_everybody_who_is_signed_in_writes_and_everybody_reads(api: Api, role: Role) -> None:
    stream_id = await live_stream(api, await api.account("dj"))
    author = await api.account(role)
    reply = await write(api, stream_id, "  what a  set ", author)
    assert reply.status == 201
    message = reply.data["message"]
    assert message["text"] == "what a set"
    assert (message["streamId"], message["userId"]) == (stream_id, str(author.user_id))
    assert (message["username"], message["role"]) == (author.username, role.value)
    assert author.email not in str(message)
    chat = await read(api, stream_id)
    assert chat == {"messages": [message], "hasMore": False, "mayModerate": False, "isSilenced": False}


async def test_who_is_not_signed_in_does_not_write(api: Api) -> None:
    stream_id = await live_stream(api, await api.account("dj"))
    assert (await write(api, stream_id, "psst", None)).code == "UNAUTHENTICATED"
    assert await texts(api, stream_id) == []


async def test_history_comes_in_pages_from_the_newest_and_of_its_own_stream_alone(api: Api) -> None:
    stream_id, other = [await live_stream(api, await api.account("dj")) for _ in range(2)]
    author = await api.account()
    for n in range(5):
        assert (await write(api, stream_id, f"message {n}", author)).status == 201
    assert (await write(api, other, "elsewhere", await api.account())).status == 201
    newest = await read(api, stream_id, "?limit=2")
    assert [message["text"] for message in newest["messages"]] == ["message 4", "message 3"]
    assert newest["hasMore"] is True
    older = await read(api, stream_id, f"?limit=3&before={newest['messages'][-1]['number']}")
    assert [message["text"] for message in older["messages"]] == ["message 2", "message 1", "message 0"]
    assert older["hasMore"] is False


@pytest.mark.parametrize("query", ["before=0", "before=x", "limit=0", "limit=201", "after=1", f"before={2**63}"])
async def test_a_query_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    stream_id = await live_stream(api, await api.account("dj"))
    assert (await api.get(f"/stream/chat/{stream_id}?{query}")).code == "VALIDATION_ERROR"


@pytest.mark.parametrize("text", ["", "   ", "\u202e", "x" * 501, "x" * 2_001, None, 7, ["x"]], ids=repr)
async def test_a_text_that_is_none_is_refused_at_its_field(api: Api, text: object) -> None:
    stream_id = await live_stream(api, await api.account("dj"))
    reply = await write(api, stream_id, text, await api.account())
    assert (reply.status, reply.code) == (422, "VALIDATION_ERROR")
    assert reply.body["error"]["details"]["fields"][0]["field"] == "text"


async def test_the_chat_closes_with_the_stream_and_can_still_be_read(api: Api) -> None:
    creator, author = await api.account("dj"), await api.account()
    stream_id = await live_stream(api, creator)
    await write(api, stream_id, "last one", author)
    await api.post("/dj/end-stream", by=creator)
    reply = await write(api, stream_id, "too late", author)
    assert (reply.status, reply.code) == (410, "STREAM_ENDED")
    assert await texts(api, stream_id) == ["last one"]


@pytest.mark.parametrize("stream_id", ["00000000-0000-4000-8000-000000000000", "chat"])
async def test_there_is_no_chat_of_a_stream_that_does_not_exist(api: Api, stream_id: str) -> None:
    assert (await api.get(f"/stream/chat/{stream_id}")).status == 404
    assert (await write(api, str(uuid4()), "hello?", await api.account())).code == "STREAM_NOT_FOUND"


async def test_a_stream_that_is_prepared_has_no_chat_for_outsiders_and_a_closed_one_for_its_members(
    api: Api, mixer: MixerStandIn
) -> None:
    anna, bert, stranger, admin = [await api.account(role) for role in ("dj", "dj", "dj", "admin")]
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    for outsider in (None, stranger, admin):
        assert (await api.get(f"/stream/chat/{mix_id}", by=outsider)).code == "STREAM_NOT_FOUND"
    for outsider in (stranger, admin):
        assert (await write(api, mix_id, "I know!", outsider)).code == "STREAM_NOT_FOUND"
    for member in (anna, bert):
        assert await texts(api, mix_id, by=member) == []
        assert (await write(api, mix_id, "soon", member)).code == "CHAT_NOT_OPEN"


async def test_badges_say_what_an_author_is_to_the_stream(
    api: Api, mixer: MixerStandIn, worker: SnapshotWriter
) -> None:
    anna, bert, stranger, admin = [await api.account(role) for role in ("dj", "dj", "dj", "admin")]
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    await api.post("/dj/start-stream", {"title": "b2b"}, by=anna)
    badges = [(await write(api, mix_id, "hi", by)).data["message"]["badge"] for by in (anna, bert, admin, stranger)]
    assert badges == ["creator", "dj", "admin", None]
    rights = [(await read(api, mix_id, by=by))["mayModerate"] for by in (anna, bert, admin, stranger, None)]
    assert rights == [True, True, True, False, False]
