"""Claims about booths over Socket.IO: who gets in, what is sent, and what is heard."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from mixer.worker.inbox import FromMember, read_incoming
from tests.signaling.conftest import Client, Mixer, World
from tests.support.waiting import eventually

FADER = {"command": "SetFader", "deck": 0, "gain": 0.5}


def code_of(answer: dict[str, Any]) -> str:
    assert answer["success"] is False
    return str(answer["error"]["code"])


async def in_booth(world: World) -> tuple[Client, UUID, UUID, Mixer]:
    """A member in the booth of a mix: client, user, mix and mixer."""
    mixer = await world.mixer()
    client, user_id = await world.member(await world.node())
    mix = world.membership.put(user_id)
    assert await client.open_mix(mix) == {"success": True, "data": {}}
    await eventually(lambda: mixer.has_listeners(mix))
    return client, user_id, mix, mixer


async def test_what_a_member_sends_reaches_the_mixer_with_the_name_of_who_sent_it(world: World) -> None:
    client, user_id, mix, mixer = await in_booth(world)
    assert await client.send(mix, [1, FADER], [2, {"command": "Play", "deck": 1}], ping=12.5) == {
        "success": True,
        "data": {},
    }
    await eventually(lambda: mixer.heard != [])
    assert isinstance(read_incoming(json.dumps(mixer.heard[0][1])), FromMember)
    assert mixer.heard == [
        (
            f"mix:in:{mix}",
            {
                "user": str(user_id),
                "device": "deck",
                "via": "socket",
                "commands": [[1, FADER], [2, {"command": "Play", "deck": 1}]],
                "ping": 12.5,
            },
        )
    ]


async def test_commands_arrive_in_the_order_they_were_sent(world: World) -> None:
    client, _, mix, mixer = await in_booth(world)
    for number in range(1, 60):
        body = {"streamId": str(mix), "device": "deck", "commands": [[number, FADER]]}
        await client.io.emit("mix:send", body)
    await eventually(lambda: len(mixer.heard) == 59)
    assert [message["commands"][0][0] for _, message in mixer.heard] == list(range(1, 60))


async def test_everybody_in_the_booth_hears_the_mix_and_nobody_else(world: World) -> None:
    mixer = await world.mixer()
    here, there = await world.node(), await world.node()
    near, anna = await world.member(here)
    far, bert = await world.member(there)
    outside, mallory = await world.member(here)
    mix, other = world.membership.put(anna, bert), world.membership.put(mallory)
    for client, stream_id in ((near, mix), (far, mix), (outside, other)):
        await client.open_mix(stream_id)
    await eventually(lambda: mixer.has_listeners(mix, 2))

    desk, moment = {"streamId": str(mix), "crossfader": 0.5, "acks": {}}, {"frame": 480, "decks": [[0, 1, 0]]}
    await mixer.say(mix, "desk", **desk)
    await mixer.say(mix, "moment", **moment)
    await mixer.say(other, "moment", frame=1)
    for client in (near, far):
        await eventually(lambda client=client: len(client.told) == 2)  # type: ignore[misc]
        assert client.told == [("mix:desk", desk), ("mix:moment", moment)]
    await eventually(lambda: outside.told != [])
    assert outside.told == [("mix:moment", {"frame": 1})]


async def test_who_comes_later_is_given_the_newest_desk(world: World) -> None:
    client, _, mix, mixer = await in_booth(world)
    for revision in (1, 2):
        await mixer.say(mix, "desk", revision=revision)
    await eventually(lambda: len(client.all_of("mix:desk")) == 2)
    assert await client.open_mix(mix) == {"success": True, "data": {"revision": 2}}


async def test_answers_go_to_the_device_that_asked(world: World) -> None:
    mixer, node = await world.mixer(), await world.node()
    (anna, first), (bert, second) = await world.member(node), await world.member(node)
    mix = world.membership.put(first, second)
    await anna.open_mix(mix)
    await bert.open_mix(mix)
    await anna.send(mix, device="laptop")
    await bert.send(mix, device="tablet")
    await eventually(lambda: mixer.has_listeners(mix))
    await mixer.say(mix, "pong", device="laptop", ping=1, at=2.0)
    await mixer.say(mix, "refused", device="tablet", seq=3, code="FORBIDDEN_COMMAND", message="no")
    await mixer.say(mix, "pong", device="of a data channel", ping=1, at=2.0)
    await mixer.say(mix, "answer", request="x", code=None, message=None)
    await mixer.say(mix, "moment", frame=1)
    for client in (anna, bert):
        await eventually(lambda client=client: client.all_of("mix:moment") != [])  # type: ignore[misc]
    assert anna.told[:-1] == [("mix:pong", {"device": "laptop", "ping": 1, "at": 2.0})]
    assert bert.told[:-1] == [
        ("mix:refused", {"device": "tablet", "seq": 3, "code": "FORBIDDEN_COMMAND", "message": "no"})
    ]


async def test_a_node_listens_to_a_mix_only_while_somebody_is_there(world: World) -> None:
    client, _, mix, mixer = await in_booth(world)
    assert (await client.ask("mix:close", {"streamId": str(mix)}))["success"] is True
    await eventually(lambda: mixer.has_listeners(mix, 0))
    await client.open_mix(mix)
    await eventually(lambda: mixer.has_listeners(mix, 1))
    await client.io.disconnect()
    await eventually(lambda: mixer.has_listeners(mix, 0))


@pytest.mark.parametrize("who", ["anonymous", "no member", "member of no such mix", "expired"])
async def test_who_is_no_member_gets_nothing(world: World, who: str) -> None:
    mixer, node = await world.mixer(), await world.node()
    inside, member = await world.member(node)
    mix = world.membership.put(member)
    await inside.open_mix(mix)
    if who == "anonymous":
        client = await world.client(node)
    else:
        lives = timedelta(seconds=-1 if who == "expired" else 900)
        client, user_id = await world.member(node, lives=lives)
        if who == "expired":
            world.membership.members[mix].add(user_id)
    asked = uuid4() if who == "member of no such mix" else mix
    refusal = "UNAUTHENTICATED" if who in ("anonymous", "expired") else "MIX_NOT_FOUND"
    assert code_of(await client.open_mix(asked)) == refusal
    assert code_of(await client.send(asked, [1, FADER])) == "MIX_NOT_OPEN"
    await eventually(lambda: mixer.has_listeners(mix))
    await mixer.say(mix, "moment", frame=1)
    await eventually(lambda: inside.told != [])
    assert (client.told, mixer.heard) == ([], [])


async def test_who_is_removed_is_out_at_once_and_the_others_are_told(world: World) -> None:
    mixer, node = await world.mixer(), await world.node(member_check_s=600)
    (anna, first), (bert, second) = await world.member(node), await world.member(node)
    mix = world.membership.put(first, second)
    await anna.open_mix(mix)
    await bert.open_mix(mix)
    await eventually(lambda: mixer.has_listeners(mix))
    world.membership.members[mix].discard(second)
    await mixer.say(mix, "changed")
    await eventually(lambda: bert.all_of("mix:closed") != [])
    assert bert.told == [("mix:closed", {"streamId": str(mix), "code": "NOT_A_MEMBER"})]
    await eventually(lambda: anna.all_of("mix:changed") != [])
    assert code_of(await bert.send(mix, [1, FADER])) == "MIX_NOT_OPEN"
    assert code_of(await bert.open_mix(mix)) == "MIX_NOT_FOUND"
    await mixer.say(mix, "moment", frame=1)
    await eventually(lambda: anna.all_of("mix:moment") != [])
    assert bert.all_of("mix:moment") == []
    assert mixer.heard == []


async def test_a_removal_nobody_told_of_is_found_by_looking_again(world: World) -> None:
    client, user_id = await world.member(await world.node(member_check_s=0.05))
    mix = world.membership.put(user_id)
    await client.open_mix(mix)
    world.membership.members[mix].clear()
    await eventually(lambda: client.all_of("mix:closed") != [])


async def test_a_look_that_fails_for_a_reason_of_ours_is_not_the_last_one(world: World) -> None:
    client, user_id = await world.member(await world.node(member_check_s=0.05))
    mix = world.membership.put(user_id)
    await client.open_mix(mix)

    async def fail() -> None:
        world.membership.before_answer = None
        raise RuntimeError("a bug")

    world.membership.before_answer = fail
    await eventually(lambda: world.membership.before_answer is None)
    world.membership.members[mix].clear()
    await eventually(lambda: client.all_of("mix:closed") != [])


async def test_a_removal_while_the_door_opens_keeps_it_shut(world: World) -> None:
    mixer, node = await world.mixer(), await world.node(member_check_s=600)
    client, user_id = await world.member(node)
    mix = world.membership.put(user_id)

    async def remove() -> None:
        world.membership.before_answer = None
        world.membership.members[mix].clear()
        await eventually(lambda: mixer.has_listeners(mix))
        await mixer.say(mix, "changed")
        await eventually(lambda: mixer.has_listeners(mix, 0))

    world.membership.before_answer = remove
    assert code_of(await client.open_mix(mix)) == "MIX_NOT_FOUND"


async def test_members_that_cannot_be_read_let_nobody_in_and_put_nobody_out(world: World) -> None:
    mixer, node = await world.mixer(), await world.node(member_check_s=0.05)
    (anna, first), (bert, second) = await world.member(node), await world.member(node)
    mix = world.membership.put(first, second)
    await anna.open_mix(mix)
    await eventually(lambda: mixer.has_listeners(mix))
    world.membership.is_away = True
    assert code_of(await bert.open_mix(mix)) == "SERVICE_UNAVAILABLE"
    await mixer.say(mix, "changed")
    assert (await anna.send(mix, [1, FADER]))["success"] is True
    world.membership.is_away = False
    await eventually(lambda: anna.all_of("mix:changed") != [])
    assert anna.all_of("mix:closed") == []
    assert (await bert.open_mix(mix))["success"] is True


async def test_a_connection_in_a_booth_ends_with_its_token_and_comes_back_with_a_new_one(world: World) -> None:
    node = await world.node()
    client, user_id = await world.member(node)
    mix = world.membership.put(user_id)
    await client.open_mix(mix)
    connected = []
    client.io.on("connect", lambda: connected.append(True))
    (token,) = world.tokens.book
    identity = world.tokens.book[token]
    for connection in node.signaling._gate.book._by_session.values():
        connection.identity = type(identity)(user_id, identity.expires_at - timedelta(days=1))
    await eventually(lambda: connected == [True])
    assert (await client.open_mix(mix))["success"] is True


async def test_a_connection_is_in_one_booth_at_a_time(world: World) -> None:
    client, user_id, mix, _ = await in_booth(world)
    other = world.membership.put(user_id)
    assert code_of(await client.open_mix(other)) == "TOO_MANY_ROOMS"
    await client.ask("mix:close", {"streamId": str(mix)})
    assert (await client.open_mix(other))["success"] is True


async def test_a_mixer_that_does_not_listen_is_said(world: World) -> None:
    client, user_id = await world.member(await world.node())
    mix = world.membership.put(user_id)
    await client.open_mix(mix)
    assert code_of(await client.send(mix, [1, FADER])) == "SERVICE_UNAVAILABLE"


async def test_what_a_mixer_says_wrongly_harms_nothing(world: World) -> None:
    client, _, mix, mixer = await in_booth(world)
    for raw in ("", "{", "[]", "7", '"x"', "{}", '{"kind": {}}', '{"kind": "sneeze"}', '{"kind": []}'):
        await mixer.valkey.publish(f"mix:out:{mix}", raw)
    await mixer.say(mix, "moment", frame=1)
    await eventually(lambda: client.told != [])
    assert client.told == [("mix:moment", {"frame": 1})]


@pytest.mark.parametrize(
    "changed",
    [
        {"streamId": "x"}, {"device": ""}, {"device": "a b"}, {"device": "x" * 65}, {"device": None},
        {"commands": None}, {"commands": [[1]]}, {"commands": [["1", {}]]}, {"commands": [[0, {}]]},
        {"commands": [[1.5, {}]]}, {"commands": [[2**53, {}]]}, {"commands": [[1, FADER]] * 65},
        {"commands": [[1, {"command": ["x"]}]]}, {"commands": [[1, {"command": {"x": 1}}]]},
        {"commands": [[1, {"command": "x" * 129}]]}, {"commands": [[1, {"k" * 33: 1}]]},
        {"ping": {"x": 1}}, {"ping": "x" * 129}, {"more": 1},
        {"user": str(uuid4())}, {"via": "data"},
    ],
    ids=range(21),
)  # fmt: skip
async def test_a_message_that_is_not_as_described_is_refused(world: World, changed: dict[str, Any]) -> None:
    client, _, mix, mixer = await in_booth(world)
    body = {"streamId": str(mix), "device": "deck", "commands": [[1, FADER]], **changed}
    assert code_of(await client.ask("mix:send", body)) == "VALIDATION_ERROR"
    assert mixer.heard == []


async def test_infinity_is_no_value_of_a_control(world: World) -> None:
    client, _, mix, mixer = await in_booth(world)
    for value in (float("inf"), float("nan")):
        assert code_of(await client.send(mix, [1, {"command": "SetFader", "gain": value}])) == "VALIDATION_ERROR"
    assert mixer.heard == []
