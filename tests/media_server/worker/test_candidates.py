"""Where peers are told to reach a worker."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from media_server.settings import WorkerSettings
from media_server.worker import candidates
from media_server.worker.candidates import offered, own_addresses, reachable_hosts

OWN = ["fe80::1", "127.0.0.1", "2001:db8::5", "192.0.2.7", "::1", "169.254.3.3", "10.0.0.7", "192.0.2.7"]


def settings(**given: Any) -> WorkerSettings:
    return WorkerSettings(
        redis_url="redis://h",
        media_token_public_key="A" * 43,
        media_spool_dir=Path("/spool"),
        internal_token=SecretStr("z" * 48),
        targets_secret=SecretStr("A" * 43),
        **given,
    )


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "own_addresses", lambda: [ip_address(host) for host in OWN])


def test_the_machines_addresses_are_offered_but_link_local_ones_and_loopback_last() -> None:
    hosts = [str(ip) for ip in offered(map(ip_address, OWN))]
    assert hosts == ["192.0.2.7", "10.0.0.7", "2001:db8::5", "127.0.0.1", "::1"]


def test_everything_is_both_families_and_ipv4_where_there_is_no_other() -> None:
    assert reachable_hosts(settings(), has_ipv6=True) == ("192.0.2.7", "10.0.0.7", "2001:db8::5", "127.0.0.1", "::1")
    assert reachable_hosts(settings(), has_ipv6=False) == ("192.0.2.7", "10.0.0.7", "127.0.0.1")
    ipv4 = settings(media_host="0.0.0.0")  # noqa: S104
    assert reachable_hosts(ipv4, has_ipv6=False) == ("192.0.2.7", "10.0.0.7", "127.0.0.1")


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::5", "::1"])
def test_a_socket_bound_to_one_address_is_reached_there(host: str) -> None:
    assert reachable_hosts(settings(media_host=host), has_ipv6=":" in host) == (host,)


def test_addresses_that_are_configured_stand_for_our_own_in_their_order() -> None:
    told = settings(media_advertised_ips="2001:db8::9, 203.0.113.4")
    assert reachable_hosts(told, has_ipv6=True) == ("2001:db8::9", "203.0.113.4")


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        settings(media_advertised_ips="media.example.com")


def test_this_machine_has_a_loopback_address() -> None:
    assert ip_address("127.0.0.1") in own_addresses()
