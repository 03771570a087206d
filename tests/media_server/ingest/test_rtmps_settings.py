"""RTMPS is on with a certificate and its key, or it is off: nothing in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from media_server.settings import WorkerSettings

REST: dict[str, Any] = {
    "redis_url": "redis://localhost",
    "media_token_public_key": "x",
    "media_spool_dir": Path("spool"),
    "internal_token": SecretStr("t"),
    "targets_secret": SecretStr("s"),
}


@pytest.mark.parametrize(
    "given",
    [{}, {"rtmps_certificate": Path("c.pem")}, {"rtmps_key": Path("k.pem")}],
    ids=["nothing", "no key", "no certificate"],
)
def test_a_port_without_the_rest_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="RTMPS_PORT needs"):
        WorkerSettings(**REST, rtmps_port=1936, **given)


def test_a_port_with_both_is_taken_and_none_is_fine() -> None:
    files: dict[str, Any] = {"rtmps_certificate": Path("c.pem"), "rtmps_key": Path("k.pem")}
    assert WorkerSettings(**REST, rtmps_port=1936, **files).rtmps_port == 1936
    assert WorkerSettings(**REST).rtmps_port is None
