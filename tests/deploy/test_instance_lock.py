"""One supervisor per data folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy.standalone.instance_lock import FILE_NAME, AlreadyRunning, InstanceLock


def test_a_second_start_on_the_same_data_says_who_is_there(tmp_path: Path) -> None:
    held = InstanceLock(tmp_path, "http://localhost:3000")
    with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}, http://localhost:3000"):
        InstanceLock(tmp_path, "http://localhost:4000")
    held.release()


def test_the_lock_is_free_after_its_holder_ended_and_names_the_new_one(tmp_path: Path) -> None:
    InstanceLock(tmp_path, "http://localhost:30000").release()
    again = InstanceLock(tmp_path, "http://localhost:1")
    with pytest.raises(AlreadyRunning, match=r"http://localhost:1\)"):
        InstanceLock(tmp_path, "http://localhost:2")
    again.release()


def test_a_holder_that_has_not_yet_written_its_name_is_still_a_holder(tmp_path: Path) -> None:
    held = InstanceLock(tmp_path, "http://localhost:3000")
    (tmp_path / FILE_NAME).write_text("")
    with pytest.raises(AlreadyRunning, match="already runs on the data"):
        InstanceLock(tmp_path, "http://localhost:4000")
    held.release()
