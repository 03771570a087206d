"""deploy/env.example names every setting, no other, and shows the true defaults."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from control_api.jobs.settings import JobSettings
from control_api.settings import ApiSettings
from deploy.demo.show import ShowSettings
from deploy.processes.settings import WebSettings
from deploy.standalone.settings import REPOSITORY, StandaloneSettings
from media_server.settings import WorkerSettings
from mixer.worker.settings import MixerSettings

CLASSES: tuple[type[BaseSettings], ...] = (
    ApiSettings,
    JobSettings,
    WebSettings,
    WorkerSettings,
    MixerSettings,
    StandaloneSettings,
    ShowSettings,
)
EXAMPLE = REPOSITORY / "deploy" / "env.example"
LINE = re.compile(r"^#?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$")
REQUIRED = {
    "DATABASE_URL": "postgresql://u:p@h/d",
    "REDIS_URL": "redis://h",
    "JWT_SECRET": "x" * 48,
    "REFRESH_TOKEN_SECRET": "y" * 48,
    "MEDIA_TOKEN_PRIVATE_KEY": "A" * 43,
    "MEDIA_TOKEN_PUBLIC_KEY": "A" * 43,
    "INTERNAL_TOKEN": "z" * 48,
    "TARGETS_SECRET": "A" * 43,
    "OBJECTS_URL": "file:///objects",
    "DATA_DIR": "/data",
    "MEDIA_SPOOL_DIR": "/spool",
}


def example() -> dict[str, str]:
    return {found["name"]: found["value"] for line in EXAMPLE.read_text().splitlines() if (found := LINE.match(line))}


def names(settings: type[BaseSettings]) -> set[str]:
    return {field.upper() for field in settings.model_fields}


def test_every_setting_is_shown_and_nothing_else() -> None:
    shown, known = set(example()), set().union(*map(names, CLASSES))
    assert shown - known == set(), "shown, but nobody reads it"
    assert known - shown == set(), "read, but not shown"


@pytest.mark.parametrize("settings", CLASSES)
def test_the_values_shown_are_the_defaults(settings: type[BaseSettings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    for name in names(settings):
        monkeypatch.delenv(name, raising=False)
    for name, value in (example() | REQUIRED).items():
        monkeypatch.setenv(name, value)
    read = settings()
    for name, field in settings.model_fields.items():
        if name.upper() in REQUIRED or field.default is PydanticUndefined:
            continue
        value, default = getattr(read, name), field.default
        if isinstance(default, Path):
            value, default = value.resolve(), default.resolve()
        assert value == default, f"{name.upper()} is shown as {value!r} and is {default!r}"


def test_no_secret_is_shown() -> None:
    assert not any(value for name, value in example().items() if name.endswith(("_SECRET", "_KEY")))
