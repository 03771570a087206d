"""Who is removed from a mix is out of its booth, also when the word of it was lost with Valkey."""

from __future__ import annotations

from tests.control_api.mixes.conftest import invite, open_booth
from tests.control_api.support.api import Account, Api, api_settings, running_api
from tests.control_api.support.mixer import MixerStandIn, running_mixer
from tests.support.live_peers import Viewer
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.offers import OfferedMedia
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually

MICROPHONE = OfferedMedia("sendonly", video=(), audio_ssrc=0x2222)


async def enter(api: Api, worker: MediaWorker, mix_id: str, by: Account) -> Viewer:
    """A member who hears the cue bus."""
    entered = (await api.post(f"/dj/mix/{mix_id}/enter", by=by)).data
    heard = OfferedMedia("recvonly", video=())
    return await worker.watch(mix_id, token=entered["monitor"]["token"], media=heard)


async def booth(worker: MediaWorker, mix_id: str) -> set[str]:
    return set((await worker.snapshot()).get("booths", {}).get(mix_id, []))


async def test_a_member_removed_while_valkey_was_away_hears_and_says_no_more_once_it_is_back(
    database_url: str, own_valkey: OwnValkey
) -> None:
    async with media_worker(own_valkey.url) as worker:
        settings = api_settings(database_url, own_valkey.url, media_token_private_key=worker.signer.private_key)
        async with running_api(settings) as api, running_mixer(MixerStandIn(own_valkey.url, "mixer-1")):
            anna, bert = await api.account("dj"), await api.account("dj")
            mix_id = await open_booth(api, anna)
            await invite(api, mix_id, anna, bert)
            async with worker.feed(mix_id, on_air=False):
                lead = await enter(api, worker, mix_id, anna)
                guest = await enter(api, worker, mix_id, bert)
                talk = await worker.publish(mix_id, action="talk", user_id=str(bert.user_id), media=MICROPHONE)

                async def both_are_told() -> bool:
                    return await booth(worker, mix_id) == {str(anna.user_id), str(bert.user_id)}

                await eventually(both_are_told)
                own_valkey.kill()
                # As by a request that was let in just before: its command never comes to the worker.
                await api.execute("delete from mix_member where user_id = $1", bert.user_id)
                assert not guest.client.is_closed_by_server
                own_valkey.start()
                await eventually(
                    lambda: guest.client.is_closed_by_server and talk.client.is_closed_by_server, timeout_s=20
                )

                async def one_is_left() -> bool:
                    return await booth(worker, mix_id) == {str(anna.user_id)}

                await eventually(one_is_left)
                assert not lead.client.is_closed_by_server
