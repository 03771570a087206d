"""The client side of DTLS-SRTP (RFC 5764) without I/O, light enough for a thousand peers in one process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from pylibsrtp import Policy, Session

EXPORTER_LABEL: Final = b"EXTRACTOR-dtls_srtp"
MTU: Final = 1200


@dataclass(frozen=True, slots=True)
class SrtpProfile:
    openssl_name: bytes
    libsrtp_profile: int
    key_length: int
    salt_length: int


# In the order browsers prefer them; the server chooses.
PROFILES: Final = (
    SrtpProfile(b"SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    SrtpProfile(b"SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
)


class DtlsError(Exception):
    """The handshake failed, or the peer is not the one its SDP announced."""


class DtlsIdentity:
    """One certificate and OpenSSL context, shared by all peers of the process."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "benchmark")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = fingerprint(certificate)
        self.context = SSL.Context(SSL.DTLS_METHOD)
        # The certificate is checked against the fingerprint of the SDP after the handshake (RFC 8122 §5).
        self.context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        self.context.use_certificate(certificate)
        self.context.use_privatekey(key)
        self.context.set_tlsext_use_srtp(b":".join(profile.openssl_name for profile in PROFILES))


class DtlsClient:
    """One handshake: feed it datagrams, send what it returns; once `is_connected`, it gives the SRTP sessions."""

    def __init__(self, identity: DtlsIdentity, remote_fingerprint: str) -> None:
        self._remote_fingerprint = remote_fingerprint.upper()
        self._ssl = SSL.Connection(identity.context, None)
        self._ssl.set_connect_state()
        self._ssl.set_ciphertext_mtu(MTU)
        self.is_connected = False

    def advance(self, datagram: bytes | None = None) -> list[bytes]:
        """What to send after `datagram`, or to begin with. Raises DtlsError."""
        if datagram is not None:
            self._ssl.bio_write(datagram)
        if not self.is_connected:
            try:
                self._ssl.do_handshake()
                self._check_peer()
                self.is_connected = True
            except SSL.WantReadError:
                pass
            except SSL.Error as error:
                raise DtlsError(str(error)) from error
        return self._output()

    def retransmit(self) -> list[bytes]:
        """What to send again when the flight's timer has run out (RFC 6347 §4.2.4)."""
        if not self._ssl.DTLSv1_handle_timeout():
            return []
        return self._output()

    def goodbye(self) -> list[bytes]:
        """close_notify, where there is something to close."""
        if not self.is_connected:
            return []
        self._ssl.shutdown()
        return self._output()

    def sessions(self) -> tuple[Session, Session]:
        """SRTP sessions (to send with, to receive with). Raises DtlsError when no profile was agreed."""
        chosen = self._ssl.get_selected_srtp_profile()
        profile = next((p for p in PROFILES if p.openssl_name == chosen), None)
        if profile is None:
            raise DtlsError(f"no SRTP profile was agreed: {chosen!r}")
        key, salt = profile.key_length, profile.salt_length
        block = self._ssl.export_keying_material(EXPORTER_LABEL, 2 * (key + salt))
        client = block[:key] + block[2 * key : 2 * key + salt]
        server = block[key : 2 * key] + block[2 * key + salt :]
        return (
            Session(Policy(client, Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile.libsrtp_profile)),
            Session(Policy(server, Policy.SSRC_ANY_INBOUND, srtp_profile=profile.libsrtp_profile)),
        )

    def _output(self) -> list[bytes]:
        datagrams = []
        while True:
            try:
                datagrams.append(self._ssl.bio_read(1500))
            except SSL.WantReadError:
                return datagrams

    def _check_peer(self) -> None:
        certificate = self._ssl.get_peer_certificate(as_cryptography=True)
        if certificate is None or fingerprint(certificate) != self._remote_fingerprint:
            raise DtlsError("the certificate is not the one of the SDP")


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 fingerprint as SDP writes it (RFC 8122 §5)."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()
