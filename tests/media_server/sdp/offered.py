"""The offers of real peers in `offers/`, and a local side to answer them with."""

from __future__ import annotations

from pathlib import Path

from media_server.sdp import Codec, LocalTransport, Source

FOLDER = Path(__file__).parent / "offers"
PUBLISHERS = sorted(path.stem for path in FOLDER.glob("*.sdp") if "viewer" not in path.stem)
VIEWERS = sorted(path.stem for path in FOLDER.glob("*viewer*.sdp"))

LOCAL = LocalTransport(
    ice_ufrag="localufrag",
    ice_pwd="localpasswordlocalpassword",
    fingerprint_sha256=":".join(f"{byte:02X}" for byte in range(32)),
    candidates=(("192.0.2.1", 3100), ("2001:db8::1", 3100)),
)
H264 = Codec(
    "H264", 102, 90_000, fmtp={"level-asymmetry-allowed": "1", "packetization-mode": "1", "profile-level-id": "42e01f"}
)
OPUS = Codec("opus", 111, 48_000, 2)
ROOM = (Source("audio", OPUS), Source("video", H264))


def offer_text(name: str) -> str:
    """The offer as its peer wrote it, line ends included."""
    return (FOLDER / f"{name}.sdp").read_bytes().decode()
