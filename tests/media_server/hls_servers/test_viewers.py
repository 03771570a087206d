"""Tokens that were verified, viewers that were seen."""

from __future__ import annotations

import time

import pytest

from media_server.hls_servers import viewers
from media_server.hls_servers.viewers import TOLD_EACH_S, SeenViewers, VerifiedTokens
from media_server.tokens import Action, MediaGrant, TokenError, TokenVerifier
from tests.support.media_tokens import TokenSigner

SIGNER = TokenSigner()


class CountingVerifier(TokenVerifier):
    """Says how often it was asked."""

    count = 0

    def verify(self, token: str, *actions: Action, stream_id: str, allow_expired: bool = False) -> MediaGrant:
        self.count += 1
        return super().verify(token, *actions, stream_id=stream_id, allow_expired=allow_expired)


def test_a_signature_is_checked_once_and_again_when_the_token_has_expired() -> None:
    verifier = CountingVerifier(SIGNER.public_key)
    tokens = VerifiedTokens(verifier)
    now = time.time()
    token = SIGNER.sign("s", "watch", sub="v", exp=int(now) + 100)
    assert [tokens.viewer_id(token, "s", unix_s=now) for _ in range(3)] == ["v"] * 3
    assert verifier.count == 1
    tokens.viewer_id(token, "s", unix_s=now + 200)
    assert verifier.count == 2


@pytest.mark.parametrize("is_known", [False, True])
def test_a_token_of_another_stream_is_refused(is_known: bool) -> None:
    tokens = VerifiedTokens(TokenVerifier(SIGNER.public_key))
    token = SIGNER.sign("s", "watch")
    if is_known:
        tokens.viewer_id(token, "s", unix_s=time.time())
    with pytest.raises(TokenError) as refused:
        tokens.viewer_id(token, "other", unix_s=time.time())
    assert refused.value.code == "FORBIDDEN"


def test_no_more_tokens_are_remembered_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewers, "MAX_KNOWN", 2)
    verifier = CountingVerifier(SIGNER.public_key)
    tokens = VerifiedTokens(verifier)
    signed = [SIGNER.sign("s", "watch") for _ in range(3)]
    for token in [*signed, *signed[1:], signed[0]]:
        tokens.viewer_id(token, "s", unix_s=time.time())
    assert verifier.count == 4


def test_viewers_are_told_of_at_once_and_then_now_and_then() -> None:
    seen = SeenViewers()
    seen.see("s", "a", now=0.0)
    seen.see("s", "a", now=0.1)
    assert seen.take(now=0.2) == [("s", "a")]
    seen.see("s", "a", now=1.0)
    seen.see("s", "b", now=1.0)
    assert seen.take(now=1.1) == [("s", "b")]
    seen.see("s", "a", now=TOLD_EACH_S)
    assert seen.take(now=TOLD_EACH_S) == [("s", "a")]
