"""Where the key of a pull may be sent without TLS."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from media_server.relay.offer import RelayError
from media_server.relay.plain_http import PlainHttp

OWN = ip_address("1.1.1.1")


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:3100", "http://[::1]:3100", "http://localhost:3100", "http://10.1.2.3"),
        *("http://100.64.0.9:3100", "http://[fd00::7]:3100", "http://1.1.1.1:3100"),
        *("https://8.8.8.8", "https://media.example.com"),
    ],
)
async def test_it_may_within_the_machine_on_private_networks_and_by_tls(url: str) -> None:
    await PlainHttp(own=[OWN], anywhere=False).check(url)


@pytest.mark.parametrize("url", ["http://8.8.8.8:3100", "http://[2606:4700::1]:3100", "http://8.8.8.8"])
async def test_it_may_not_over_the_internet_unless_that_is_wanted(url: str) -> None:
    with pytest.raises(RelayError, match="INTERNAL_PLAIN_HTTP"):
        await PlainHttp(own=[OWN], anywhere=False).check(url)
    await PlainHttp(own=[OWN], anywhere=True).check(url)
