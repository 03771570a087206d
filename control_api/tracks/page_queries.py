"""SQL of the library's list: filters, search and order."""

from uuid import UUID

from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.tracks.models import Order, Sort, Track, Wanted
from control_api.tracks.queries import TRACK_COLUMNS, track_of

# Each is an expression of our own; what a client asks for only chooses among them. Without a value: last.
SORTED_BY: dict[Sort, str] = {
    Sort.UPLOAD_DATE: "t.upload_date",
    Sort.TITLE: "t.title_sort",
    Sort.ARTIST: "t.artist_sort",
    Sort.ALBUM: "nullif(search_words(t.album), '')",
    Sort.GENRE: "nullif(search_words(t.genre), '')",
    Sort.YEAR: "t.year",
    Sort.BPM: "t.bpm",
    Sort.KEY: "2 * rtrim(t.camelot, 'AB')::integer + (t.camelot like '%B')::integer",
    Sort.DURATION: "t.duration_s",
    Sort.PLAY_COUNT: "t.play_count",
    Sort.LAST_PLAYED: "t.last_played_at",
}
NEVER_NULL = frozenset({Sort.UPLOAD_DATE, Sort.TITLE, Sort.ARTIST, Sort.PLAY_COUNT})


def list_sql(dj_id: UserId, wanted: Wanted) -> tuple[str, str, list[object]]:
    """(what selects one page, what counts all, the arguments of both); limit and offset are the page's next two.

    A condition is only there when it is asked for, so that the planner sees what can use an index.
    """
    arguments: list[object] = [dj_id]
    conditions = ["t.dj_id = $1"]

    def must(condition: str, value: object) -> None:
        arguments.append(value)
        conditions.append(condition.replace("?", f"${len(arguments)}"))

    if wanted.search is not None:
        must("t.search @@ words_beginning_with(?)", wanted.search)
    if wanted.genre is not None:
        must("search_words(t.genre) = search_words(?)", wanted.genre)
    if wanted.camelot is not None:
        must("t.camelot = any(?::text[])", list(wanted.camelot))
    if wanted.bpm_min is not None:
        must("t.bpm >= ?::double precision", wanted.bpm_min)
    if wanted.bpm_max is not None:
        must("t.bpm <= ?::double precision", wanted.bpm_max)
    if wanted.status is not None:
        must("t.status = ?", wanted.status.value)
    if wanted.crate_id is not None:
        must("exists (select from crate_track ct where ct.crate_id = ? and ct.track_id = t.id)", wanted.crate_id)

    matching = f"from track t where {' and '.join(conditions)}"
    direction = "desc" if wanted.order is Order.DESC else "asc"
    nulls = "" if wanted.sort in NEVER_NULL else " nulls last"
    # The id goes the same way as the column, so that an index on both serves either direction.
    order = f"order by {SORTED_BY[wanted.sort]} {direction}{nulls}, t.id {direction}"
    bounds = f"limit ${len(arguments) + 1} offset ${len(arguments) + 2}"
    return (
        f"select {TRACK_COLUMNS} {matching} {order} {bounds}",
        f"select count(*) {matching}",
        arguments,
    )


async def page_tracks(
    connection: Connection, dj_id: UserId, wanted: Wanted, *, offset: int, limit: int
) -> tuple[list[Track], int]:
    """One page of the library of `dj_id`, and how many tracks match in all."""
    page_sql, count_sql, arguments = list_sql(dj_id, wanted)
    total: int = await connection.fetchval(count_sql, *arguments)
    rows = await connection.fetch(page_sql, *arguments, limit, offset)
    return [track_of(row) for row in rows], total


async def owns_crate(connection: Connection, dj_id: UserId, crate_id: UUID) -> bool:
    return (
        await connection.fetchval("select exists (select from crate where id = $1 and dj_id = $2)", crate_id, dj_id)
        is True
    )
