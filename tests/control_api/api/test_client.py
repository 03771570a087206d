"""Claims about where a request is taken to come from."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from control_api.api.client import Client, ClientResolver, host_name

PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1")]


def resolve(peer: str | None, trusted: Sequence[IPv4Network | IPv6Network], headers: list[tuple[str, str]]) -> Client:
    request = make_mocked_request("GET", "/", headers=CIMultiDict(headers)).clone(remote=peer or "")
    return ClientResolver(trusted).resolve(request)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.2.2.2"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1, 10.2.2.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "10.2.2.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, garbage, 10.2.2.2"], "10.2.2.2"),
        ("10.0.0.1", [","], "10.0.0.1"),
        ("::1", ["2001:db8::5"], "2001:db8::5"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("", ["198.51.100.1"], "0.0.0.0"),  # noqa: S104 - what stands for the peer of a unix socket
    ],
)
def test_the_address_is_the_last_one_that_no_trusted_proxy_has(peer: str, forwarded: list[str], expected: str) -> None:
    client = resolve(peer, PROXIES, [("X-Forwarded-For", value) for value in forwarded])
    assert str(client.address) == expected


def test_a_very_long_list_of_hops_is_read_from_its_end_alone() -> None:
    hops = ", ".join(["198.51.100.1"] + ["10.0.0.2"] * 1_000)
    assert str(resolve("10.0.0.1", PROXIES, [("X-Forwarded-For", hops)]).address) == "10.0.0.2"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("Host", "live.example.com")], ("http", "live.example.com")),
        ([("Host", "inner:3000"), ("X-Forwarded-Host", "live.example.com:443")], ("http", "live.example.com")),
        ([("Host", "a"), ("X-Forwarded-Proto", "https")], ("https", "a")),
        ([("Host", "a"), ("X-Forwarded-Proto", "javascript")], ("http", "a")),
    ],
)
def test_scheme_and_host_are_those_the_trusted_proxy_was_asked_with(
    headers: list[tuple[str, str]], expected: tuple[str, str]
) -> None:
    client = resolve("10.0.0.1", PROXIES, headers)
    assert (client.scheme, client.host_name) == expected


def test_nobody_else_says_what_was_asked() -> None:
    headers = [("Host", "a"), ("X-Forwarded-Host", "evil.example.com"), ("X-Forwarded-Proto", "https")]
    client = resolve("203.0.113.7", PROXIES, headers)
    assert (client.scheme, client.host_name) == ("http", "a")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:3000", "localhost"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("[2001:db8::1]:3000", "[2001:db8::1]"),
        ("", "localhost"),
        ("a b", "localhost"),
        ("user@evil.example.com", "localhost"),
        ("evil.example.com/path", "localhost"),
        ("x" * 300, "localhost"),
        ("a:99999999", "localhost"),
    ],
)
def test_only_a_host_name_gets_into_the_addresses_we_give_out(host: str, expected: str) -> None:
    assert host_name(host) == expected
