"""Fragments of trickle ICE and ICE restarts, after the examples of RFC 9725 §4.3."""

from __future__ import annotations

import pytest

from media_server.sdp import SdpError, answer_trickle, parse_trickle
from tests.media_server.sdp.offered import LOCAL

TRICKLE = """a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1
a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host generation 0 ufrag EsAw network-id 2
a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0 ufrag EsAw network-id 1
a=candidate:2154773085 1 tcp 1518214911 198.51.100.2 9 typ host tcptype active generation 0 ufrag EsAw network-id 2
a=end-of-candidates
""".replace("\n", "\r\n")

RESTART = """a=ice-options:trickle ice2
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=ice-ufrag:ysXw
a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k
a=candidate:1387637174 1 udp 2122260223 4d6f3c2a-0b1e-4c5d-9e8f-7a6b5c4d3e2f.local 61764 typ host
""".replace("\n", "\r\n")


def test_the_candidates_of_a_trickle_are_read() -> None:
    fragment = parse_trickle(TRICKLE)
    assert (fragment.ufrag, fragment.pwd) == ("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")
    assert fragment.end_of_candidates
    assert [(c.transport, c.host, c.port) for c in fragment.candidates] == [
        ("udp", "192.0.2.1", 61764),
        ("udp", "198.51.100.2", 61765),
        ("tcp", "192.0.2.1", 9),
        ("tcp", "198.51.100.2", 9),
    ]


def test_a_restart_is_answered_with_our_new_credentials() -> None:
    fragment = parse_trickle(RESTART)
    assert not fragment.end_of_candidates
    assert answer_trickle(fragment, LOCAL).split("\r\n") == [
        "a=ice-lite",
        "a=ice-options:trickle ice2",
        "a=group:BUNDLE 0 1",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",
        "a=mid:0",
        "a=ice-ufrag:localufrag",
        "a=ice-pwd:localpasswordlocalpassword",
        "a=candidate:1 1 udp 2130706431 192.0.2.1 3100 typ host",
        "a=candidate:2 1 udp 2130706175 2001:db8::1 3100 typ host",
        "a=end-of-candidates",
        "",
    ]


def test_our_own_answer_is_a_fragment_too() -> None:
    again = parse_trickle(answer_trickle(parse_trickle(RESTART), LOCAL))
    assert (again.ufrag, again.bundle, again.sections) == ("localufrag", ("0", "1"), (("audio", "0"),))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=candidate:1387637174 1", "a=candidate:1387637174 x"),
        ("61764", "99999"),
        ("typ host", "typ ghost"),
        ("a=ice-pwd:vw5L", "a=ice-pwd: "),
        ("a=mid:0\r\n", ""),
        ("a=ice-options", "a=candidate:1 1 udp 1 h 1 typ host\r\n" * 64 + "a=ice-options"),
    ],
)
def test_a_broken_fragment_is_unreadable(old: str, new: str) -> None:
    assert old in RESTART
    with pytest.raises(SdpError) as caught:
        parse_trickle(RESTART.replace(old, new))
    assert caught.value.code == "unreadable"


def test_a_fragment_without_credentials_is_unacceptable() -> None:
    with pytest.raises(SdpError, match="ICE credentials") as caught:
        parse_trickle("a=end-of-candidates\r\n")
    assert caught.value.code == "unacceptable"
