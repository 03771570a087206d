"""SRTP keys and sealing: libsrtp for what comes in and for RTCP, our own AES-GCM for the packets that fan out."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pylibsrtp
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

GCM_TAG_BYTES: Final = 16
CM_TAG_BYTES: Final = 10
_LABEL_RTP_KEY: Final = 0
_LABEL_RTP_AUTHENTICATION: Final = 1
_LABEL_RTP_SALT: Final = 2
_MASTER_SALT_BYTES: Final = 14
_AUTHENTICATION_KEY_BYTES: Final = 20
_REPLAY_WINDOW: Final = 1024
_RESEND_WINDOW: Final = 16_384
"""How far behind the newest a packet may be sent again: as far as a producer's cache reaches."""
MAX_SOURCES: Final = 64
"""SSRCs a peer may send with. libsrtp keeps state for each, for ever, and looks through all of them for each packet."""


class SrtpError(ValueError):
    """A packet that does not authenticate, was seen before, or is no SRTP at all; or one that cannot be sealed."""


@dataclass(frozen=True, slots=True)
class SrtpProfile:
    """One DTLS-SRTP protection profile (RFC 5764 §4.1.2, RFC 7714 §14.2)."""

    name: str
    libsrtp_profile: int
    key_bytes: int
    salt_bytes: int
    is_gcm: bool


# In order of preference: AES-128-GCM costs least where the CPU has AES and CLMUL instructions.
PROFILES: Final = (
    SrtpProfile("SRTP_AEAD_AES_128_GCM", pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12, is_gcm=True),
    SrtpProfile("SRTP_AEAD_AES_256_GCM", pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12, is_gcm=True),
    SrtpProfile("SRTP_AES128_CM_SHA1_80", pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14, is_gcm=False),
)


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """Master keys and salts of one DTLS association, as exported (RFC 5764 §4.2)."""

    profile: SrtpProfile
    local_key: bytes
    local_salt: bytes
    remote_key: bytes
    remote_salt: bytes

    @classmethod
    def from_exported(cls, profile: SrtpProfile, material: bytes, *, is_client: bool) -> SrtpKeys:
        """Split exported keying material: client key, server key, client salt, server salt."""
        key, salt = profile.key_bytes, profile.salt_bytes
        client = material[:key], material[2 * key : 2 * key + salt]
        server = material[key : 2 * key], material[2 * key + salt : 2 * (key + salt)]
        local, remote = (client, server) if is_client else (server, client)
        return cls(profile, *local, *remote)


def derive_session_key(master_key: bytes, master_salt: bytes, label: int, length: int) -> bytes:
    """`length` bytes of session key for `label`, key derivation rate 0 (RFC 3711 §4.3; RFC 7714 §11 pads the salt)."""
    salt = int.from_bytes(master_salt.ljust(_MASTER_SALT_BYTES, b"\0"), "big") ^ (label << 48)
    counter = (salt << 16).to_bytes(16, "big")
    encryptor = Cipher(algorithms.AES(master_key), modes.CTR(counter)).encryptor()
    return encryptor.update(bytes(length)) + encryptor.finalize()


class GcmRtpCipher:
    """AES-GCM with the session key and salt of one DTLS association (RFC 7714 §8); see `RtpCipher`."""

    __slots__ = ("__weakref__", "_encrypt_into", "key", "salt")

    authentication_key: Final = b""
    tag_bytes: Final = GCM_TAG_BYTES

    def __init__(self, keys: SrtpKeys) -> None:
        self.key = derive_session_key(keys.local_key, keys.local_salt, _LABEL_RTP_KEY, keys.profile.key_bytes)
        salt = derive_session_key(keys.local_key, keys.local_salt, _LABEL_RTP_SALT, keys.profile.salt_bytes)
        self.salt = int.from_bytes(salt, "big")
        self._encrypt_into: Callable[[bytes, bytes, bytes, memoryview], int] | None = None

    def nonce_base(self, ssrc: int) -> int:
        """See `RtpCipher`: 96 bits (RFC 7714 §8.1)."""
        return (ssrc << 48) ^ self.salt

    def seal_into(self, nonce_base: int, index: int, header: bytes, payload: bytes, out: memoryview) -> None:
        """See `RtpCipher`."""
        if self._encrypt_into is None:
            # Made when first asked for: the compiled fan-out has a form of its own and never asks.
            self._encrypt_into = AESGCM(self.key).encrypt_into
        self._encrypt_into((nonce_base ^ index).to_bytes(12, "big"), payload, header, out)

    def seal(self, header: bytes, payload: bytes, *, ssrc: int, index: int) -> bytes:
        """One SRTP packet: `header` is authenticated, `payload` encrypted; `index` is ROC << 16 | sequence number."""
        sealed = bytearray(len(payload) + GCM_TAG_BYTES)
        self.seal_into(self.nonce_base(ssrc), index, header, payload, memoryview(sealed))
        return header + bytes(sealed)


class CmRtpCipher:
    """AES in counter mode with HMAC-SHA1 of 80 bits (RFC 3711 §4.1.1, §4.2.1); see `RtpCipher`."""

    __slots__ = ("__weakref__", "_encryptor", "authentication_key", "key", "salt")

    tag_bytes: Final = CM_TAG_BYTES

    def __init__(self, keys: SrtpKeys) -> None:
        master = keys.local_key, keys.local_salt
        self.key = derive_session_key(*master, _LABEL_RTP_KEY, keys.profile.key_bytes)
        self.authentication_key = derive_session_key(*master, _LABEL_RTP_AUTHENTICATION, _AUTHENTICATION_KEY_BYTES)
        self.salt = int.from_bytes(derive_session_key(*master, _LABEL_RTP_SALT, keys.profile.salt_bytes), "big")
        self._encryptor: CipherContext | None = None

    def nonce_base(self, ssrc: int) -> int:
        """See `RtpCipher`: 128 bits."""
        return (self.salt << 16) ^ (ssrc << 64)

    def seal_into(self, nonce_base: int, index: int, header: bytes, payload: bytes, out: memoryview) -> None:
        """See `RtpCipher`."""
        counter = (nonce_base ^ (index << 16)).to_bytes(16, "big")
        if self._encryptor is None:
            self._encryptor = Cipher(algorithms.AES(self.key), modes.CTR(counter)).encryptor()
        self._encryptor.reset_nonce(counter)
        body = self._encryptor.update(payload)
        rollovers = (index >> 16).to_bytes(4, "big")
        tag = hmac.digest(self.authentication_key, header + body + rollovers, "sha1")
        out[:] = body + tag[:CM_TAG_BYTES]


class SrtpSession:
    """Both directions of one leg: opens what comes in, once; seals RTCP, and RTP one by one."""

    def __init__(self, keys: SrtpKeys) -> None:
        self.profile = keys.profile
        self.gcm = GcmRtpCipher(keys) if keys.profile.is_gcm else None
        self.rtp_cipher = self.gcm or CmRtpCipher(keys)
        self._sources: set[bytes] = set()
        self._incoming = _libsrtp_session(
            keys.profile, keys.remote_key + keys.remote_salt, pylibsrtp.Policy.SSRC_ANY_INBOUND
        )
        self._outgoing = _libsrtp_session(
            keys.profile, keys.local_key + keys.local_salt, pylibsrtp.Policy.SSRC_ANY_OUTBOUND
        )

    def open_rtp(self, datagram: bytes) -> bytes:
        """The RTP packet inside `datagram`. Raises SrtpError."""
        return self._open(datagram, datagram[8:12], self._incoming.unprotect)

    def open_rtcp(self, datagram: bytes) -> bytes:
        """The compound RTCP packet inside `datagram`. Raises SrtpError."""
        return self._open(datagram, datagram[4:8], self._incoming.unprotect_rtcp)

    def seal_rtp(self, packet: bytes) -> bytes:
        """SRTP for one RTP packet of at most 1,356 bytes by libsrtp, which keeps its own rollover counter.

        Raises SrtpError.
        """
        try:
            return bytes(self._outgoing.protect(packet))
        except (pylibsrtp.Error, ValueError) as error:
            # ValueError: the packet and the longest trailer there is do not fit pylibsrtp's buffer.
            raise SrtpError(str(error)) from None

    def seal_rtcp(self, packet: bytes) -> bytes:
        """SRTCP for one compound RTCP packet."""
        return bytes(self._outgoing.protect_rtcp(packet))

    def _open(self, datagram: bytes, ssrc: bytes, unprotect: Callable[[bytes], bytes]) -> bytes:
        if ssrc not in self._sources and len(self._sources) >= MAX_SOURCES:
            raise SrtpError("the peer sends with too many SSRCs")
        try:
            plain = bytes(unprotect(datagram))
        except (pylibsrtp.Error, ValueError) as error:
            # ValueError: longer than pylibsrtp's buffer.
            raise SrtpError(str(error)) from None
        # After it has opened: what is forged must not use up the sources of the peer.
        self._sources.add(ssrc)
        return plain


def _libsrtp_session(profile: SrtpProfile, key: bytes, direction: int) -> pylibsrtp.Session:
    policy = pylibsrtp.Policy(key=key, ssrc_type=direction, srtp_profile=profile.libsrtp_profile)
    is_outgoing = direction == pylibsrtp.Policy.SSRC_ANY_OUTBOUND
    # A packet sent again after a NACK carries the same index; libsrtp must not refuse it on the sending side.
    policy.allow_repeat_tx = is_outgoing
    policy.window_size = _RESEND_WINDOW if is_outgoing else _REPLAY_WINDOW
    return pylibsrtp.Session(policy)
