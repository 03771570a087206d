"""DTLS-SRTP of a test's own, without I/O: either role, RSA or ECDSA, any of the SRTP profiles (RFC 5764)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from pylibsrtp import Policy, Session

EXPORTER_LABEL: Final = b"EXTRACTOR-dtls_srtp"
MTU: Final = 1200


@dataclass(frozen=True, slots=True)
class Profile:
    """A protection profile as OpenSSL and libsrtp name it, with the lengths of its master key and salt."""

    name: str
    libsrtp: int
    key_bytes: int
    salt_bytes: int


GCM_128: Final = Profile("SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12)
GCM_256: Final = Profile("SRTP_AEAD_AES_256_GCM", Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12)
CM_80: Final = Profile("SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14)
ALL_PROFILES: Final = (GCM_128, GCM_256, CM_80)


class DtlsError(Exception):
    """The handshake failed, or the peer is not the one its SDP announced."""


@dataclass(frozen=True, slots=True)
class DtlsIdentity:
    """A key with its self-signed certificate."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """SHA-256, as SDP writes it (RFC 8122 §5)."""
        return fingerprint(self.certificate)

    @classmethod
    def of(cls, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> DtlsIdentity:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            issuer_name=name,
            subject_name=name,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - timedelta(days=1),
            not_valid_after=now + timedelta(days=1),
        )
        return cls(key, builder.sign(key, hashes.SHA256()))


@cache
def ecdsa_identity() -> DtlsIdentity:
    """One for all peers of the process, as browsers bring it."""
    return DtlsIdentity.of(ec.generate_private_key(ec.SECP256R1()))


@cache
def rsa_identity() -> DtlsIdentity:
    """One for all peers of the process, as older GStreamer brings it."""
    return DtlsIdentity.of(rsa.generate_private_key(public_exponent=65_537, key_size=2048))


class DtlsPeer:
    """One association: feed it datagrams, send what it returns."""

    def __init__(
        self,
        identity: DtlsIdentity,
        remote_fingerprint: str,
        *,
        is_client: bool = True,
        profiles: Sequence[Profile] = ALL_PROFILES,
    ) -> None:
        self.is_connected = False
        self.is_closed = False
        self._is_client = is_client
        self._remote_fingerprint = remote_fingerprint.upper()
        context = SSL.Context(SSL.DTLS_METHOD)
        # The certificate is checked against the fingerprint of the SDP after the handshake.
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.use_certificate(identity.certificate)
        context.use_privatekey(identity.key)
        context.set_tlsext_use_srtp(":".join(profile.name for profile in profiles).encode())
        self._ssl = SSL.Connection(context, None)
        if is_client:
            self._ssl.set_connect_state()
        else:
            self._ssl.set_accept_state()
        self._ssl.set_ciphertext_mtu(MTU)

    def advance(self, datagram: bytes | None = None) -> list[bytes]:
        """What to send after `datagram`, or to begin with. Raises DtlsError."""
        if datagram is not None:
            self._ssl.bio_write(datagram)
        if self.is_connected:
            self._read()
        else:
            self._handshake()
        return self._output()

    def retransmit(self) -> list[bytes]:
        """What to send again when the flight's timer has run out (RFC 6347 §4.2.4)."""
        return self._output() if self._ssl.DTLSv1_handle_timeout() else []

    def close(self) -> list[bytes]:
        """Says goodbye (close_notify)."""
        self._ssl.shutdown()
        return self._output()

    @property
    def profile(self) -> Profile:
        """What was agreed. Raises DtlsError when nothing was."""
        chosen = self._ssl.get_selected_srtp_profile().decode()
        profile = next((p for p in ALL_PROFILES if p.name == chosen), None)
        if profile is None:
            raise DtlsError(f"no SRTP profile was agreed: {chosen!r}")
        return profile

    def sessions(self) -> tuple[Session, Session]:
        """SRTP sessions (to send with, to receive with)."""
        profile = self.profile
        key, salt = profile.key_bytes, profile.salt_bytes
        block = self._ssl.export_keying_material(EXPORTER_LABEL, 2 * (key + salt))
        client = block[:key] + block[2 * key : 2 * key + salt]
        server = block[key : 2 * key] + block[2 * key + salt :]
        local, remote = (client, server) if self._is_client else (server, client)
        return _session(profile, local, Policy.SSRC_ANY_OUTBOUND), _session(profile, remote, Policy.SSRC_ANY_INBOUND)

    def _handshake(self) -> None:
        try:
            self._ssl.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error as error:
            raise DtlsError(str(error)) from error
        certificate = self._ssl.get_peer_certificate(as_cryptography=True)
        if certificate is None or fingerprint(certificate) != self._remote_fingerprint:
            raise DtlsError("the certificate is not the one of the SDP")
        self.is_connected = True

    def _read(self) -> None:
        try:
            self._ssl.recv(MTU)
        except SSL.ZeroReturnError:
            self.is_closed = True
        except SSL.WantReadError:
            return

    def _output(self) -> list[bytes]:
        datagrams: list[bytes] = []
        while True:
            try:
                datagrams.append(self._ssl.bio_read(1500))
            except SSL.WantReadError:
                return datagrams


def _session(profile: Profile, key: bytes, direction: int) -> Session:
    policy = Policy(key, direction, srtp_profile=profile.libsrtp)
    policy.allow_repeat_tx = direction == Policy.SSRC_ANY_OUTBOUND
    policy.window_size = 8192
    return Session(policy)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 fingerprint as SDP writes it (RFC 8122 §5)."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()
