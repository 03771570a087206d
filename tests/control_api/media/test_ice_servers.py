"""TURN servers of grants: credentials that coturn works out for itself, and that lapse."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from control_api.media.ice_servers import CREDENTIALS_LIFE, TurnServers
from control_api.settings import SettingsError
from media_server.http.ice_servers import IceServers
from tests.control_api.conftest import StartApi
from tests.control_api.mixes.conftest import open_booth
from tests.control_api.support.api import api_settings
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.mixer import MixerStandIn, running_mixer

URLS = ["turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:5349?transport=tcp"]
SECRET = SecretStr("known to coturn too: x")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def signed(username: str) -> str:
    """What coturn works out (its README, "TURN REST API")."""
    key = SECRET.get_secret_value().encode()
    return base64.b64encode(hmac.digest(key, username.encode(), hashlib.sha1)).decode()


def test_the_credential_is_the_signed_name_and_the_name_says_when_it_lapses() -> None:
    (server,) = TurnServers(URLS, SECRET, lambda: NOW).for_bearer("7f0c")
    assert server.urls == tuple(URLS)
    assert server.username == f"{int((NOW + CREDENTIALS_LIFE).timestamp())}:7f0c"
    assert server.credential == signed(server.username)


def test_media_workers_say_the_same() -> None:
    (server,) = TurnServers(URLS, SECRET, lambda: NOW).for_bearer("7f0c")
    links = IceServers(URLS, SECRET, NOW.timestamp).links("7f0c")
    attributes = f'username="{server.username}"; credential="{server.credential}"; credential-type="password"'
    assert links == [f'<{url}>; rel="ice-server"; {attributes}' for url in URLS]


def test_without_servers_there_are_none() -> None:
    assert TurnServers([], None, lambda: NOW).for_bearer("7f0c") == ()
    assert IceServers([], None).links("7f0c") == []


async def test_every_grant_has_them_for_its_bearer(
    start_api: StartApi, worker: SnapshotWriter, valkey_url: str
) -> None:
    api = await start_api(turn_urls=URLS, turn_secret=SECRET)
    anna = await api.account("dj")
    started = (await api.post("/dj/start-stream", {"title": "Late set"}, by=anna)).data
    joined = (await api.post(f"/stream/{started['stream']['id']}/join")).data
    bert = await api.account("dj")
    async with running_mixer(MixerStandIn(valkey_url, "mixer-1")):
        mix_id = await open_booth(api, bert)
        entered = (await api.post(f"/dj/mix/{mix_id}/enter", by=bert)).data
    for grant, name in (
        (started["publish"], str(anna.user_id)),
        (joined["watch"], joined["viewerId"]),
        (entered["monitor"], str(bert.user_id)),
        (entered["talk"], str(bert.user_id)),
    ):
        (server,) = grant["iceServers"]
        expires, _, bearer = server["username"].partition(":")
        assert (server["urls"], bearer) == (URLS, name)
        assert timedelta() < datetime.fromtimestamp(int(expires), UTC) - datetime.now(UTC) <= CREDENTIALS_LIFE
        assert server["credential"] == signed(server["username"])


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"turn_urls": "turn:turn.example.com"}, "TURN_SECRET"),
        ({"turn_urls": "turn:turn.example.com", "turn_secret": "short"}, "TURN_SECRET"),
        ({"turn_urls": "https://turn.example.com", "turn_secret": SECRET}, "must list addresses like turn:"),
        ({"turn_urls": 'turn:a">; rel="x', "turn_secret": SECRET}, "must list addresses like turn:"),
    ],
)
def test_settings_that_make_no_relay_are_refused(told: dict[str, object], said: str) -> None:
    with pytest.raises((SettingsError, ValueError), match=said):
        api_settings("postgresql://u:p@h/d", "redis://h", **told)
