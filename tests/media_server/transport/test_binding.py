"""Binding requests are read as aioice reads them, and answers are aioice's bytes; hostile bytes raise one error."""

from __future__ import annotations

from contextlib import suppress

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from media_server.transport.binding import BindingError, parse_binding_request, success_response

PASSWORD = "password" * 4
transaction_ids = st.binary(min_size=12, max_size=12)
hosts = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)


def request(
    transaction_id: bytes = bytes(12),
    *,
    username: str = "ours:theirs",
    password: str = PASSWORD,
    nominates: bool = False,
    controls: bool = False,
    with_fingerprint: bool = True,
) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction_id)
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING" if controls else "ICE-CONTROLLED"] = 7
    if nominates:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    if with_fingerprint:
        message.add_fingerprint()
    return bytes(message)


@given(
    transaction_ids,
    st.text(max_size=100),
    st.text("abc", min_size=1),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_a_request_is_read_as_it_was_made(
    transaction_id: bytes, username: str, password: str, nominates: bool, controls: bool, with_fingerprint: bool
) -> None:
    read = parse_binding_request(
        request(
            transaction_id,
            username=username,
            password=password,
            nominates=nominates,
            controls=controls,
            with_fingerprint=with_fingerprint,
        )
    )
    assert (read.transaction_id, read.username, read.is_nomination) == (transaction_id, username.encode(), nominates)
    assert read.is_signed_with(password.encode())
    assert not read.is_signed_with(password.encode() + b"x")


@given(transaction_ids, hosts, st.integers(0, 65_535))
def test_an_answer_is_aioices_byte_for_byte(transaction_id: bytes, host: str, port: int) -> None:
    theirs = stun.Message(
        stun.Method.BINDING, stun.Class.RESPONSE, transaction_id, attributes={"XOR-MAPPED-ADDRESS": (host, port)}
    )
    theirs.add_message_integrity(PASSWORD.encode())
    theirs.add_fingerprint()
    assert success_response(transaction_id, (host, port), PASSWORD.encode()) == bytes(theirs)


@given(st.data())
def test_whatever_is_changed_before_the_signature_it_does_not_hold(data: st.DataObject) -> None:
    good = bytearray(request(with_fingerprint=data.draw(st.booleans())))
    position = data.draw(st.integers(0, len(good) - 9))
    good[position] ^= data.draw(st.integers(1, 255))
    try:
        read = parse_binding_request(bytes(good))
    except BindingError:
        return
    assert not read.is_signed_with(PASSWORD.encode())


@given(st.binary(max_size=120), st.booleans())
def test_bytes_raise_nothing_but_binding_errors(noise: bytes, as_request: bool) -> None:
    head = bytes.fromhex("0001") + len(noise).to_bytes(2, "big") + bytes.fromhex("2112a442") + bytes(12)
    with suppress(BindingError):
        parse_binding_request(head + noise if as_request else noise)


def test_a_wrong_fingerprint_and_what_is_cut_off_are_refused() -> None:
    good = request()
    wrong = good[:-1] + bytes((good[-1] ^ 1,))
    for datagram in (wrong, *(good[:length] for length in range(len(good)))):
        with pytest.raises(BindingError):
            parse_binding_request(datagram)


@pytest.mark.parametrize(
    "message_class", [stun.Class.INDICATION, stun.Class.RESPONSE, stun.Class.ERROR], ids=lambda each: each.name
)
def test_nothing_but_a_request_is_one(message_class: stun.Class) -> None:
    message = stun.Message(stun.Method.BINDING, message_class)
    message.add_message_integrity(PASSWORD.encode())
    with pytest.raises(BindingError):
        parse_binding_request(bytes(message))
