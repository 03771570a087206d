"""Claims about the settings of the API process."""

from datetime import timedelta
from ipaddress import ip_network

import pytest

from control_api.settings import ApiSettings, Environment, SettingsError

REQUIRED = {
    "DATABASE_URL": "postgresql://user:pass@localhost/nrs",
    "REDIS_URL": "redis://localhost:6379",
    "JWT_SECRET": "j" * 32,
    "REFRESH_TOKEN_SECRET": "r" * 32,
    "MEDIA_TOKEN_PRIVATE_KEY": "A" * 43,
    "INTERNAL_TOKEN": "i" * 32,
    "TARGETS_SECRET": "B" * 43,
    "OBJECTS_URL": "file:///var/lib/objects",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for field in ApiSettings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_required_ones_are_enough_and_the_rest_has_the_specifications_values(
    environment: pytest.MonkeyPatch,
) -> None:
    settings = ApiSettings.from_environment()
    assert (settings.port, settings.api_version, settings.node_env) == (3000, "v1", Environment.DEVELOPMENT)
    assert settings.jwt_expires_in == timedelta(minutes=15)
    assert settings.refresh_token_expires_in == timedelta(days=7)
    assert (settings.rate_limit_window_ms, settings.rate_limit_max_requests) == (60_000, 600)


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_a_missing_one_is_named(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(SettingsError, match=f"^{name} is not set$"):
        ApiSettings.from_environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JWT_SECRET", "short-secret"),
        ("REFRESH_TOKEN_SECRET", "short-secret"),
        ("MEDIA_TOKEN_PRIVATE_KEY", "not base64!"),
        ("MEDIA_TOKEN_PRIVATE_KEY", "c2hvcnQ"),
        ("INTERNAL_TOKEN", "short-token"),
        ("TARGETS_SECRET", "c2hvcnQ"),
        ("TARGETS_SECRETS_OLD", "c2hvcnQ"),
        ("RTMP_PUBLIC_URL", "https://live.example.com/live"),
        ("JWT_EXPIRES_IN", "15 minutes"),
        ("CORS_ORIGIN", "https://example.com/path"),
        ("CORS_ORIGIN", "*"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("PORT", "70000"),
        ("OBJECTS_URL", "ftp://example.com/objects"),
        ("OBJECTS_URL", "file://relative/folder"),
        ("OBJECTS_URL", "s3:///prefix"),
    ],
)
def test_a_wrong_value_is_named_and_never_repeated(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: ") as caught:
        ApiSettings.from_environment()
    if name.endswith(("SECRET", "KEY", "TOKEN", "OLD")):
        assert value not in str(caught.value)


def test_lists_are_separated_by_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CORS_ORIGIN", "https://nrs.example, http://localhost:5173")
    environment.setenv("TRUSTED_PROXIES", "10.0.0.0/8,::1")
    settings = ApiSettings.from_environment()
    assert settings.cors_origin == ["https://nrs.example", "http://localhost:5173"]
    assert settings.trusted_proxies == [ip_network("10.0.0.0/8"), ip_network("::1")]


def test_secrets_do_not_show_when_settings_are_printed(environment: pytest.MonkeyPatch) -> None:
    printed = repr(ApiSettings.from_environment())
    assert not any(value in printed for name, value in REQUIRED.items() if name != "OBJECTS_URL")
