"""The scripts behind `make`: what is there already is used, and what is wrong is told in a sentence."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from deploy.standalone.settings import REPOSITORY

TARGETS = {"run", "demo", "test", "lint", "bench", "soak", "fuzz", "reset", "lock", "help", "setup"}


def program(folder: Path, name: str, body: str) -> Path:
    """A program that stands in for one of the machine's."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def run(*argv: str, path: str = "/usr/bin:/bin", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, cwd=REPOSITORY, env={"PATH": path} | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_help_lists_every_target_with_what_it_does() -> None:
    done = run("make", "help")
    listed = dict(re.findall(r"^  make (\w+) +(\S.*)$", done.stdout, re.MULTILINE))
    assert listed.keys() == TARGETS


@pytest.mark.parametrize("script", sorted(path.name for path in (REPOSITORY / "deploy" / "setup").glob("*.sh")))
def test_scripts_are_plain_shell(script: str) -> None:
    assert run("sh", "-n", f"deploy/setup/{script}").returncode == 0


def test_an_old_python_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    old = program(tmp_path, "python3.9", '[ "$1" = --version ] && echo "Python 3.9.2"; exit 1')
    done = run("sh", "deploy/setup/python.sh", str(old))
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Python 3.9.2 is too old: install Python 3.11 or newer and name it, as in: make run PY=python3.11"
    )
    assert done.stdout == ""


def test_a_python_that_is_not_there_is_told() -> None:
    done = run("sh", "deploy/setup/python.sh", "python3.99")
    assert done.returncode == 1
    assert "There is no python3.99" in done.stderr


def test_a_node_that_is_new_enough_is_used(tmp_path: Path) -> None:
    program(tmp_path, "node", "exit 0")
    program(tmp_path, "npm", "exit 0")
    done = run("sh", "deploy/setup/node.sh", path=f"{tmp_path}:/usr/bin:/bin")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_chromium_that_is_named_is_used() -> None:
    done = run("sh", "deploy/setup/chromium.sh", CHROMIUM="/opt/chromium")
    assert (done.returncode, done.stdout) == (0, "")


def test_the_build_server_runs_make_test_and_nothing_else(tmp_path: Path) -> None:
    program(tmp_path, "make", 'echo "make $* CI=$CI"')
    done = run(str(REPOSITORY / ".ci" / "run"), path=f"{tmp_path}:{os.environ['PATH']}")
    assert done.stdout == "make test CI=1\n"
