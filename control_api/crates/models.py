"""Crates as PostgreSQL knows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

CrateId = NewType("CrateId", UUID)


@dataclass(frozen=True, slots=True)
class Crate:
    id: CrateId
    name: str
    track_count: int
    created_at: datetime
