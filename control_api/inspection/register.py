"""The register of claimed works, and which of them, or of the DJ's own tracks, a fingerprint is of."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.inspection import queries
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
    """Claims come in here, and are compared with what DJs upload."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def claim(self, title: str, claimant: str, fingerprint: Sequence[int], duration_s: float) -> UUID:
        """Have every track that is uploaded from now on held that has a part of this work in it."""
        async with self._database.connection() as connection:
            return await queries.insert_claimed_work(
                connection, title, claimant, fingerprint, duration_s, self._clock()
            )

    async def withdraw(self, work_id: UUID) -> bool:
        """End a claim; False when there is none."""
        async with self._database.connection() as connection:
            return await queries.withdraw_claimed_work(connection, work_id, self._clock())

    async def find_claim(self, fingerprint: Sequence[int]) -> Work | None:
        """The claimed work of which most is in a track."""
        async with self._database.connection() as connection:
            rows = await queries.claimed_works_like(connection, _telling(fingerprint))
        return await asyncio.to_thread(_best_claim, as_fingerprint(fingerprint), rows)

    async def find_same_recording(self, subject: Subject, fingerprint: Sequence[int], duration_s: float) -> Work | None:
        """Another track of the DJ's with the same sound, in other bytes."""
        async with self._database.connection() as connection:
            rows = await queries.own_tracks_like(connection, subject, _telling(fingerprint))
        return await asyncio.to_thread(_same, as_fingerprint(fingerprint), duration_s, rows)


def _telling(fingerprint: Sequence[int]) -> list[int]:
    """The numbers that may find another fingerprint: those of silence and held sounds would find all."""
    return [number for number, times in Counter(fingerprint).items() if times <= MOST_REPEATS]


def _best_claim(fingerprint: Fingerprint, rows: Sequence[asyncpg.Record]) -> Work | None:
    found = []
    for row in rows:
        match = longest_match(fingerprint, as_fingerprint(row["fingerprint"]))
        if match is not None and match.seconds >= min(CLAIM_SECONDS, CLAIM_SHARE * row["duration_s"]):
            found.append(Work(row["id"], row["title"], row["claimant"], match.seconds))
    return max(found, key=lambda work: work.seconds, default=None)


def _same(fingerprint: Fingerprint, duration_s: float, rows: Sequence[asyncpg.Record]) -> Work | None:
    for row in rows:
        match = longest_match(fingerprint, as_fingerprint(row["fingerprint"]))
        if match is not None and match.seconds >= SAME_SHARE * max(duration_s, row["duration_s"]):
            return Work(row["id"], row["title"], "", match.seconds)
    return None
