"""NTP timestamps as RTCP carries them (RFC 3550 §4): 64 bits, seconds since 1900 in 32.32 fixed point."""

from __future__ import annotations

NTP_UNIX_OFFSET_S = 2_208_988_800


def ntp_from_unix(seconds: float) -> int:
    """The 64-bit NTP timestamp of a Unix time; exact to what a float of that size holds (about 0.2 µs)."""
    return round((seconds + NTP_UNIX_OFFSET_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def ntp_to_unix(timestamp: int) -> float:
    """The Unix time in seconds of a 64-bit NTP timestamp of era 0 (until 2036)."""
    return timestamp / (1 << 32) - NTP_UNIX_OFFSET_S


def ntp_delta_s(a: int, b: int) -> float:
    """Seconds from 64-bit NTP timestamp `b` to `a`, right across the era change of 2036."""
    return (((a - b + (1 << 63)) & 0xFFFFFFFFFFFFFFFF) - (1 << 63)) / (1 << 32)


def ntp_middle(timestamp: int) -> int:
    """The middle 32 bits, in 1/65536 s: what LSR carries (RFC 3550 §6.4.1)."""
    return (timestamp >> 16) & 0xFFFFFFFF


def short_ntp(seconds: float) -> int:
    """A duration in 1/65536 s, kept within 32 bits: what DLSR carries."""
    return min(max(round(seconds * 65536), 0), 0xFFFFFFFF)
