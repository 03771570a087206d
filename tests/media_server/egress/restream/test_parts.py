"""Addresses of targets, sealed keys, and what waits for a target."""

from __future__ import annotations

import base64
import secrets

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from media_server.egress.restream.address import BadTarget, TargetAddress, is_public, resolved
from media_server.egress.restream.backlog import MAX_BYTES, MAX_S, Backlog
from media_server.egress.restream.sealed_keys import KeyOpener, SealedKeyUnreadable
from media_server.hub.frames import CLOCK_RATE, Frame, Track, TrackFormat

VIDEO = Track("video", "video", TrackFormat("h264", b"", 16, 16))
AUDIO = Track("audio", "audio", TrackFormat("aac", b"\x11\x90", sample_rate=48_000, channels=2))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("rtmp://a.rtmp.youtube.com/live2", TargetAddress("a.rtmp.youtube.com", 1935, "live2", is_tls=False)),
        (
            "rtmps://live-api-s.facebook.com:443/rtmp/",
            TargetAddress("live-api-s.facebook.com", 443, "rtmp", is_tls=True),
        ),
        ("rtmps://host/app/instance", TargetAddress("host", 443, "app/instance", is_tls=True)),
        ("rtmp://[2001:db8::1]:1936/live", TargetAddress("2001:db8::1", 1936, "live", is_tls=False)),
        ("rtmp://host:80/app?option=1", TargetAddress("host", 80, "app?option=1", is_tls=False)),
    ],
)
def test_addresses_are_read(url: str, expected: TargetAddress) -> None:
    assert TargetAddress.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://host/live", "rtmp://", "rtmp:///live", "rtmp://host", "rtmp://host/", "rtmp://host:22/live"),
        *("rtmp://host:1023/x", "rtmp://host:70000/live", "rtmp://user:secret@host/live", "rtmp://host:x/live"),
        *(
            "rtmp://höst/live",
            "rtmp://host/li\nve",
            "rtmp://host/" + "x" * 600,
            "rtmp://[::1/live",
            "rtmpe://host/live",
        ),
    ],
)
def test_what_is_no_address_of_a_target_is_refused(url: str) -> None:
    with pytest.raises(BadTarget) as refused:
        TargetAddress.parse(url)
    assert "secret" not in str(refused.value)


@given(st.text(max_size=80))
def test_arbitrary_addresses_raise_bad_target_alone(text: str) -> None:
    for url in (text, f"rtmp://{text}"):
        try:
            address = TargetAddress.parse(url)
        except BadTarget:
            continue
        assert address.host
        assert address.app


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "10.0.0.1",
            "172.16.5.5",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",  # noqa: S104 - no server listens here
            "224.0.0.1",
        ),
        *("255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "none", ""),
    ],
)
def test_addresses_inside_are_not_public(host: str) -> None:
    assert not is_public(host)


@pytest.mark.parametrize("host", ["1.1.1.1", "142.250.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_addresses_outside_are_public(host: str) -> None:
    assert is_public(host)


async def test_a_name_that_leads_inside_is_refused_unless_that_is_allowed() -> None:
    address = TargetAddress("localhost", 1935, "live", is_tls=False)
    with pytest.raises(BadTarget, match="not on the public Internet"):
        await resolved(address, allow_private=False)
    assert "127.0.0.1" in await resolved(address, allow_private=True)


@pytest.mark.parametrize("host", ["0x7f.1", "2130706433", "127.1", "0177.0.0.1"])
async def test_other_spellings_of_addresses_inside_are_refused(host: str) -> None:
    with pytest.raises(BadTarget):
        await resolved(TargetAddress(host, 1935, "live", is_tls=False), allow_private=False)


async def test_a_name_that_nobody_knows_is_told() -> None:
    with pytest.raises(BadTarget, match="not known"):
        await resolved(TargetAddress("nowhere.invalid", 1935, "live", is_tls=False), allow_private=True)


def sealed(secret: bytes, target_id: str, key: str) -> str:
    """As control_api seals."""
    nonce = secrets.token_bytes(12)
    return base64.urlsafe_b64encode(nonce + AESGCM(secret).encrypt(nonce, key.encode(), target_id.encode())).decode()


def test_a_sealed_key_is_opened_for_its_target_alone() -> None:
    secret = secrets.token_bytes(32)
    opener = KeyOpener(base64.urlsafe_b64encode(secret).rstrip(b"=").decode())
    text = sealed(secret, "target-1", "live_key")
    assert opener.open("target-1", text) == "live_key"
    assert opener.open("target-1", text.rstrip("=")) == "live_key"
    for target_id, other in (("target-2", text), ("target-1", text[:-6]), ("target-1", ""), ("target-1", "é" * 40)):
        with pytest.raises(SealedKeyUnreadable) as refused:
            opener.open(target_id, other)
        assert "live_key" not in str(refused.value)


@pytest.mark.parametrize("secret", ["", "short", "x" * 40, "é"])
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        KeyOpener(secret)


@given(st.text(max_size=200))
def test_arbitrary_sealed_keys_raise_one_error_alone(text: str) -> None:
    with pytest.raises(SealedKeyUnreadable):
        KeyOpener(base64.urlsafe_b64encode(bytes(32)).decode()).open("target-1", text)


def picture(at_s: float, *, is_key: bool = False, size: int = 10) -> Frame:
    return Frame(int(at_s * CLOCK_RATE), int(at_s * CLOCK_RATE), is_key, bytes(size))


def filled(*, has_video: bool = True) -> Backlog:
    """A backlog of exactly what it holds: MAX_S of pictures, ten a second."""
    backlog = Backlog()
    backlog.has_video = has_video
    for index in range(int(MAX_S * 10) + 1):
        backlog.put(VIDEO, picture(index / 10, is_key=index == 0))
    assert len(backlog) == int(MAX_S * 10) + 1
    return backlog


def test_frames_wait_in_order() -> None:
    backlog = filled()
    assert [backlog.take()[1].dts for _ in range(3)] == [0, 9000, 18_000]
    assert not backlog.is_broken


def test_what_is_too_much_is_dropped_up_to_the_next_key_frame_and_counted() -> None:
    backlog = filled()
    backlog.put(VIDEO, picture(MAX_S + 0.1))
    assert (len(backlog), backlog.is_broken) == (0, True)
    backlog.put(VIDEO, picture(MAX_S + 0.2))
    backlog.put(AUDIO, picture(MAX_S + 0.3, is_key=True))
    assert len(backlog) == 0
    backlog.put(VIDEO, picture(MAX_S + 2.0, is_key=True))
    backlog.put(AUDIO, picture(MAX_S + 2.1, is_key=True))
    assert len(backlog) == 2
    assert backlog.dropped_s == pytest.approx(MAX_S + 2.0)


def test_sound_alone_goes_on_at_once() -> None:
    backlog = filled(has_video=False)
    backlog.put(AUDIO, picture(MAX_S + 0.1, is_key=True))
    backlog.put(AUDIO, picture(MAX_S + 0.2, is_key=True))
    assert len(backlog) == 1


def test_bytes_are_bounded_too() -> None:
    backlog = Backlog()
    backlog.has_video = True
    backlog.put(VIDEO, picture(0, is_key=True, size=MAX_BYTES - 5))
    assert len(backlog) == 1
    backlog.put(VIDEO, picture(0.1))
    assert len(backlog) == 0


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 2), st.integers(0, 1 << 20)), max_size=60))
def test_no_more_than_that_ever_waits(steps: list[tuple[bool, bool, float, int]]) -> None:
    backlog, now = Backlog(), 0.0
    backlog.has_video = True
    for is_video, is_key, step, size in steps:
        now += step
        backlog.put(VIDEO if is_video else AUDIO, picture(now, is_key=is_key, size=size))
    waiting = [backlog.take()[1] for _ in range(len(backlog))]
    if waiting:
        assert waiting[-1].dts - waiting[0].dts <= MAX_S * CLOCK_RATE
        assert sum(len(frame.data) for frame in waiting) <= MAX_BYTES
