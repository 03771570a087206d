"""`make reset` removes the product's data, nothing else, and only after asking."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from deploy.standalone import reset
from deploy.standalone.instance_lock import InstanceLock
from deploy.standalone.secret_store import FILE_NAME


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    (tmp_path / FILE_NAME).write_text("{}")
    (tmp_path / "holiday.jpg").touch()
    return tmp_path


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_yes_removes_what_is_ours_and_leaves_what_is_not(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "yes\n")
    assert reset.main() == 0
    assert {path.name for path in data_dir.iterdir()} == {"holiday.jpg", "supervisor.lock"}


@pytest.mark.parametrize("text", ["", "\n", "no\n", "y\n"])
def test_any_other_answer_removes_nothing(text: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, text)
    assert reset.main() == 0
    assert (data_dir / "postgres" / "PG_VERSION").exists()


def test_a_running_product_keeps_its_data(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(monkeypatch, "yes\n")
    lock = InstanceLock(data_dir, "http://localhost:3000")
    assert reset.main() == 2
    lock.release()
    assert (data_dir / "postgres").exists()
    assert "already runs" in capsys.readouterr().err
