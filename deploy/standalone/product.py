"""The whole product on this machine, from the checks before the start to the end of the last child."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import ValidationError

from deploy.processes.settings import sentences
from deploy.standalone.account import AccountError, make_passable
from deploy.standalone.checks import data_dir_problem, problems
from deploy.standalone.child import Child, ChildSpec
from deploy.standalone.console import Console
from deploy.standalone.instance_lock import AlreadyRunning, InstanceLock
from deploy.standalone.plan import plan
from deploy.standalone.programs import ProgramMissing
from deploy.standalone.secret_store import SecretsError, complete_secrets
from deploy.standalone.settings import StandaloneSettings
from deploy.standalone.supervisor import Supervisor

Extra = Callable[[dict[str, str]], list[ChildSpec]]
"""Further children, made with the environment that the product's own have."""

EXIT_CANNOT_START: Final = 2


class CannotStart(Exception):
    """One or more sentences that say what to do."""


def read_settings() -> StandaloneSettings:
    try:
        return StandaloneSettings()
    except ValidationError as error:
        raise CannotStart(sentences(error)) from None


def prepare(settings: StandaloneSettings, address: str) -> tuple[InstanceLock, dict[str, str]]:
    """Checks, lock and secrets: the lock to hold, and the children's environment. Raises CannotStart."""
    try:
        make_passable(settings.data_dir)
        # The lock comes first: of a second start on the same data, the ports in use are a consequence.
        lock = InstanceLock(settings.data_dir, address)
    except AlreadyRunning as error:
        raise CannotStart(str(error)) from None
    except OSError as error:
        reason = (
            f"{error.filename or settings.data_dir} cannot be used ({error.strerror}): set DATA_DIR to another folder."
        )
        raise CannotStart(data_dir_problem(settings.data_dir) or reason) from None
    if found := problems(settings):
        raise CannotStart("\n".join(found))
    try:
        secrets = complete_secrets(os.environ, settings.data_dir, production=settings.is_production)
    except SecretsError as error:
        raise CannotStart(str(error)) from None
    return lock, {**os.environ, **secrets, "NODE_ENV": settings.node_env}


def table(children: Sequence[Child], address: str, data_dir: object, notes: Sequence[str]) -> str:
    """What a person wants to know once everything works."""
    rows = [f"    {child.spec.name:<14} process {child.pid or '-':<8} {child.spec.where}" for child in children]
    said = ["", *(f"  {note}" for note in notes)] if notes else []
    head, foot = f"  NRS Live is running: {address}", f"  Data: {data_dir}. Ctrl-C ends everything."
    return "\n".join(["", head, "", *rows, *said, "", foot, ""])


async def supervise(
    settings: StandaloneSettings, environment: dict[str, str], address: str, extra: Extra, notes: Sequence[str]
) -> bool:
    console = Console()
    if console.in_colour:
        environment["FORCE_COLOR"] = "1"
    supervisor = Supervisor([*plan(settings, environment), *extra(environment)], console)
    ready = asyncio.Event()

    async def announce() -> None:
        await ready.wait()
        console.plain(table(supervisor.children, address, settings.data_dir, notes))

    announcing = asyncio.create_task(announce())
    try:
        return await supervisor.run(ready)
    finally:
        announcing.cancel()


def run_product(extra: Extra = lambda _: [], notes: Sequence[str] = ()) -> int:
    """Run until a signal; returns the exit status. `extra` children start last; `notes` are printed with the table."""
    try:
        settings = read_settings()
        address = f"http://localhost:{settings.port}"
        lock, environment = prepare(settings, address)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return EXIT_CANNOT_START
    try:
        return 0 if asyncio.run(supervise(settings, environment, address, extra, notes)) else 1
    except (AccountError, ProgramMissing) as error:
        print(error, file=sys.stderr)
        return EXIT_CANNOT_START
    finally:
        lock.release()
