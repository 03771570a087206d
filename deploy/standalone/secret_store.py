"""The secrets of an installation: from the environment, or (in development) made once and kept with the data."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

RANDOM_SECRETS: Final = ("JWT_SECRET", "REFRESH_TOKEN_SECRET", "INTERNAL_TOKEN")
TARGETS_SECRET: Final = "TARGETS_SECRET"  # noqa: S105 - the name of one
PRIVATE_KEY: Final = "MEDIA_TOKEN_PRIVATE_KEY"
PUBLIC_KEY: Final = "MEDIA_TOKEN_PUBLIC_KEY"
FILE_NAME: Final = "secrets.json"
SECRET_BYTES: Final = 48
KEY_BYTES: Final = 32


class SecretsError(Exception):
    """Secrets are missing or unusable; the message says what to do."""


def complete_secrets(environment: Mapping[str, str], data_dir: Path, *, production: bool) -> dict[str, str]:
    """All secrets by variable name. What the environment has comes first.

    Raises SecretsError in production when one is not set, and when a key or the file cannot be used.
    """
    names = (*RANDOM_SECRETS, PRIVATE_KEY, TARGETS_SECRET)
    given = {name: environment[name] for name in names if environment.get(name)}
    missing = [name for name in names if name not in given]
    if missing and production:
        raise SecretsError(
            f"Set {', '.join(missing)}: in production no secret is made up (deploy/env.example says how to make them)."
        )
    if missing:
        given = _kept(data_dir / FILE_NAME, missing) | given
    public = public_key(given[PRIVATE_KEY])
    if environment.get(PUBLIC_KEY, public).rstrip("=") != public:
        raise SecretsError(f"{PUBLIC_KEY} does not belong to {PRIVATE_KEY}: unset it, it follows from the private key.")
    return given | {PUBLIC_KEY: public}


def public_key(private: str) -> str:
    """The Ed25519 public key for a base64url seed, base64url without padding. Raises SecretsError."""
    try:
        seed = base64.b64decode(private.rstrip("=") + "=" * (-len(private.rstrip("=")) % 4), b"-_", validate=True)
        key = Ed25519PrivateKey.from_private_bytes(seed)
    except ValueError:
        raise SecretsError(f"{PRIVATE_KEY} is not an Ed25519 seed: make one of {KEY_BYTES} bytes, base64url.") from None
    return _base64url(key.public_key().public_bytes_raw())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _make(name: str) -> str:
    return _base64url(secrets.token_bytes(KEY_BYTES if name in {PRIVATE_KEY, TARGETS_SECRET} else SECRET_BYTES))


def _kept(path: Path, names: list[str]) -> dict[str, str]:
    """The secrets of the file, with those of `names` that it lacks made and written."""
    try:
        kept = json.loads(path.read_text())
    except FileNotFoundError:
        kept = {}
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        raise SecretsError(f"{path} cannot be read: restore it, or remove it and all sessions end.")
    new = {name: _make(name) for name in names if name not in kept}
    if new:
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(kept | new, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    return {name: value for name, value in (kept | new).items() if name in names}
