"""Where a creator's streams go on to."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from uuid import uuid4

import structlog

from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.db.turns import take_turn
from control_api.identity import UserId
from control_api.streams.spec_news import SpecNews
from control_api.targets import queries
from control_api.targets.addresses import AddressUnfit, fit_address
from control_api.targets.errors import TargetNotFound, TargetUrlUnfit, TooManyTargets
from control_api.targets.models import HINT_CHARS, INGEST_OF, Platform, Target, TargetForWorker, TargetId
from control_api.vault import NotOurs, Vault

MOST_TARGETS = 10

log = structlog.get_logger(__name__)


class TargetService:
    """A key is sealed for its target, at rest and on the way to the worker."""

    def __init__(self, database: Database, vault: Vault, specs: SpecNews, clock: Clock, *, allow_private: bool) -> None:
        self._database = database
        self._vault = vault
        self._specs = specs
        self._clock = clock
        self._allow_private = allow_private

    async def all_of(self, creator_id: UserId) -> list[Target]:
        """The oldest first."""
        async with self._database.connection() as connection:
            return await queries.all_of(connection, creator_id)

    async def add(
        self, creator_id: UserId, platform: Platform, label: str, url: str | None, key: str, *, enabled: bool
    ) -> Target:
        """Raises TargetUrlUnfit, TooManyTargets."""
        address, target_id = self._address(platform, url), TargetId(uuid4())
        target = Target(
            id=target_id,
            creator_id=creator_id,
            platform=platform,
            label=label,
            url=address,
            sealed_key=self._vault.seal(key, bound_to=str(target_id)),
            key_hint=hint_of(key),
            enabled=enabled,
            created_at=self._clock(),
        )
        async with self._database.transaction() as connection:
            await take_turn(connection, creator_id)
            if len(await queries.all_of(connection, creator_id)) >= MOST_TARGETS:
                raise TooManyTargets
            await queries.insert(connection, target)
        log.info("target_added", target_id=str(target_id), user_id=str(creator_id), platform=platform.value)
        self._specs.spec_changed()
        return target

    async def edit(
        self,
        creator_id: UserId,
        target_id: TargetId,
        *,
        label: str | None,
        url: str | None,
        key: str | None,
        enabled: bool | None,
    ) -> Target:
        """What is None stays as it is. Raises TargetNotFound, TargetUrlUnfit."""
        async with self._database.transaction() as connection:
            target = await queries.find(connection, creator_id, target_id)
            if target is None:
                raise TargetNotFound
            if label is not None:
                target = replace(target, label=label)
            if url is not None:
                target = replace(target, url=self._address(target.platform, url))
            if key is not None:
                sealed = self._vault.seal(key, bound_to=str(target_id))
                target = replace(target, sealed_key=sealed, key_hint=hint_of(key))
            if enabled is not None:
                target = replace(target, enabled=enabled)
            await queries.update(connection, target)
        log.info("target_edited", target_id=str(target_id), user_id=str(creator_id), with_key=key is not None)
        self._specs.spec_changed()
        return target

    async def remove(self, creator_id: UserId, target_id: TargetId) -> None:
        """Raises TargetNotFound."""
        async with self._database.connection() as connection:
            if not await queries.delete(connection, creator_id, target_id):
                raise TargetNotFound
        log.info("target_removed", target_id=str(target_id), user_id=str(creator_id))
        self._specs.spec_changed()

    async def for_workers(self, creator_ids: Collection[UserId]) -> dict[UserId, list[TargetForWorker]]:
        """The targets of these creators that are switched on, sealed with the secret that workers have."""
        found: dict[UserId, list[TargetForWorker]] = defaultdict(list)
        async with self._database.connection() as connection:
            for target in await queries.enabled_of(connection, creator_ids):
                sealed = target.sealed_key
                try:
                    if not self._vault.is_present(sealed):
                        opened = self._vault.open(sealed, bound_to=str(target.id))
                        sealed = self._vault.seal(opened, bound_to=str(target.id))
                        await queries.set_sealed(connection, target, sealed)
                    for_worker = self._vault.without_name(sealed)
                except NotOurs:
                    log.error("target_unreadable", target_id=str(target.id))  # noqa: TRY400 - says all there is to say
                    continue
                found[target.creator_id].append(TargetForWorker(target.id, target.url, for_worker))
        return dict(found)

    def _address(self, platform: Platform, url: str | None) -> str:
        if url is None:
            if platform is Platform.CUSTOM:
                raise TargetUrlUnfit
            return INGEST_OF[platform]
        try:
            return fit_address(url, allow_private=self._allow_private)
        except AddressUnfit as error:
            raise TargetUrlUnfit(str(error)) from None


def hint_of(key: str) -> str:
    """The end of a key that is long enough to have one that says nothing of the rest."""
    return key[-HINT_CHARS:] if len(key) >= 3 * HINT_CHARS else ""
