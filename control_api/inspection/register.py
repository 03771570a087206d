"""The register of claimed works, and which of them, or of the DJ's own tracks, a fingerprint is of."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import asyncpg

from control_api.db.pool import Database
from control_api.inspection import claim_queries, queries
from control_api.inspection.matching import Fingerprint, as_fingerprint, longest_match
from control_api.inspection.models import Subject, Work

CLAIM_SECONDS = 12.0
"""As much of a claimed work without a break is a case for a moderator."""
CLAIM_SHARE = 0.6
"""Of a work that is shorter than twice that."""
SAME_SHARE = 0.8
"""As much of the longer of two tracks makes them the same recording."""
MOST_REPEATS = 20


class FingerprintRegister:
    """What DJs upload is compared with it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_claim(self, fingerprint: Sequence[int]) -> Work | None:
        """The claimed work of which most is in a track."""
        async with self._database.connection() as connection:
            rows = await claim_queries.claimed_works_like(connection, telling(fingerprint))
        return await asyncio.to_thread(_best_claim, as_fingerprint(fingerprint), rows)

    async def find_same_recording(self, subject: Subject, fingerprint: Sequence[int], duration_s: float) -> Work | None:
        """Another track of the DJ's with the same sound, in other bytes."""
        async with self._database.connection() as connection:
            rows = await queries.own_tracks_like(connection, subject, telling(fingerprint))
        return await asyncio.to_thread(_same, as_fingerprint(fingerprint), duration_s, rows)


def telling(fingerprint: Sequence[int]) -> list[int]:
    """The numbers that may find another fingerprint: those of silence and held sounds would find all."""
    return [number for number, times in Counter(fingerprint).items() if times <= MOST_REPEATS]


def claimed_seconds(fingerprint: Fingerprint, work: Fingerprint, work_duration_s: float) -> float | None:
    """How much of a claimed work a track has without a break; None when that is too little for a case."""
    match = longest_match(fingerprint, work)
    if match is None or match.seconds < min(CLAIM_SECONDS, CLAIM_SHARE * work_duration_s):
        return None
    return match.seconds


def _best_claim(fingerprint: Fingerprint, rows: Sequence[asyncpg.Record]) -> Work | None:
    found = []
    for row in rows:
        seconds = claimed_seconds(fingerprint, as_fingerprint(row["fingerprint"]), row["duration_s"])
        if seconds is not None:
            found.append(Work(row["id"], row["title"], row["claimant"], seconds))
    return max(found, key=lambda work: work.seconds, default=None)


def _same(fingerprint: Fingerprint, duration_s: float, rows: Sequence[asyncpg.Record]) -> Work | None:
    for row in rows:
        match = longest_match(fingerprint, as_fingerprint(row["fingerprint"]))
        if match is not None and match.seconds >= SAME_SHARE * max(duration_s, row["duration_s"]):
            return Work(row["id"], row["title"], "", match.seconds)
    return None
