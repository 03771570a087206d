"""`python -m deploy.demo`: the product with demo accounts and a set that is on air."""

from __future__ import annotations

import os
import signal
import sys

from deploy.demo.accounts import ALL
from deploy.standalone.child import ChildSpec
from deploy.standalone.embedded import Launch
from deploy.standalone.product import EXIT_CANNOT_START, run_product
from deploy.standalone.settings import REPOSITORY


async def _is_alive(_pid: int) -> bool:
    # The supervisor knows of its end at once; when the set is on air is for the page to show.
    return True


def show(environment: dict[str, str]) -> list[ChildSpec]:
    argv = (sys.executable, "-m", "deploy.demo.show")
    launch = Launch(argv, None, signal.SIGTERM, environment | {"PYTHONUNBUFFERED": "1"}, REPOSITORY)
    return [ChildSpec("demo", "a synthetic set, by WHIP", launch, _is_alive)]


def main() -> int:
    if os.environ.get("NODE_ENV") == "production":
        print("The demo has public passwords and runs in development only: unset NODE_ENV.", file=sys.stderr)
        return EXIT_CANNOT_START
    accounts = [f"  {account.role:<10} {account.email:<23} {account.password}" for account in ALL]
    return run_product(show, ["Demo accounts (public, for development only):", *accounts])


if __name__ == "__main__":
    sys.exit(main())
