"""How much a hand on the faders may send, and what a slow client gets of the moments."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import aiohttp

from tests.signaling.conftest import Client, Mixer, Node, World
from tests.signaling.test_booths import FADER, code_of, in_booth
from tests.support.waiting import eventually


async def test_a_hand_on_several_faders_sends_sixty_times_a_second_beside_everything_else(world: World) -> None:
    client, _, mix, mixer = await in_booth(world)
    answers = [await client.send(mix, *[[60 * n + c, FADER] for c in range(1, 9)]) for n in range(120)]
    assert all(answer["success"] for answer in answers)
    await eventually(lambda: len(mixer.heard) == 120)
    assert (await client.ask("lobby:watch"))["success"] is True


async def test_more_than_that_is_refused_and_then_cut_off(world: World) -> None:
    mixer = await world.mixer()
    node = await world.node(mix_sends_per_s=1, mix_send_burst=5)
    client, user_id = await world.member(node)
    mix = world.membership.put(user_id)
    await client.open_mix(mix)
    answers = [await client.send(mix, [n, FADER]) for n in range(1, 9)]
    assert [answer["success"] for answer in answers[:5]] == [True] * 5
    assert {code_of(answer) for answer in answers[6:]} == {"RATE_LIMITED"}
    assert len(mixer.heard) <= 6
    connected: list[bool] = []
    client.io.on("disconnect", lambda: connected.append(False))
    for _ in range(10):
        await client.io.emit("mix:send", {"streamId": str(mix), "device": "deck"})
    await eventually(lambda: connected != [])


async def test_commands_are_counted_as_well_as_messages(world: World) -> None:
    mixer = await world.mixer()
    client, user_id = await world.member(await world.node(mix_commands_per_s=1, mix_command_burst=100))
    mix = world.membership.put(user_id)
    await client.open_mix(mix)
    batch = [[n, FADER] for n in range(1, 65)]
    assert (await client.send(mix, *batch))["success"] is True
    assert code_of(await client.send(mix, *batch)) == "RATE_LIMITED"
    await eventually(lambda: len(mixer.heard) == 1)


async def test_outside_of_a_booth_the_name_of_the_event_buys_nothing(world: World) -> None:
    client, _ = await world.member(await world.node(event_burst=5, events_per_s=1))
    body = {"streamId": "00000000-0000-4000-8000-000000000000", "device": "deck"}
    codes = [code_of(await client.ask("mix:send", body)) for _ in range(8)]
    assert codes[-1] == "RATE_LIMITED"


async def test_a_connection_speaks_for_only_so_many_devices(world: World) -> None:
    client, _, mix, mixer = await in_booth(world)
    answers = [await client.send(mix, [1, FADER], device=f"device-{n}") for n in range(5)]
    assert [answer["success"] for answer in answers] == [True] * 4 + [False]
    await eventually(lambda: len(mixer.heard) == 4)


async def raw_member(world: World, node: Node, session: aiohttp.ClientSession, mix: UUID) -> Any:
    """A member's connection that is read by hand, in the booth."""
    token, user_id = world.tokens.issue()
    world.membership.members[mix].add(user_id)
    ws = await session.ws_connect(f"{node.url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0)
    assert (await ws.receive_str()).startswith("0")
    await ws.send_str("40" + json.dumps({"token": token}))
    assert (await ws.receive_str()).startswith("40")
    await ws.send_str(f'420["mix:open",{{"streamId":"{mix}"}}]')
    assert (await ws.receive_str()).startswith('430[{"success":true')
    return ws


async def frames_until(ws: Any, last: int) -> tuple[list[int], list[dict[str, Any]]]:
    """The numbers of the moments that come up to `last`, and the desks between them."""
    frames: list[int] = []
    desks: list[dict[str, Any]] = []
    while not frames or frames[-1] < last:
        text = await ws.receive_str()
        if text.startswith("42"):
            event, payload = json.loads(text[2:])
            if event == "mix:moment":
                frames.append(payload["frame"])
            elif event == "mix:desk":
                desks.append(payload)
    return frames, desks


async def flood(mixer: Mixer, mix: UUID, quick: Client, count: int) -> None:
    """So many moments, each with some weight, as fast as the quick client takes them; and a desk half way."""
    for frame in range(count):
        await mixer.say(mix, "moment", frame=frame, weight="x" * 20_000)
        if frame == count // 2:
            await mixer.say(mix, "desk", revision=1)
        await eventually(lambda frame=frame: frame in (m["frame"] for m in quick.all_of("mix:moment")), every_s=0.002)  # type: ignore[misc]


async def test_a_slow_client_gets_the_newest_moment_and_desk_and_no_backlog(world: World) -> None:
    mixer, node = await world.mixer(), await world.node()
    quick, user_id = await world.member(node)
    mix = world.membership.put(user_id)
    await quick.open_mix(mix)
    await eventually(lambda: mixer.has_listeners(mix))
    count = 200
    async with aiohttp.ClientSession() as session:
        slow = await raw_member(world, node, session, mix)
        slow._response.connection.transport.pause_reading()
        async with asyncio.timeout(50):
            await flood(mixer, mix, quick, count)
            slow._response.connection.transport.resume_reading()

            async def until_heard() -> tuple[list[int], list[dict[str, Any]]]:
                return await frames_until(slow, count)

            reading = asyncio.create_task(until_heard())
            while not reading.done():
                await mixer.say(mix, "moment", frame=count)
                await asyncio.sleep(0.02)
            frames, desks = reading.result()
    assert len(quick.all_of("mix:moment")) >= count
    assert len(frames) < count // 2
    assert frames == sorted(frames)
    assert desks == [{"revision": 1}]


async def test_a_client_that_polls_plays_and_hears_too(world: World) -> None:
    mixer, node = await world.mixer(), await world.node()
    token, user_id = world.tokens.issue()
    client = await world.client(node, auth={"token": token}, transports=("polling",))
    mix = world.membership.put(user_id)
    await client.open_mix(mix)
    assert (await client.send(mix, [1, FADER]))["success"] is True
    await eventually(lambda: mixer.has_listeners(mix))

    async def hears() -> bool:
        await mixer.say(mix, "desk", revision=7)
        await mixer.say(mix, "moment", frame=1)
        return client.all_of("mix:desk") != [] and client.all_of("mix:moment") != []

    await eventually(hears)
