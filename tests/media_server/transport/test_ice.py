"""The ICE-lite agent: whom it answers, whom it believes, and how long."""

from __future__ import annotations

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from media_server.transport.ice import MAX_VALIDATED_ADDRESSES, IceAgent, IceCredentials, is_stun, local_ufrag_of

HOME = ("192.0.2.1", 5000)
AWAY = ("192.0.2.2", 6000)


def check(
    credentials: IceCredentials,
    *,
    nominate: bool = False,
    password: str | None = None,
    username: str | None = None,
    signed: bool = True,
    message_class: stun.Class = stun.Class.REQUEST,
) -> bytes:
    message = stun.Message(message_method=stun.Method.BINDING, message_class=message_class)
    message.attributes["USERNAME"] = username or f"{credentials.ufrag}:remote"
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    if signed:
        message.add_message_integrity((password or credentials.password).encode())
        message.add_fingerprint()
    return bytes(message)


@pytest.fixture
def credentials() -> IceCredentials:
    return IceCredentials.generate()


@pytest.fixture
def agent(credentials: IceCredentials) -> IceAgent:
    return IceAgent(credentials)


def test_a_signed_check_is_answered_with_its_address_signature_and_fingerprint(
    agent: IceAgent, credentials: IceCredentials
) -> None:
    request = check(credentials)
    answer = agent.receive_check(request, HOME)
    assert answer is not None
    response = stun.parse_message(answer[0])
    assert response.message_class is stun.Class.RESPONSE
    assert response.transaction_id == stun.parse_message(request).transaction_id
    assert response.attributes["XOR-MAPPED-ADDRESS"] == HOME
    assert response.check_message_integrity(credentials.password.encode())
    assert "FINGERPRINT" in response.attributes
    assert agent.validated == (HOME,)


def test_nothing_is_answered_and_nobody_believed_without_the_right_signature(
    agent: IceAgent, credentials: IceCredentials
) -> None:
    strangers = [
        check(credentials, signed=False),
        check(credentials, password="x" * 48),
        check(credentials, username="other:remote"),
        check(credentials, message_class=stun.Class.INDICATION),
        check(credentials, message_class=stun.Class.RESPONSE),
        check(credentials)[:-9],
        check(credentials).replace(b"remote", b"Remote"),
    ]
    assert [agent.receive_check(datagram, AWAY) for datagram in strangers] == [None] * len(strangers)
    assert agent.validated == ()
    assert agent.selected is None


@given(st.binary(min_size=1, max_size=200))
def test_no_bytes_make_it_raise(noise: bytes) -> None:
    agent = IceAgent(IceCredentials("ufrag", "password" * 4))
    local_ufrag_of(noise)
    assert agent.receive_check(noise, HOME) is None


@given(st.data())
def test_no_damage_to_a_good_check_makes_it_raise_or_believe(data: st.DataObject) -> None:
    credentials = IceCredentials("ufrag", "password" * 4)
    good = bytearray(check(credentials))
    # The fingerprint at the end lies outside of what is signed, so only what comes before it counts.
    position = data.draw(st.integers(0, len(good) - 9))
    flipped = data.draw(st.integers(1, 255))
    good[position] ^= flipped
    local_ufrag_of(bytes(good))
    assert IceAgent(credentials).receive_check(bytes(good), HOME) is None


def test_the_nominated_address_is_kept_whatever_is_checked_after_it(
    agent: IceAgent, credentials: IceCredentials
) -> None:
    agent.receive_check(check(credentials), HOME)
    assert agent.selected == HOME
    agent.receive_check(check(credentials, nominate=True), AWAY)
    assert agent.selected == AWAY
    agent.receive_check(check(credentials), HOME)
    assert agent.selected == AWAY
    agent.receive_check(check(credentials, nominate=True), HOME)
    assert agent.selected == HOME


def test_who_never_nominates_is_reached_where_the_last_check_came_from(
    agent: IceAgent, credentials: IceCredentials
) -> None:
    agent.receive_check(check(credentials), HOME)
    agent.receive_check(check(credentials), AWAY)
    assert agent.selected == AWAY


def test_after_a_restart_the_credentials_before_still_serve_and_those_before_them_do_not(agent: IceAgent) -> None:
    first = agent.credentials
    second = agent.restart()
    assert agent.ufrags == (second.ufrag, first.ufrag)
    assert agent.receive_check(check(first), HOME) is not None
    assert agent.receive_check(check(second, nominate=True), HOME) is not None
    third = agent.restart()
    assert agent.ufrags == (third.ufrag, second.ufrag)
    assert agent.receive_check(check(first), HOME) is None
    assert agent.receive_check(check(second), HOME) is not None
    assert agent.receive_check(check(third), HOME) is not None


def test_a_restart_needs_the_password_that_belongs_to_its_user_fragment(agent: IceAgent) -> None:
    first = agent.credentials
    second = agent.restart()
    assert agent.receive_check(check(second, password=first.password), HOME) is None


def test_the_address_table_is_bounded_and_keeps_the_selected_one(agent: IceAgent, credentials: IceCredentials) -> None:
    agent.receive_check(check(credentials, nominate=True), HOME)
    dropped = []
    for port in range(1000, 1100):
        answer = agent.receive_check(check(credentials), ("192.0.2.3", port))
        assert answer is not None
        if answer[1] is not None:
            dropped.append(answer[1])
    assert len(agent.validated) == MAX_VALIDATED_ADDRESSES
    assert HOME in agent.validated
    assert HOME not in dropped
    assert dropped == [("192.0.2.3", port) for port in range(1000, 1100 - MAX_VALIDATED_ADDRESSES + 1)]


def test_the_user_fragment_is_read_from_requests_alone(credentials: IceCredentials) -> None:
    assert local_ufrag_of(check(credentials)) == credentials.ufrag
    assert local_ufrag_of(check(credentials, message_class=stun.Class.RESPONSE)) is None
    assert local_ufrag_of(check(credentials)[:19]) is None
    nameless = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    assert local_ufrag_of(bytes(nameless)) is None
    assert local_ufrag_of(check(credentials, username="ä:b")) is None


def test_a_name_that_hides_behind_the_signature_is_not_read(credentials: IceCredentials) -> None:
    message = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    message.add_message_integrity(credentials.password.encode())
    message.attributes["USERNAME"] = f"{credentials.ufrag}:remote"
    assert local_ufrag_of(bytes(message)) is None


@pytest.mark.parametrize(("first", "said"), [(0, True), (3, True), (4, False), (20, False), (128, False)])
def test_the_first_byte_says_whether_it_is_stun(first: int, said: bool) -> None:
    assert is_stun(bytes((first,))) is said


def test_credentials_are_ice_chars_of_the_right_length_and_never_repeat() -> None:
    made = [IceCredentials.generate() for _ in range(100)]
    assert len({c.ufrag for c in made} | {c.password for c in made}) == 200
    for credentials in made:
        assert 4 <= len(credentials.ufrag) <= 256
        assert 22 <= len(credentials.password) <= 256
        assert (credentials.ufrag + credentials.password).isalnum()
