"""Claims about targets: where they may be, and that their keys are never given back."""

import logging
from typing import Any

import pytest

from control_api.targets.addresses import AddressUnfit, fit_address
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import Api

KEY = "live_4711_AbCdEfGh"
CUSTOM: dict[str, Any] = {"platform": "custom", "label": "Mirror", "url": "rtmp://live.example.com/app", "key": KEY}


async def add(api: Api, by: Any, **changes: Any) -> dict[str, Any]:
    target: dict[str, Any] = (await api.post("/stream/targets", CUSTOM | changes, by=by)).data["target"]
    return target


@pytest.mark.parametrize(
    ("platform", "host"),
    [("youtube", "youtube.com"), ("twitch", "live-video.net"), ("facebook", "facebook.com")],
)
async def test_of_the_known_platforms_nobody_has_to_know_the_address(api: Api, platform: str, host: str) -> None:
    anna = await api.account("dj")
    body = {"platform": platform, "label": "Me", "key": KEY}
    target = (await api.post("/stream/targets", body, by=anna)).data["target"]
    assert target["url"].startswith("rtmps://")
    assert host in target["url"]
    assert target["enabled"] is True


async def test_a_custom_one_needs_an_address(api: Api) -> None:
    reply = await api.post("/stream/targets", CUSTOM | {"url": None}, by=await api.account("dj"))
    assert reply.code == "VALIDATION_ERROR"
    assert reply.body["error"]["details"]["fields"][0]["field"] == "url"


async def test_a_key_is_never_given_back(
    api: Api, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    anna = await api.account("performer")
    made = await api.post("/stream/targets", CUSTOM, by=anna)
    target_id = made.data["target"]["id"]
    changed = await api.send("PATCH", f"/stream/targets/{target_id}", json={"key": KEY + "2"}, by=anna)
    listed = await api.get("/stream/targets", by=anna)
    assert made.data["target"]["keyHint"] == KEY[-4:]
    assert changed.data["target"]["keyHint"] == (KEY + "2")[-4:]
    assert KEY not in str([made.body, changed.body, listed.body])
    [row] = await api.execute("select t::text as text from stream_target t")
    assert KEY not in row["text"]
    logged = "".join(capfd.readouterr()) + caplog.text
    assert "target_edited" in logged
    assert KEY not in logged


async def test_of_a_short_key_the_end_would_say_too_much(api: Api) -> None:
    assert (await add(api, await api.account("dj"), key="abcdef"))["keyHint"] == ""


async def test_targets_are_changed_and_removed(api: Api) -> None:
    anna = await api.account("dj")
    target = await add(api, anna)
    path = f"/stream/targets/{target['id']}"
    changes = {"label": "Other", "url": "rtmps://live.example.com:8443/app/deep/", "enabled": False}
    changed = (await api.send("PATCH", path, json=changes, by=anna)).data["target"]
    assert changed == target | changes | {"url": "rtmps://live.example.com:8443/app/deep"}
    assert (await api.send("DELETE", path, by=anna)).status == 200
    assert (await api.get("/stream/targets", by=anna)).data["targets"] == []
    assert (await api.send("DELETE", path, by=anna)).code == "TARGET_NOT_FOUND"


async def test_those_of_somebody_else_are_there_for_nobody(api: Api) -> None:
    target = await add(api, await api.account("dj"))
    mallory = await api.account("dj")
    for method in ("PATCH", "DELETE"):
        reply = await api.send(method, f"/stream/targets/{target['id']}", json={"label": "x"}, by=mallory)
        assert reply.code == "TARGET_NOT_FOUND"


async def test_there_are_ten_at_most(api: Api) -> None:
    anna = await api.account("dj")
    for _ in range(10):
        await add(api, anna)
    assert (await api.post("/stream/targets", CUSTOM, by=anna)).code == "TOO_MANY_TARGETS"


@pytest.mark.parametrize(
    "changes",
    [{"platform": "myspace"}, {"label": ""}, {"label": "x" * 61}, {"key": ""}, {"key": "two words"}, {"key": "é"},
     {"key": "x" * 401}, {"key": "a\nb"}, {"surprise": 1}],
    ids=range(9),
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(api: Api, changes: dict[str, Any]) -> None:
    reply = await api.post("/stream/targets", CUSTOM | changes, by=await api.account("dj"))
    assert reply.code == "VALIDATION_ERROR"


BAD = [
    "", "rtmp://", "http://live.example.com/app", "file:///etc/passwd", "rtmp:/live.example.com/app",
    "rtmp://live.example.com", "rtmp://live.example.com/", "rtmp://live.example.com/a b", "rtmp://live.example.com/../x",
    "rtmp://user:word@live.example.com/app", "rtmp://live.example.com/app?key=1", "rtmp://live.example.com/app#x",
    "rtmp://live.example.com:22/app", "rtmp://live.example.com:0/app", "rtmp://live.example.com:99999/app",
    "rtmp://live.example.com:6x/app", "rtmp://[::1/app", "rtmp://-live.example.com/app", "rtmp://live..com/app",
    "rtmp://" + "a" * 600 + ".com/app", "rtmp://лив.example.com/app", "rtmp://live.example.com/app\n",
]  # fmt: skip
PRIVATE = [
    "localhost", "LOCALHOST", "db.localhost", "valkey", "printer.local", "metadata.google.internal", "127.0.0.1",
    "127.8.8.8", "0.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]",
    "[2002:7f00:1::]", "[ff02::1]", "[2001:db8::1]",
]  # fmt: skip
DISGUISED = ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "live.example.0x7f"]


@pytest.mark.parametrize("url", BAD, ids=range(len(BAD)))
def test_what_is_no_address_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(AddressUnfit, match=r"\w+"):
        fit_address(url, allow_private=True)


@pytest.mark.parametrize("host", PRIVATE, ids=range(len(PRIVATE)))
def test_an_address_in_a_private_network_is_refused_unless_that_is_allowed(host: str) -> None:
    with pytest.raises(AddressUnfit):
        fit_address(f"rtmp://{host}/app", allow_private=False)
    assert fit_address(f"rtmp://{host}/app", allow_private=True).startswith("rtmp://")


@pytest.mark.parametrize("host", DISGUISED)
def test_an_address_that_is_written_as_no_other_is_refused(host: str) -> None:
    with pytest.raises(AddressUnfit):
        fit_address(f"rtmp://{host}/app", allow_private=True)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("rtmp://live.example.com/app", "rtmp://live.example.com/app"),
        ("RTMPS://Live.Example.com:443/App/", "rtmps://live.example.com:443/App"),
        ("rtmp://8.8.8.8:1935/live/deep", "rtmp://8.8.8.8:1935/live/deep"),
        ("rtmps://[2606:4700::1111]/app", "rtmps://[2606:4700::1111]/app"),
    ],
)
def test_an_address_is_kept_in_one_form(url: str, kept: str) -> None:
    assert fit_address(url, allow_private=False) == kept


async def test_addresses_of_intranets_are_a_setting(start_api: StartApi) -> None:
    body = CUSTOM | {"url": "rtmp://192.168.1.7/app"}
    strict = await start_api()
    assert (await strict.post("/stream/targets", body, by=await strict.account("dj"))).code == "VALIDATION_ERROR"
    open_ = await start_api(targets_allow_private=True)
    assert (await open_.post("/stream/targets", body, by=await open_.account("dj"))).status == 201
