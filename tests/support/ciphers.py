"""Ciphers for legs of which nobody opens what they send."""

from __future__ import annotations

from media_server.transport.srtp import PROFILES, GcmRtpCipher, SrtpKeys


def any_cipher() -> GcmRtpCipher:
    """One whose keys are no secret."""
    profile = PROFILES[0]
    material = bytes(2 * (profile.key_bytes + profile.salt_bytes))
    return GcmRtpCipher(SrtpKeys.from_exported(profile, material, is_client=False))
