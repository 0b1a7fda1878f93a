"""Files that are written whole or not at all."""

from __future__ import annotations

import pytest

from reconciler.desired import whole_file


def test_a_file_is_replaced_through_a_link_and_keeps_its_mode(tmp_path):
    """The link stays a link, its file has the new content and the mode it had, and nothing is left beside it."""
    there, link = tmp_path / "there", tmp_path / "link"
    there.write_bytes(b"old")
    there.chmod(0o640)
    link.symlink_to(there)
    whole_file.put(str(link), [b"n", b"ew"])
    assert link.is_symlink()
    assert (there.read_bytes(), there.stat().st_mode & 0o7777) == (b"new", 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "there"]


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path):
    """What was not there is made as ``open`` would make it, not for its owner alone."""
    whole_file.put(str(tmp_path / "new"), [b"content"])
    (tmp_path / "usual").touch()
    assert (tmp_path / "new").read_bytes() == b"content"
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_mode_that_is_given_is_the_files(tmp_path):
    """A new one's, and that of one which was open to others."""
    for name in ("new", "open"):
        if name == "open":
            (tmp_path / name).touch(mode=0o644)
        whole_file.put(str(tmp_path / name), [b"content"], 0o600)
        assert (tmp_path / name).stat().st_mode & 0o7777 == 0o600


def test_what_cannot_be_replaced_leaves_nothing_behind(tmp_path):
    """A folder in the file's place is an OSError, and what was written beside it is gone again."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").touch()
    with pytest.raises(OSError, match="folder"):
        whole_file.put(str(tmp_path / "folder"), [b"content"])
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["folder", "kept"]
