"""Claims about finding tracks by words, and about how PostgreSQL goes about it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control_api.identity import UserId
from control_api.tracks.models import Order, Sort, TrackStatus, Wanted
from control_api.tracks.page_queries import list_sql
from tests.control_api.support.api import Api
from tests.control_api.support.library import add_track, library_titles

TRACKS_OF_ONE_DJ = 10_000


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("moto", True),
        ("MOTÖRHEAD ace", True),
        ("ace of motor", True),
        ("head", False),
        ("ace zebra", False),
        ("ac dc", True),
        ("AC/DC", True),
        ("dont", True),
        ("don't", True),
        ("strasse", True),
        ("Straße", True),
        ("ночь", True),
        ("НОЧЬ", True),
        ("елка", True),
        ("東京", True),
        ("lodz", True),
        ("rock", True),
        ("demo_17", True),
        ("!!!", False),
        ("'", False),
        ("ace & !motor | (:*", True),
        ("\\", False),
    ],
)
async def test_words_are_found_by_how_they_begin_without_accents_in_any_order(
    api: Api, asked: str, found: bool
) -> None:
    anna = await api.account("dj")
    await add_track(
        api, anna, "Ace of Spades – don’t", artist="Motörhead feat. AC/DC", album="Straße Ночь Ёлка 東京 Łódź",
        genre="Rock'n'Roll", file_name="demo_17-final.wav",
    )  # fmt: skip
    reply = await api.send("GET", "/dj/tracks?" + _query(asked), by=anna)
    assert len(reply.data["items"]) == found


async def test_what_a_dj_writes_is_found_at_once(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna, "unknown 1")
    await api.send("PATCH", f"/dj/track/{track_id}", json={"title": "Blue Monday"}, by=anna)
    assert await library_titles(api, anna, "?search=blue") == ["Blue Monday"]
    assert await library_titles(api, anna, "?search=unknown") == []


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


# No NUL and no lone surrogate gets past the parsing of a request.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=100)
wishes = st.builds(
    Wanted,
    search=st.none() | texts,
    genre=st.none() | texts,
    camelot=st.none() | st.lists(st.sampled_from(["1A", "12B", "8A"]), min_size=1, max_size=3),
    bpm_min=st.none() | st.floats(20, 400),
    bpm_max=st.none() | st.floats(20, 400),
    status=st.none() | st.sampled_from(TrackStatus),
    crate_id=st.none() | st.uuids(),
    sort=st.sampled_from(Sort),
    order=st.sampled_from(Order),
)


async def test_no_wish_is_too_much_for_postgresql(connection: Any) -> None:
    owner = UserId(uuid4())

    loop = asyncio.get_running_loop()

    async def ask(wanted: Wanted) -> None:
        page, count, arguments = list_sql(owner, wanted)
        assert await connection.fetchval(count, *arguments) == 0
        assert await connection.fetch(page, *arguments, 20, 0) == []

    @settings(max_examples=150, deadline=None)
    @given(wishes)
    def holds(wanted: Wanted) -> None:
        asyncio.run_coroutine_threadsafe(ask(wanted), loop).result()

    await asyncio.to_thread(holds)


@pytest.fixture
async def large_library(connection: Any) -> UserId:
    """A DJ of 10,000 tracks beside another of as many."""
    owners = [uuid4() for _ in range(2)]
    for n, owner in enumerate(owners):
        await connection.execute(
            "insert into app_user (id, email, username, password_hash, role) values ($1, $2, $3, 'x', 'dj')",
            owner,
            f"dj{n}@example.com",
            f"dj_{n}",
        )
        await connection.execute(
            "insert into track (dj_id, file_name, file_size, upload_date, title, artist, bpm, camelot)"
            " select $1, 'f', 1, now() - n * interval '1 minute', 'title ' || md5(n::text), 'artist ' || n % 500,"
            " 80 + n % 80, (1 + n % 12) || 'A' from generate_series(1, $2::integer) n",
            owner,
            TRACKS_OF_ONE_DJ,
        )
    await connection.execute("analyze track")
    return UserId(owners[1])


async def test_a_large_library_is_read_by_its_indexes(connection: Any, large_library: UserId) -> None:
    # Where half of the table is one DJ's, reading all of it would be right; the claim is that nobody has to.
    await connection.execute("set enable_seqscan = off")
    in_order = {(Sort.UPLOAD_DATE, Order.DESC), (Sort.TITLE, Order.ASC), (Sort.ARTIST, Order.DESC)}
    for sort in Sort:
        for order in Order:
            nodes = await _plan(connection, large_library, Wanted(sort=sort, order=order))
            assert "Seq Scan" not in nodes, (sort, order, nodes)
            if (sort, order) in in_order:
                assert "Sort" not in nodes, (sort, order, nodes)
    nodes = await _plan(connection, large_library, Wanted(search="c4ca"))
    assert "Seq Scan" not in nodes
    assert "Bitmap Index Scan track_search_idx" in nodes


async def _plan(connection: Any, owner: UserId, wanted: Wanted) -> list[str]:
    """The nodes that read or sort tracks, with the index where there is one."""
    page, _, arguments = list_sql(owner, wanted)
    text = await connection.fetchval("explain (format json) " + page, *arguments, 20, 0)
    nodes: list[str] = []

    def walk(node: dict[str, Any]) -> None:
        nodes.append(" ".join([node["Node Type"], *([node["Index Name"]] if "Index Name" in node else [])]))
        for child in node.get("Plans", []):
            # What is asked once a row shown, for its crates, is no matter of the library's size.
            if child["Parent Relationship"] != "SubPlan":
                walk(child)

    walk(json.loads(text)[0]["Plan"])
    return nodes


def _query(search: str) -> str:
    return urlencode({"search": search})
