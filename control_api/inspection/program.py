"""Runs the program that looks at files (`python -m mixer.inspection`), and believes only what fits."""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from control_api.inspection.findings import Analysed, Inspected, Rejected, Result
from control_api.inspection.settings import InspectionSettings

MODULE = "mixer.inspection"
RESULT = "result.json"
MAX_RESULT_BYTES = 8 * 1024**2
MAX_WORDS_BYTES = 8_192
FILE_BYTES = 4 * 1024**3
MAPPED_BYTES = 12 * 1024**3
"""For programs, libraries and decoded tracks, which are mapped files."""
REPOSITORY = Path(__file__).resolve().parents[2]
# One thread each: there are as many programs as jobs, and each thread would have memory of its own.
_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
_PASSED_ON = ("PATH", "HOME", "XDG_CACHE_HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH")
_RESULT: TypeAdapter[Result] = TypeAdapter(Result)

log = structlog.get_logger(__name__)


class InspectionFailed(Exception):
    """The program crashed, ran out of its bounds, or said nothing that makes sense: the file is to blame."""


class InspectionProgram:
    """It gets no secret: not the environment, not an open file, only the folder."""

    def __init__(self, settings: InspectionSettings) -> None:
        self._settings = settings
        self._has_said_that_it_is_not_cut_off = False

    async def inspect(self, folder: Path, suffix: str) -> Inspected | Rejected:
        """Look at `original{suffix}` of the folder. Raises InspectionFailed."""
        result = await self._run("inspect", folder, suffix)
        if isinstance(result, Analysed):
            raise InspectionFailed("it answered another question")
        return result

    async def analyse(self, folder: Path, suffix: str) -> Analysed | Rejected:
        """Analyse `original{suffix}` of the folder, which was inspected before. Raises InspectionFailed."""
        result = await self._run("analyse", folder, suffix)
        if isinstance(result, Inspected):
            raise InspectionFailed("it answered another question")
        return result

    async def _run(self, task: str, folder: Path, suffix: str) -> Result:
        request = {
            "task": task,
            "folder": str(folder),
            "suffix": suffix,
            "max_seconds": self._settings.inspection_track_max_s,
            "parent": os.getpid(),
            "bounds": {
                "memory_bytes": self._settings.inspection_memory_bytes,
                "mapped_bytes": MAPPED_BYTES,
                "cpu_s": self._settings.inspection_cpu_s,
                "file_bytes": FILE_BYTES,
            },
        }
        status, words = await self._execute(json.dumps(request).encode(), folder)
        if status != 0:
            log.warning("inspection_failed", status=status, words=words.decode(errors="replace"))
            raise InspectionFailed(f"it ended with status {status}")
        result = await asyncio.to_thread(_read, folder / RESULT)
        if not result.is_cut_off and not self._has_said_that_it_is_not_cut_off:
            # The kernel allows no user namespaces: then nothing but its own code keeps it from the network.
            log.warning("inspection_not_cut_off_from_network")
            self._has_said_that_it_is_not_cut_off = True
        return result

    async def _execute(self, request: bytes, folder: Path) -> tuple[int, bytes]:
        """Exit status and last words. Raises InspectionFailed after the time that it may take."""
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            MODULE,
            cwd=REPOSITORY,
            env=environment | _THREADS | {"TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            async with asyncio.timeout(self._settings.inspection_wall_s):
                with suppress(ConnectionError):
                    process.stdin.write(request)
                    process.stdin.close()
                words = b""
                while piece := await process.stderr.read(MAX_WORDS_BYTES):
                    words = (words + piece)[-MAX_WORDS_BYTES:]
                return await process.wait(), words
        except TimeoutError:
            raise InspectionFailed("it took too long") from None
        finally:
            # With all that it started; when it has ended by itself there is nobody left.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _read(path: Path) -> Result:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_RESULT_BYTES + 1)
        if len(text) > MAX_RESULT_BYTES:
            raise InspectionFailed("its result is too large")
        return _RESULT.validate_json(text)
    except (OSError, ValidationError) as error:
        raise InspectionFailed("its result makes no sense") from error
