"""Takes jobs and has them done, a few at a time."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import structlog

from control_api.errors import ServiceUnavailable
from control_api.jobs.models import LEASE, MAX_ATTEMPTS, Job, JobHandler
from control_api.jobs.service import JobQueue, is_last

POLL_S = 0.5
OUTAGE_S = 2.0
RENEW_S = LEASE.total_seconds() / 4
LAST_WORDS_S = 2.0

log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Another worker has the job: this one was cut off from PostgreSQL for too long."""


class JobWorker:
    """Does the jobs whose kinds have a handler. `run()` ends when it is cancelled; what is under way is put back."""

    def __init__(self, queue: JobQueue, handlers: Mapping[str, JobHandler], *, concurrency: int) -> None:
        self._queue = queue
        self._handlers = dict(handlers)
        self._concurrency = concurrency
        self.running: dict[str, str] = {}
        """Jobs under way: id to kind."""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._concurrency):
                tasks.create_task(self._work())

    async def _work(self) -> None:
        while True:
            try:
                job = await self._queue.take(self._handlers.keys())
                if job is None:
                    await asyncio.sleep(POLL_S)
                else:
                    await self._do(job)
            except ServiceUnavailable as error:
                # A job that was taken keeps its lease until that lapses; nothing is lost.
                log.warning("jobs_put_off", part=error.part, cause=repr(error.__cause__))
                await asyncio.sleep(OUTAGE_S)
            except Exception:
                # Giving up went wrong: the lease lapses, and it is tried again. The worker goes on with other jobs.
                log.exception("job_left")
                await asyncio.sleep(OUTAGE_S)

    async def _do(self, job: Job) -> None:
        handler = self._handlers[job.kind]
        said: dict[str, object] = {"job": str(job.id), "kind": job.kind, "attempt": job.attempts}
        self.running[str(job.id)] = job.kind
        try:
            if job.attempts > MAX_ATTEMPTS:
                log.error("job_given_up", reason="its worker died each time", **said)
                await handler.give_up(job)
                await self._queue.fail(job, None)
                return
            await self._attempt(handler, job)
        except asyncio.CancelledError:
            # Short, and not for ever: when it fails, the lease lapses.
            with suppress(ServiceUnavailable, TimeoutError):
                async with asyncio.timeout(LAST_WORDS_S):
                    await self._queue.put_back(job)
            raise
        except LeaseLost:
            log.warning("job_lease_lost", **said)
        except ServiceUnavailable as error:
            log.warning("job_failed", part=error.part, cause=repr(error.__cause__), **said)
            await self._failed(handler, job, f"{error.part} is away: {error.__cause__!r}")
        except Exception as error:
            log.exception("job_failed", error=type(error).__name__, **said)
            await self._failed(handler, job, f"{type(error).__name__}: {error}")
        else:
            await self._queue.done(job)
            log.info("job_done", **said)
        finally:
            self.running.pop(str(job.id), None)

    async def _attempt(self, handler: JobHandler, job: Job) -> None:
        """Run it while its lease is renewed. Raises what the handler raises, and LeaseLost."""
        doing = asyncio.create_task(handler.run(job))
        keeping = asyncio.create_task(self._keep(job))
        try:
            await asyncio.wait([doing, keeping], return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                keeping.result()
                raise LeaseLost
        finally:
            for task in (doing, keeping):
                task.cancel()
            await asyncio.gather(doing, keeping, return_exceptions=True)
        doing.result()

    async def _keep(self, job: Job) -> None:
        """Returns when the lease is another's."""
        loop = asyncio.get_running_loop()
        lapses_at = loop.time() + LEASE.total_seconds()
        while loop.time() < lapses_at:
            await asyncio.sleep(RENEW_S)
            with suppress(ServiceUnavailable):
                if not await self._queue.renew(job):
                    return
                lapses_at = loop.time() + LEASE.total_seconds()

    async def _failed(self, handler: JobHandler, job: Job, error: str) -> None:
        if not is_last(job):
            await self._queue.put_off(job, error)
            return
        await handler.give_up(job)
        await self._queue.fail(job, error)
