"""Secrets are made once in development and demanded in production."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from control_api.settings import decode_base64url
from deploy.standalone.secret_store import FILE_NAME, PRIVATE_KEY, PUBLIC_KEY, SecretsError, complete_secrets

# RFC 8032 §7.1, test 1.
SEED = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
PUBLIC = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


def test_secrets_are_made_once_and_kept_for_their_owner_alone(tmp_path: Path) -> None:
    first = complete_secrets({}, tmp_path, production=False)
    assert complete_secrets({}, tmp_path, production=False) == first
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert len(set(first.values())) == len(first) == 6
    assert len(decode_base64url(first["TARGETS_SECRET"])) == 32


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    complete_secrets({}, tmp_path, production=False)
    assert complete_secrets({"JWT_SECRET": "mine"}, tmp_path, production=False)["JWT_SECRET"] == "mine"


def test_the_public_key_follows_from_the_private_one(tmp_path: Path) -> None:
    assert complete_secrets({PRIVATE_KEY: SEED}, tmp_path, production=False)[PUBLIC_KEY] == PUBLIC


def test_a_public_key_of_another_private_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="does not belong"):
        complete_secrets({PRIVATE_KEY: SEED, PUBLIC_KEY: "A" * 43}, tmp_path, production=False)


def test_production_names_every_secret_that_is_missing_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(
        SecretsError, match="REFRESH_TOKEN_SECRET, INTERNAL_TOKEN, MEDIA_TOKEN_PRIVATE_KEY, TARGETS_SECRET"
    ):
        complete_secrets({"JWT_SECRET": "x" * 32}, tmp_path, production=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["short", "not base64!", "ä"])
def test_an_unusable_private_key_is_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="not an Ed25519 seed"):
        complete_secrets({PRIVATE_KEY: key}, tmp_path, production=False)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"JWT_SECRET": 1}'])
def test_a_broken_file_is_not_replaced(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(SecretsError, match="cannot be read"):
        complete_secrets({}, tmp_path, production=False)
    assert (tmp_path / FILE_NAME).read_text() == content


def test_a_secret_that_a_newer_version_adds_is_added_to_the_kept_ones(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps({"JWT_SECRET": "old"}))
    secrets = complete_secrets({}, tmp_path, production=False)
    assert secrets["JWT_SECRET"] == "old"
    assert json.loads((tmp_path / FILE_NAME).read_text()).keys() >= {"JWT_SECRET", "REFRESH_TOKEN_SECRET"}
