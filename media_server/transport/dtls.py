"""DTLS-SRTP by aiortc's transport, subclassed. Beside `sctp.py` the only file that touches aiortc's private names.

Stock `RTCDtlsTransport` reads every datagram of a session through one unbounded queue and one task. Here it sees
handshake records alone, through a short queue; SRTP goes past it, synchronously.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport, State
from OpenSSL import SSL

from media_server.transport.srtp import PROFILES, SrtpKeys

HANDSHAKE_TIMEOUT_S: Final = 10.0
_MAX_QUEUED_RECORDS: Final = 16
"""A flight is a handful of records; when the queue is full the newest is dropped and DTLS retransmits."""

_MODE_RELEASE_BUFFERS: Final = 0x10
"""SSL_MODE_RELEASE_BUFFERS of OpenSSL, which pyOpenSSL does not name."""

# aiortc allows ECDSA alone; GStreamer before 1.24 and some OBS builds bring RSA certificates.
_CIPHERS: Final = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    b"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    b"ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"
)


class DtlsFailed(ConnectionError):
    """The handshake did not complete: time-out, no common profile, or a certificate that is not the one signalled."""


class Certificate(RTCCertificate):
    """The worker's certificate. Its TLS context is built once and shared by every session."""

    _shared_context: SSL.Context | None = None

    @property
    def sha256_fingerprint(self) -> str:
        """Upper-case hex pairs joined by colons, as SDP wants it (RFC 8122 §5)."""
        return next(f.value for f in self.getFingerprints() if f.algorithm == "sha-256")

    def _create_ssl_context(self, srtp_profiles: Any) -> SSL.Context:
        if self._shared_context is None:
            context = super()._create_ssl_context(srtp_profiles)
            context.set_cipher_list(_CIPHERS)
            # Without this each connection keeps 34 kB of idle record buffers.
            context.set_mode(_MODE_RELEASE_BUFFERS)
            self._shared_context = context
        return self._shared_context


def _send_nowhere(_record: bytes) -> None:
    """For an association that is over."""


class _RecordPipe:
    """What aiortc expects of an ICE transport, reduced to handing DTLS records in and out."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._outgoing = send
        self.records: asyncio.Queue[bytes] = asyncio.Queue(_MAX_QUEUED_RECORDS)

    async def _recv(self) -> bytes:
        return await self.records.get()

    async def _send(self, data: bytes) -> None:
        self._outgoing(data)

    def release(self) -> None:
        """Send nothing from now on, and let go of whoever would have."""
        self._outgoing = _send_nowhere


class DtlsTransport(RTCDtlsTransport):
    """One DTLS association. `handshake` gives the SRTP keys; `on_closed` fires when the peer says goodbye."""

    def __init__(self, certificate: Certificate, *, send: Callable[[bytes], None], is_client: bool) -> None:
        self._pipe = _RecordPipe(send)
        super().__init__(self._pipe, [certificate])  # type: ignore[arg-type]
        self._set_role("client" if is_client else "server")
        self._srtp_profiles = [_aiortc_profile(profile.name) for profile in PROFILES]
        self._keys: SrtpKeys | None = None

    def receive(self, record: bytes) -> None:
        """Take one DTLS datagram from the peer; dropped when the queue is full."""
        if not self._pipe.records.full():
            self._pipe.records.put_nowait(record)

    async def handshake(self, fingerprints: tuple[tuple[str, str], ...]) -> SrtpKeys:
        """Shake hands with the peer that owns one of `fingerprints` (algorithm, value). Raises DtlsFailed."""
        parameters = RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(a, v) for a, v in fingerprints])
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
                await self.start(parameters)
        except TimeoutError:
            raise DtlsFailed("the DTLS handshake timed out") from None
        except SSL.Error as error:
            raise DtlsFailed("the DTLS handshake failed") from error
        if self._state != State.CONNECTED or self._keys is None:
            raise DtlsFailed("the DTLS handshake failed")
        return self._keys

    def on_closed(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, when the association ends by close_notify or error."""

        def changed() -> None:
            if self._state == State.CLOSED:
                callback()

        self.on("statechange", changed)

    def release(self) -> None:
        """Let go of whoever was to send and to be told; for after `stop`."""
        self._pipe.release()
        self.remove_all_listeners()

    def _setup_srtp(self) -> None:
        assert self._ssl is not None
        selected = self._ssl.get_selected_srtp_profile().decode()
        profile = next((p for p in PROFILES if p.name == selected), None)
        if profile is None:
            self._set_state(State.FAILED)
            return
        material = self._ssl.export_keying_material(
            b"EXTRACTOR-dtls_srtp", 2 * (profile.key_bytes + profile.salt_bytes)
        )
        self._keys = SrtpKeys.from_exported(profile, material, is_client=self._role == "client")


def _aiortc_profile(name: str) -> rtcdtlstransport.SRTPProtectionProfile:
    return next(p for p in rtcdtlstransport.SRTP_PROFILES if p.openssl_profile.decode() == name)
