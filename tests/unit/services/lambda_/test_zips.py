"""Bundles as bytes: what is taken, what is refused, and that nothing leaves its folder."""

import io
import os
import stat
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.errors import AwsError
from sundog.services.lambda_ import limits
from sundog.services.lambda_.zips import check_zip, unpack_zip

UNREADABLE = "Could not unzip uploaded file. Please check your file, then try to upload again."


def make_zip(**files):
    """Entries by name; a value may be text, or (text, mode)."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, value in files.items():
            text, mode = value if isinstance(value, tuple) else (value, 0)
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            bundle.writestr(entry, text)
    return data.getvalue()


def refusal(action, *args):
    with pytest.raises(AwsError) as caught:
        action(*args)
    assert caught.value.shape_name == "InvalidParameterValueException"
    return caught.value.message


def test_files_are_unpacked_with_their_executable_bits_and_readable_by_all(tmp_path):
    unpack_zip(make_zip(**{"a.py": "x", "bin/run": ("#!/bin/sh", 0o100700)}), tmp_path)
    assert (tmp_path / "a.py").read_text() == "x"
    assert stat.S_IMODE((tmp_path / "bin/run").stat().st_mode) == 0o744
    assert os.access(tmp_path / "a.py", os.R_OK)


def test_the_size_is_that_of_the_unpacked_files():
    assert check_zip(make_zip(a="x" * 1000, b="yy")) == 1002


def test_an_empty_upload_is_refused():
    assert refusal(check_zip, b"") == "Uploaded file must be a non-empty zip"


@pytest.mark.parametrize("data", [b"no zip", b"PK\x03\x04" + bytes(40), make_zip(a="x")[:-10]])
def test_what_is_no_zip_is_refused(data):
    assert refusal(check_zip, data) == UNREADABLE


def test_a_zip_whose_content_is_damaged_is_refused(tmp_path):
    data = bytearray(make_zip(a="hello hello hello"))
    data[32] ^= 0xFF
    assert refusal(unpack_zip, bytes(data), tmp_path) == UNREADABLE


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil"])
def test_a_name_that_leads_outside_is_refused(name):
    assert refusal(check_zip, make_zip(**{name: "x"})) == UNREADABLE


@pytest.mark.parametrize("target", ["../outside", "/etc/passwd", "/var/task/../../etc/passwd"])
def test_a_link_that_leads_outside_is_refused(tmp_path, target):
    bundle = make_zip(link=(target, stat.S_IFLNK | 0o777))
    assert refusal(unpack_zip, bundle, tmp_path / "code") == UNREADABLE


def test_nothing_is_written_through_a_link(tmp_path):
    (tmp_path / "code").mkdir()
    bundle = make_zip(**{"sub": ("/tmp", stat.S_IFLNK | 0o777), "sub/evil": "x"})
    refusal(unpack_zip, bundle, tmp_path / "code")


def test_links_within_the_bundle_are_kept(tmp_path):
    unpack_zip(make_zip(real="x", link=("real", stat.S_IFLNK | 0o777)), tmp_path)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "link").read_text() == "x"


def test_a_bundle_that_claims_too_much_is_refused_before_it_is_unpacked():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as bundle:
        for number in range(26):
            bundle.writestr(f"{number}", bytes(10 * 1024 * 1024))
    message = f"Unzipped size must be smaller than {limits.UNZIPPED_BYTES_MAX} bytes"
    assert refusal(check_zip, data.getvalue()) == message


@given(st.binary(max_size=200))
def test_any_bytes_are_a_zip_or_are_refused(data):
    try:
        check_zip(data)
    except AwsError as error:
        assert error.shape_name == "InvalidParameterValueException"


@given(st.data())
def test_a_damaged_zip_never_raises_anything_else(tmp_path_factory, data):
    good = bytearray(make_zip(**{"a.py": "print('hello')", "b/c.txt": "text" * 20}))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        check_zip(bytes(good))
        unpack_zip(bytes(good), tmp_path_factory.mktemp("code"))
    except AwsError as error:
        assert error.shape_name == "InvalidParameterValueException"


def test_a_zip_without_a_file_is_refused_as_empty():
    text = "Uploaded file must be a non-empty zip"
    assert refusal(check_zip, b"") == text
    assert refusal(check_zip, make_zip()) == text
    assert refusal(check_zip, make_zip(**{"folder/": ""})) == text
