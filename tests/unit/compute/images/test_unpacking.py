"""Layers of images: files as they were meant, and never a byte outside their folder."""

import copy
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.images import digest, entry, folder, hard_link, layer, symlink

from sundog.compute.images.merging import merge_layers
from sundog.compute.images.problems import ImageBroken, ImageUnsupported
from sundog.compute.images.unpacking import LayerNotes, unpack_layer


@pytest.fixture
def unpack(tmp_path):
    """``files, notes = unpack(entry, entry, ...)``"""
    count = iter(range(1000))

    def run(*entries, diff_id=None, data=None):
        data = data if data is not None else layer(*entries)
        place = tmp_path / str(next(count))
        files = place / "files"
        files.mkdir(parents=True)
        (place / "layer.tar").write_bytes(data)
        return files, unpack_layer(place / "layer.tar", files, diff_id or digest(data))

    return run


@pytest.fixture
def merge(unpack, tmp_path):
    """``root = merge([entries of the lowest layer], [entries above], ...)``"""

    def run(*layers):
        root = tmp_path / "root"
        root.mkdir()
        merge_layers([unpack(*entries) for entries in layers], root)
        return root

    return run


def tree(root):
    """Everything below, but what every root has."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if name in ("dev", "proc", "tmp", "etc", "etc/hosts", "etc/resolv.conf"):
            continue
        found[name] = (
            path.readlink().__str__() if path.is_symlink() else path.read_text() if path.is_file() else "/"
        )
    return found


# One layer


def test_files_keep_their_mode_but_set_uid_and_their_time(unpack):
    files, _ = unpack(entry("bin/su", "x", 0o4755, mtime=1_000), entry("secret", "y", 0o000))
    status = (files / "bin" / "su").stat()
    assert (status.st_mode & 0o7777, status.st_mtime) == (0o755, 1_000)
    assert (files / "secret").stat().st_mode & 0o777 == 0o400


def test_links_are_kept_and_hard_links_share(unpack):
    files, _ = unpack(entry("a", "one"), symlink("b", "/a"), hard_link("c", "a"), hard_link("d/e", "./a"))
    assert str((files / "b").readlink()) == "/a"
    assert (files / "c").samefile(files / "a")
    assert (files / "d" / "e").read_text() == "one"


def test_devices_and_pipes_are_left_out(unpack):
    files, _ = unpack(
        entry("dev/sda", type=tarfile.BLKTYPE, devmajor=8), entry("pipe", type=tarfile.FIFOTYPE), entry("a")
    )
    assert tree(files) == {"a": "", "dev": "/"} or tree(files) == {"a": ""}


def test_a_later_entry_wins(unpack):
    files, _ = unpack(
        entry("a/b", "1"), entry("a", "file now"), entry("c", "1"), folder("c"), entry("c/d", "2"),
        entry("e", "1"), entry("e", "2"),
    )  # fmt: skip
    assert tree(files) == {"a": "file now", "c": "/", "c/d": "2", "e": "2"}


def test_folders_without_an_entry_are_noted(unpack):
    _, notes = unpack(entry("a/b/c"), folder("d"), entry("d/e"), folder("a"))
    assert notes.implied == ["a/b"]


def test_gzip_is_seen_by_its_first_bytes_and_zstd_is_refused_by_name(unpack):
    with pytest.raises(ImageUnsupported, match="zstd"):
        unpack(data=b"\x28\xb5\x2f\xfd1234")


def test_content_that_is_not_what_its_digest_says_is_refused(unpack):
    with pytest.raises(ImageBroken, match="should be sha256:00"):
        unpack(entry("a"), diff_id="sha256:00")


@pytest.mark.parametrize("data", [b"no tar at all" * 100, layer(entry("a", "x" * 2000))[:1500]])
def test_what_is_no_layer_is_refused(unpack, data):
    with pytest.raises(ImageBroken):
        unpack(data=data)


# Never outside

OUTSIDE = {
    "a name that climbs": [entry("../evil", "x")],
    "a name that climbs on its way": [entry("a/../../evil", "x")],
    "an absolute name": [entry("/evil", "x")],
    "through a link to the root": [symlink("up", "/"), entry("up/evil", "x")],
    "through a link that climbs": [symlink("up", "../../.."), entry("up/evil", "x")],
    "through a chain of links": [symlink("a", "b"), symlink("b", ".."), entry("a/evil", "x")],
    "through a folder that became a link": [
        folder("a"), folder("a/jail"), entry("a/jail/one", "x"), symlink("a", "/"), entry("a/jail/evil", "x"),
    ],
    "a hard link that climbs": [hard_link("evil", "../../outside")],
    "a hard link through a link": [symlink("up", "/"), hard_link("evil", "up/outside")],
    "a file over a link": [symlink("evil", "/outside"), entry("evil", "x")],
    "taking away what is above": [entry(".wh...", "")],
    "taking away through a link": [symlink("up", "/"), entry("up/.wh.outside", "")],
}  # fmt: skip


@pytest.mark.parametrize("way", OUTSIDE)
def test_nothing_is_touched_outside(tmp_path, way):
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    place = tmp_path / "jail" / "layer"
    place.mkdir(parents=True)
    entries = [(_aim(info, tmp_path), data) for info, data in OUTSIDE[way]]
    archive = tmp_path / "layer.tar"
    archive.write_bytes(layer(*entries))
    try:
        notes = unpack_layer(archive, place, digest(archive.read_bytes()))
        root = tmp_path / "jail" / "root"
        root.mkdir()
        merge_layers([(place, LayerNotes()), (place, notes)], root)
    except ImageBroken:
        pass
    assert outside.read_text() == "untouched"
    assert {path.name for path in tmp_path.iterdir()} == {"outside", "jail", "layer.tar"}
    assert {path.name for path in (tmp_path / "jail").iterdir()} <= {"layer", "root"}


def _aim(info, tmp_path):
    """Absolute links lead to where this test stands: there an escape is seen, and does no harm."""
    if info.issym() and info.linkname.startswith("/"):
        info = copy.copy(info)
        info.linkname = f"{tmp_path}{info.linkname}".rstrip("/")
    return info


NAMES = st.sampled_from(
    ["a", "b", "a/b", "b/a", "a/b/c", "../x", "/a", "a/../b", ".wh.a", "a/.wh.b", "a/.wh..wh..opq"]
)
TARGETS = st.sampled_from(["/", "..", "../..", "a", "/b", "b/a", "."])
ENTRIES = st.one_of(
    st.builds(lambda name: entry(name, "x"), NAMES),
    st.builds(folder, NAMES),
    st.builds(symlink, NAMES, TARGETS),
    st.builds(hard_link, NAMES, TARGETS),
)


@given(layers=st.lists(st.lists(ENTRIES, max_size=8), min_size=1, max_size=3))
def test_whatever_layers_hold_only_their_root_is_written(tmp_path_factory, layers):
    jail = tmp_path_factory.mktemp("jail")
    root = jail / "in" / "root"
    root.mkdir(parents=True)
    unpacked = []
    try:
        for number, entries in enumerate(layers):
            place = jail / "in" / str(number)
            place.mkdir()
            archive = jail / "in" / f"{number}.tar"
            archive.write_bytes(layer(*entries))
            unpacked.append((place, unpack_layer(archive, place, digest(archive.read_bytes()))))
        merge_layers(unpacked, root)
    except ImageBroken:
        pass
    assert [path.name for path in jail.iterdir()] == ["in"]
    known = {"root", *(str(n) for n in range(len(layers))), *(f"{n}.tar" for n in range(len(layers)))}
    assert {path.name for path in (jail / "in").iterdir()} <= known


# Layers over one another


def test_a_higher_layer_wins(merge):
    root = merge([entry("a", "1"), entry("b/c", "1")], [entry("a", "2"), entry("b/d", "2")])
    assert tree(root) == {"a": "2", "b": "/", "b/c": "1", "b/d": "2"}


def test_a_layer_takes_files_and_folders_away(merge):
    root = merge(
        [entry("a", "1"), entry("b/c", "1"), entry("b/d", "1")],
        [entry(".wh.a"), entry("b/.wh.c")],
        [entry("b/.wh.d"), entry("b/e", "3")],
    )
    assert tree(root) == {"b": "/", "b/e": "3"}


def test_a_layer_empties_a_folder_and_fills_it_anew(merge):
    root = merge([entry("a/b", "1"), entry("a/c/d", "1")], [entry("a/.wh..wh..opq"), entry("a/new", "2")])
    assert tree(root) == {"a": "/", "a/new": "2"}


def test_kinds_may_change_from_layer_to_layer(merge):
    root = merge(
        [entry("a", "file"), entry("b/c", "1"), symlink("d", "b")],
        [folder("a"), entry("a/x", "2"), entry("b", "file"), entry("d", "file")],
    )
    assert tree(root) == {"a": "/", "a/x": "2", "b": "file", "d": "file"}


def test_an_implied_folder_leaves_the_link_below_it_and_a_real_one_does_not(merge):
    below = [entry("usr/lib/one", "1"), symlink("lib", "usr/lib"), symlink("bin", "usr/lib")]
    root = merge(below, [entry("lib/two", "2"), folder("bin"), entry("bin/three", "3")])
    assert tree(root) == {
        "bin": "/", "bin/three": "3", "lib": "usr/lib", "usr": "/", "usr/lib": "/", "usr/lib/one": "1",
        "usr/lib/two": "2",
    }  # fmt: skip


def test_files_are_shared_with_the_layer_and_never_written_through(unpack, tmp_path):
    one, two = unpack(entry("a", "1")), unpack(entry("a", "2"))
    root = tmp_path / "root"
    root.mkdir()
    merge_layers([one, two], root)
    assert (root / "a").samefile(two[0] / "a")
    assert (one[0] / "a").read_text() == "1"


def test_a_root_has_what_an_environment_lays_its_own_over(merge):
    root = merge(
        [symlink("tmp", "/var/tmp"), symlink("etc/resolv.conf", "../run/resolv.conf"), entry("proc", "x")]
    )
    assert all(
        (root / name).is_dir() and not (root / name).is_symlink() for name in ("tmp", "proc", "dev", "etc")
    )
    assert not (root / "etc" / "resolv.conf").is_symlink()
