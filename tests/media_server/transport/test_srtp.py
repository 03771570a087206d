"""SRTP: our AES-GCM against libsrtp byte for byte, key derivation against the RFC's vectors, and what is refused."""

from __future__ import annotations

import random
from struct import pack

import pylibsrtp
import pytest

from media_server.transport.srtp import (
    PROFILES,
    GcmRtpCipher,
    SrtpError,
    SrtpKeys,
    SrtpProfile,
    SrtpSession,
    derive_session_key,
)

GCM = [profile for profile in PROFILES if profile.is_gcm]
each_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
each_gcm_profile = pytest.mark.parametrize("profile", GCM, ids=lambda profile: profile.name)


def pair(profile: SrtpProfile, seed: int = 1) -> tuple[SrtpKeys, SrtpKeys]:
    """Keys of client and server, from the same exported material."""
    material = random.Random(seed).randbytes(2 * (profile.key_bytes + profile.salt_bytes))  # noqa: S311
    client = SrtpKeys.from_exported(profile, material, is_client=True)
    return client, SrtpKeys.from_exported(profile, material, is_client=False)


def rtp(sequence: int, payload: bytes = b"payload", *, ssrc: int = 0x01020304, payload_type: int = 96) -> bytes:
    return pack("!BBHII", 0x80, payload_type, sequence & 0xFFFF, sequence * 3000 & 0xFFFFFFFF, ssrc) + payload


def test_keys_are_derived_as_in_rfc_3711_appendix_b3() -> None:
    key = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139")
    salt = bytes.fromhex("0EC675AD498AFEEBB6960B3AABE6")
    assert derive_session_key(key, salt, 0, 16) == bytes.fromhex("C61E7A93744F39EE10734AFE3FF7A087")
    assert derive_session_key(key, salt, 2, 14) == bytes.fromhex("30CBBC08863D8C85D49DB34A9AE1")
    assert derive_session_key(key, salt, 1, 94) == bytes.fromhex(
        "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCE"
        "E049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC25"
        "6D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2"
    )


@each_profile
def test_client_and_server_hold_each_others_keys(profile: SrtpProfile) -> None:
    client, server = pair(profile)
    assert (client.local_key, client.local_salt) == (server.remote_key, server.remote_salt)
    assert (client.remote_key, client.remote_salt) == (server.local_key, server.local_salt)
    assert client.local_key != client.remote_key


@each_profile
@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 1150, 1340])
def test_our_sealing_is_libsrtps_byte_for_byte_across_the_rollover(profile: SrtpProfile, length: int) -> None:
    keys, _ = pair(profile, seed=length)
    reference = SrtpSession(keys)
    ours = reference.rtp_cipher
    nonce_base, sealed = ours.nonce_base(0x01020304), bytearray(length + ours.tag_bytes)
    payload = random.Random(length).randbytes(length)  # noqa: S311
    # Two rollovers, at steps that libsrtp can follow.
    for index in range(65_000, 3 * 65_536, 4_001):
        packet = rtp(index, payload)
        ours.seal_into(nonce_base, index, packet[:12], payload, memoryview(sealed))
        assert packet[:12] + sealed == reference.seal_rtp(packet)


@each_gcm_profile
def test_one_packet_is_sealed_by_gcm_without_a_leg(profile: SrtpProfile) -> None:
    keys, _ = pair(profile)
    packet = rtp(65_000, b"x" * 50)
    sealed = GcmRtpCipher(keys).seal(packet[:12], packet[12:], ssrc=0x01020304, index=65_000)
    assert sealed == SrtpSession(keys).seal_rtp(packet)


@each_profile
def test_what_one_side_seals_the_other_opens_once(profile: SrtpProfile) -> None:
    client, server = (SrtpSession(keys) for keys in pair(profile))
    sealed = client.seal_rtp(rtp(1))
    assert server.open_rtp(sealed) == rtp(1)
    with pytest.raises(SrtpError):
        server.open_rtp(sealed)
    report = pack("!BBHI", 0x80, 201, 1, 7)
    assert client.open_rtcp(server.seal_rtcp(report)) == report


@each_profile
def test_a_packet_may_be_sealed_again_to_be_sent_again(profile: SrtpProfile) -> None:
    client, server = (SrtpSession(keys) for keys in pair(profile))
    first = client.seal_rtp(rtp(10))
    for sequence in range(11, 3000):
        client.seal_rtp(rtp(sequence))
    assert client.seal_rtp(rtp(10)) == first
    assert server.open_rtp(first) == rtp(10)


@each_profile
def test_what_libsrtp_cannot_seal_is_an_srtp_error(profile: SrtpProfile) -> None:
    session = SrtpSession(pair(profile)[0])
    with pytest.raises(SrtpError):
        session.seal_rtp(rtp(1, bytes(1400)))
    session.seal_rtp(rtp(20_000))
    with pytest.raises(SrtpError):
        session.seal_rtp(rtp(20_000 - 16_400))


@each_profile
def test_noise_forgeries_and_the_wrong_keys_are_refused(profile: SrtpProfile) -> None:
    client, server = (SrtpSession(keys) for keys in pair(profile))
    other = SrtpSession(pair(profile, seed=2)[0])
    sealed = client.seal_rtp(rtp(1))
    damaged = [bytes(x ^ (n == at) for n, x in enumerate(sealed)) for at in range(1, len(sealed))]
    lengths = [bytes((0x80, 96)) + bytes(length) for length in range(40)] + [bytes(1500), b"\x80", b"\xff" * 1500]
    for datagram in [other.seal_rtp(rtp(1)), *damaged, *lengths]:
        with pytest.raises(SrtpError):
            server.open_rtp(datagram)
        with pytest.raises(SrtpError):
            server.open_rtcp(datagram)
    assert server.open_rtp(sealed) == rtp(1)


def test_session_keys_differ_by_direction() -> None:
    client, server = pair(GCM[0])
    header, payload = rtp(5)[:12], b"x" * 50
    ours = GcmRtpCipher(client).seal(header, payload, ssrc=1, index=5)
    assert ours != GcmRtpCipher(server).seal(header, payload, ssrc=1, index=5)


def test_libsrtp_knows_every_profile_we_offer() -> None:
    for profile in PROFILES:
        key = bytes(profile.key_bytes + profile.salt_bytes)
        policy = pylibsrtp.Policy(key, pylibsrtp.Policy.SSRC_ANY_INBOUND, srtp_profile=profile.libsrtp_profile)
        assert pylibsrtp.Session(policy) is not None
