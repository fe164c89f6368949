"""A clone prepares itself once, and again only when something has changed."""

import importlib.util
import sys
from pathlib import Path

import pytest

from deploy.local.bootstrap import CannotPrepareError, Step, npm_command, require_python


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    lock = tmp_path / "requirements.lock"
    lock.write_text("flask==3.1.3\n")
    return lock


@pytest.fixture
def stamp(tmp_path: Path) -> Path:
    (tmp_path / "made").mkdir()
    return tmp_path / "made" / "stamp"


def test_a_new_clone_has_everything_to_do(stamp: Path, lock: Path) -> None:
    assert not Step(stamp, [lock]).is_done()


def test_a_step_that_ended_well_is_not_done_again(stamp: Path, lock: Path) -> None:
    Step(stamp, [lock]).done()
    assert Step(stamp, [lock]).is_done()


def test_a_changed_lock_file_is_installed_again(stamp: Path, lock: Path) -> None:
    Step(stamp, [lock]).done()
    lock.write_text("flask==3.1.4\n")
    assert not Step(stamp, [lock]).is_done()


def test_a_lock_file_that_changes_while_it_is_installed_is_installed_again(stamp: Path, lock: Path) -> None:
    step = Step(stamp, [lock])
    lock.write_text("flask==3.1.4\n")
    step.done()
    assert not Step(stamp, [lock]).is_done()


def test_a_clone_that_was_moved_is_prepared_again(stamp: Path) -> None:
    Step(stamp, [], "/home/ann/countersign", "3.11.7").done()
    assert not Step(stamp, [], "/srv/countersign", "3.11.7").is_done()


def test_what_was_removed_by_hand_is_made_again(stamp: Path, lock: Path) -> None:
    Step(stamp, [lock]).done()
    stamp.unlink()
    assert not Step(stamp, [lock]).is_done()


def test_text_moved_from_one_file_to_the_next_is_a_change(stamp: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("ab")
    second.write_text("c")
    Step(stamp, [first, second]).done()
    first.write_text("a")
    second.write_text("bc")
    assert not Step(stamp, [first, second]).is_done()


def test_an_old_python_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(CannotPrepareError, match=r"needs Python 3\.11 or later .* is 3\.9: .*PYTHON="):
        require_python()


def test_a_python_without_venv_is_told_which_package_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(CannotPrepareError, match=r"apt-get install python3\.\d+-venv"):
        require_python()


def test_without_npm_the_one_from_the_wheel_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert npm_command(Path("/clone/.venv")) == ["/clone/.venv/bin/npm"]
