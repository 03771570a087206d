"""Tokens that were verified once."""

from __future__ import annotations

import time

import pytest

from media_server import tokens as tokens_module
from media_server.tokens import Action, MediaGrant, TokenError, TokenVerifier, VerifiedTokens
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
    monkeypatch.setattr(tokens_module, "MAX_VERIFIED", 2)
    verifier = CountingVerifier(SIGNER.public_key)
    tokens = VerifiedTokens(verifier)
    signed = [SIGNER.sign("s", "watch") for _ in range(3)]
    for token in [*signed, *signed[1:], signed[0]]:
        tokens.viewer_id(token, "s", unix_s=time.time())
    assert verifier.count == 4


def test_tokens_that_have_expired_are_not_kept() -> None:
    tokens = VerifiedTokens(TokenVerifier(SIGNER.public_key))
    now = int(time.time())
    for age in range(50):
        tokens.viewer_id(SIGNER.sign("s", "watch", exp=now + 100 + age), "s", unix_s=now)
    assert len(tokens) == 50
    tokens.viewer_id(SIGNER.sign("s", "watch", exp=now + 900), "s", unix_s=now + 130)
    assert len(tokens) == 21
    tokens.viewer_id(SIGNER.sign("s", "watch", exp=now + 100), "s", unix_s=now + 1000)
    assert len(tokens) == 0
