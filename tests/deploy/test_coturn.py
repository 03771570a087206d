"""The relay's configuration: it takes our credentials alone, and is no way into the network that it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from deploy.standalone.settings import REPOSITORY

CONFIGURATION = REPOSITORY / "deploy" / "coturn" / "turnserver.conf"
IpAddress = IPv4Address | IPv6Address


def options() -> Iterator[tuple[str, str]]:
    for line in CONFIGURATION.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name, value


def denied() -> list[tuple[IpAddress, IpAddress]]:
    ranges = [value.split("-") for name, value in options() if name == "denied-peer-ip"]
    return [(ip_address(first), ip_address(last[0] if last else first)) for first, *last in ranges]


def is_denied(host: str) -> bool:
    ip = ip_address(host)
    return any(first.version == ip.version and first.packed <= ip.packed <= last.packed for first, last in denied())


def test_it_takes_credentials_that_lapse_and_no_others() -> None:
    told = dict(options())
    assert "use-auth-secret" in told
    # A secret that is in a public file would open it to everybody.
    assert "static-auth-secret" not in told
    assert not {"lt-cred-mech", "user", "no-auth", "userdb"} & set(told)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fd00::2",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_what_is_not_public_is_out_of_its_reach(host: str) -> None:
    assert is_denied(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "172.32.0.1", "2a00:1450:4001::1"])
def test_public_addresses_are_within_it(host: str) -> None:
    assert not is_denied(host)


def test_every_range_begins_before_it_ends() -> None:
    assert all(first.version == last.version and first.packed <= last.packed for first, last in denied())
