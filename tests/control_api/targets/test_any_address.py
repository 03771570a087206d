"""Claims about whatever somebody types as the address of a target."""

from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_api.targets.addresses import AddressUnfit, fit_address, is_public

SEEDS = (Path(__file__).parent / "seeds" / "addresses.txt").read_text().splitlines()
hosts = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
    st.text("abc019.-xX%_", max_size=20),
)
typed = st.one_of(
    st.text(max_size=60),
    st.builds("{}://{}{}{}".format, st.sampled_from(["rtmp", "rtmps", "RTMP", "http"]), hosts,
              st.sampled_from(["", ":1935", ":0", ":99999", ":x"]), st.text("/ab.?#@%", max_size=12)),
)  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """A seed with some of its characters exchanged."""
    text = list(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        text[draw(st.integers(0, len(text) - 1))] = draw(st.characters(exclude_categories=["Cs"]))
    return "".join(text)


@given(st.one_of(typed, spoiled()))
def test_an_address_is_fit_or_refused_and_a_fit_one_leads_out(url: str) -> None:
    with suppress(AddressUnfit):
        kept = fit_address(url, allow_private=False)
        parts = urlsplit(kept)
        assert parts.scheme in {"rtmp", "rtmps"}
        assert (parts.username, parts.query, parts.fragment) == (None, "", "")
        assert fit_address(kept, allow_private=False) == kept
        with suppress(ValueError):
            assert is_public(ip_address(parts.hostname or ""))


@pytest.mark.parametrize("url", SEEDS[:3])
def test_good_seeds_are_fit(url: str) -> None:
    assert fit_address(url, allow_private=False) == url


@pytest.mark.parametrize("url", SEEDS[3:], ids=range(len(SEEDS[3:])))
def test_bad_seeds_are_refused(url: str) -> None:
    with pytest.raises(AddressUnfit):
        fit_address(url, allow_private=False)
