"""The state of a folder as one word: another one after every edit that could change what a function does."""

import os

import pytest

from sundog.compute.contract import CodeMissing
from sundog.compute.watching import fingerprint


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "app.py").write_text("one")
    (tmp_path / "lib" / "more.py").write_text("more")
    return tmp_path


def edit_file(folder):
    (folder / "lib" / "more.py").write_text("less")
    os.utime(folder / "lib" / "more.py", ns=(1, 1))  # a file system may count in coarse ticks


def add_file(folder):
    (folder / "new.py").touch()


def add_folder(folder):
    (folder / "empty").mkdir()


def remove_file(folder):
    (folder / "app.py").unlink()


def rename_file(folder):
    (folder / "app.py").rename(folder / "main.py")


def replace_file(folder):
    (folder / "other").write_text("two")
    (folder / "other").rename(folder / "app.py")


def make_executable(folder):
    (folder / "app.py").chmod(0o755)


EDITS = (edit_file, add_file, add_folder, remove_file, rename_file, replace_file, make_executable)


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_gives_another_state(folder, edit):
    before = fingerprint([folder])
    assert fingerprint([folder]) == before
    edit(folder)
    assert fingerprint([folder]) != before


def test_what_tools_leave_behind_changes_nothing(folder):
    before = fingerprint([folder])
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "app.pyc").touch()
    (folder / ".git").mkdir()
    assert fingerprint([folder]) == before


def test_a_folder_that_was_made_anew_is_another_one(tmp_path):
    built = tmp_path / "dist"
    built.mkdir()
    before = fingerprint([built])
    built.rename(tmp_path / "old")  # as a build does: its mount would show the old one for ever
    built.mkdir()
    assert fingerprint([built]) != before


def test_links_to_nowhere_and_in_circles_are_no_trouble(folder):
    (folder / "nowhere").symlink_to("/no/such/file")
    (folder / "lib" / "circle").symlink_to(folder)
    fingerprint([folder])


def test_a_folder_that_is_gone_is_said_to_be(tmp_path):
    with pytest.raises(CodeMissing, match=r"gone.* is not there"):
        fingerprint([tmp_path / "gone"])
