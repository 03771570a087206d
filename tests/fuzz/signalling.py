"""What opens sessions and keeps them: checks, SDP, tokens, frames on a stream, offers of mixers and edges."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any, Final

from media_server.feed.offer import FeedError, FeedOffer
from media_server.hls_servers.http_request import BadRequest, parse_request
from media_server.relay.answer import PullAnswer
from media_server.relay.offer import PullOffer, RelayError
from media_server.sdp import SdpError, answer_publisher, answer_trickle, answer_viewer, parse_offer, parse_trickle
from media_server.tokens import TokenError, TokenVerifier
from media_server.transport.binding import BindingError, parse_binding_request
from media_server.transport.framing import FrameReader, FramingError, framed
from media_server.transport.ice import IceAgent, IceCredentials, local_ufrag_of
from tests.fuzz.target import Target, joined, pieces
from tests.media_server.sdp.offered import LOCAL, PUBLISHERS, ROOM, VIEWERS, offer_text
from tests.support.media_tokens import TokenSigner

_CREDENTIALS: Final = IceCredentials("ufrag", "password" * 4)
_HOME: Final = ("192.0.2.1", 5000)
# "ufrag:x", PRIORITY, USE-CANDIDATE, a signature that is none, and no fingerprint.
_CHECK: Final = bytes.fromhex(
    "000100302112a442" + "01" * 12 + "00060007" + b"ufrag:x".hex() + "00" + "0024000400000001" + "00250000"
) + bytes.fromhex("00080014" + "ab" * 20)


def binding(data: bytes) -> None:
    """Nobody is believed who does not know the password."""
    with suppress(BindingError):
        parse_binding_request(data).is_signed_with(b"password")
    local_ufrag_of(data)
    assert IceAgent(_CREDENTIALS).receive_check(data, _HOME) is None


def offer(data: bytes) -> None:
    """An offer, and both ways to answer it."""
    text = data.decode("utf-8", "surrogateescape")
    with suppress(SdpError):
        parsed = parse_offer(text)
        with suppress(SdpError):
            answer_publisher(parsed, LOCAL)
        answer_viewer(parsed, LOCAL, ROOM, stream_id="s", cname="c", ssrcs={"audio": (1, 2), "video": (3, 4)})


def trickle(data: bytes) -> None:
    """A fragment, and what answers a restart."""
    with suppress(SdpError):
        answer_trickle(parse_trickle(data.decode("utf-8", "surrogateescape")), LOCAL)


def frames(data: bytes) -> None:
    """A stream is cut into the same frames however it arrives."""
    chunks = list(pieces(data))
    reader, found = FrameReader(), list[bytes]()
    try:
        for chunk in chunks:
            found += reader.receive(chunk)
    except FramingError:
        return
    assert FrameReader().receive(b"".join(chunks)) == found


@cache
def _verifier() -> TokenVerifier:
    return TokenVerifier(TokenSigner().public_key)


def token(data: bytes) -> None:
    """No bytes are a token of ours."""
    try:
        _verifier().verify(data.decode("utf-8", "surrogateescape"), "watch", stream_id="s")
    except TokenError:
        return
    raise AssertionError("a token was believed that nobody signed")


def feed_offer(data: bytes) -> None:
    with suppress(FeedError):
        FeedOffer.parse(data)


def pull(data: bytes) -> None:
    """What an edge posts, and what an origin answers."""
    with suppress(RelayError):
        PullOffer.parse(data)
    with suppress(RelayError):
        PullAnswer.parse(data)


def http_request(data: bytes) -> None:
    """Requests behind each other, as a connection of LL-HLS brings them."""
    with suppress(BadRequest):
        while (read := parse_request(data)) is not None:
            request, length = read
            assert 0 < length <= len(data)
            request.query, request.segments, request.bearer  # noqa: B018 - read when they are asked for
            data = data[length:]


def _requests() -> list[bytes]:
    get = b"GET /hls/s/video/index.m3u8?_HLS_msn=7&_HLS_part=1&token=a.b.c HTTP/1.1\r\nHost: h\r\n"
    options = b"OPTIONS /hls/s/index.m3u8 HTTP/1.1\r\nHost: h\r\nOrigin: https://a.example\r\n"
    fields = b"Authorization: Bearer a.b.c\r\nAccept-Encoding: gzip, br\r\nConnection: keep-alive\r\n\r\n"
    return [get + fields + options + b"\r\n", b"HEAD http://h/hls/%73/x.mp4? HTTP/1.0\r\nContent-Length: 0\r\n\r\n"]


def _texts(names: list[str]) -> list[bytes]:
    return [offer_text(name).encode() for name in names]


def _fragments() -> list[bytes]:
    candidate = "a=candidate:1 1 udp 2130706431 192.0.2.9 4444 typ host"
    lines = ["a=group:BUNDLE 0", "a=ice-ufrag:abcd", f"a=ice-pwd:{'p' * 24}", "m=audio 9 UDP/TLS/RTP/SAVPF 0"]
    return ["\r\n".join([*lines, "a=mid:0", candidate, "a=end-of-candidates", ""]).encode()]


def _offers_of_pulls() -> list[bytes]:
    return [PullOffer.generate().serialize()]


def _tokens() -> list[bytes]:
    signer = TokenSigner()
    claims: dict[str, Any] = signer.claims("s", "watch", exp=4_000_000_000, iat=1, jti="j", sub="v")
    return [signer.encode(claims).encode(), b"a.b.c", b"eyJhbGciOiJub25lIn0.e30."]


TARGETS: Final = (
    Target("binding", binding, (), lambda: [_CHECK]),
    Target("offer", offer, ("sdp/seeds/*.sdp",), lambda: _texts(PUBLISHERS + VIEWERS)),
    Target("trickle", trickle, ("sdp/seeds/*.sdp",), _fragments),
    Target("frames", frames, (), lambda: [joined(framed([b"one", b"two"])[:4], framed([b"one", b"two"])[4:])]),
    Target("token", token, (), _tokens),
    Target("feed_offer", feed_offer, ("feed/seeds/offer-*.json",)),
    Target("pull", pull, (), _offers_of_pulls),
    Target("http_request", http_request, (), _requests),
)
