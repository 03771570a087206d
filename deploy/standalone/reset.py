"""`python -m deploy.standalone.reset`: remove the data of the standalone product, after asking."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from deploy.processes.settings import sentences
from deploy.standalone import secret_store
from deploy.standalone.embedded import socket_dir
from deploy.standalone.instance_lock import AlreadyRunning, InstanceLock
from deploy.standalone.plan import POSTGRES_DIR, VALKEY_DIR
from deploy.standalone.settings import StandaloneSettings

ANSWER: Final = "yes"


def belongings(data_dir: Path) -> list[Path]:
    """What the product has put into its data folder. Anything else there is somebody else's and stays."""
    servers = [data_dir / POSTGRES_DIR, data_dir / VALKEY_DIR]
    candidates = [*servers, *(socket_dir(server) for server in servers)]
    candidates += [server.with_name(f"{server.name}.log") for server in servers]
    candidates.append(data_dir / secret_store.FILE_NAME)
    return [path for path in candidates if path.exists()]


def remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def main() -> int:
    try:
        data_dir = StandaloneSettings().data_dir
    except ValidationError as error:
        print(sentences(error), file=sys.stderr)
        return 2
    if not data_dir.is_dir() or not belongings(data_dir):
        print(f"There is no data in {data_dir}.")
        return 0
    try:
        lock = InstanceLock(data_dir, "being reset")
    except AlreadyRunning as error:
        print(error, file=sys.stderr)
        return 2
    print(f"All accounts, streams and secrets of {data_dir} will be removed:")
    for path in belongings(data_dir):
        print(f"    {path}")
    try:
        answer = input(f'Type "{ANSWER}" to remove them: ')
    except EOFError:
        answer = ""
    if answer.strip().lower() != ANSWER:
        print("\nNothing was removed.")
        return 0
    remove(belongings(data_dir))
    lock.release()
    print("Removed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
