"""The handshake: plain, with digests, and in pieces."""

from __future__ import annotations

import hashlib
import hmac
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtmp.errors import RtmpError
from media_server.rtmp.handshake import PACKET_BYTES, ClientHandshake, ServerHandshake, find_digest, with_digest

# What Flash Player has of the server's key; the rest follows the name (see the handshake's own module).
SUFFIX = bytes.fromhex("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae")
SERVER = b"Genuine Adobe Flash Media Server 001"


@given(st.lists(st.integers(1, 1600), min_size=1, max_size=6))
def test_both_sides_meet_however_the_bytes_come(sizes: list[int]) -> None:
    client, server = ClientHandshake(), ServerHandshake()
    to_server, to_client = client.begin(), b""
    index = 0
    while not (client.is_done and server.is_done):
        size = sizes[index % len(sizes)]
        index += 1
        if not server.is_done:
            answer, rest = server.receive(to_server[:size])
            to_server, to_client = to_server[size:], to_client + answer
            assert rest == b""
        if not client.is_done and to_client:
            answer, rest = client.receive(to_client[:size])
            to_client, to_server = to_client[size:], to_server + answer
            assert rest == b""


def test_a_plain_client_is_answered_with_its_own_bytes() -> None:
    c1 = bytes(8) + secrets.token_bytes(PACKET_BYTES - 8)
    answer, _ = ServerHandshake().receive(b"\x03" + c1)
    assert answer[0] == 3
    assert answer[1 + PACKET_BYTES :] == c1


@pytest.mark.parametrize("area", [8, 772])
def test_a_client_that_wants_digests_can_check_ours(area: int) -> None:
    c1 = with_digest(bytes((0, 0, 0, 0, 9, 0, 124, 2)) + secrets.token_bytes(PACKET_BYTES - 8), area=area)
    found = find_digest(c1, b"Genuine Adobe Flash Player 001")
    assert found is not None
    answer, _ = ServerHandshake().receive(b"\x03" + c1)
    s1, s2 = answer[1 : 1 + PACKET_BYTES], answer[1 + PACKET_BYTES :]
    assert (find_digest(s1) or (0, b""))[0] == area
    key = hmac.digest(SERVER + SUFFIX, found[1], hashlib.sha256)
    assert s2[-32:] == hmac.digest(key, s2[:-32], hashlib.sha256)


def test_what_comes_behind_the_handshake_is_handed_on() -> None:
    server = ServerHandshake()
    server.receive(ClientHandshake().begin())
    assert server.receive(bytes(PACKET_BYTES) + b"chunks") == (b"", b"chunks")
    assert server.is_done


@pytest.mark.parametrize("version", [0, 6, 0x16, 0x47])
def test_another_version_is_refused_with_its_first_byte(version: int) -> None:
    with pytest.raises(RtmpError):
        ServerHandshake().receive(bytes((version,)))
    with pytest.raises(RtmpError):
        ClientHandshake().receive(bytes((version,)))
