"""A certificate for `localhost` of this run's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media_server.ingest.certificates import make_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Files of a certificate that is its own authority, and of its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"))
