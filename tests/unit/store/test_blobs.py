"""Blobs: there entirely or not at all, whatever happens while they are written."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from sundog.store import StoreError
from sundog.store.blobs import CHUNK_BYTES, DirectoryBlobs, NoSuchBlob

UNKNOWN = "0" * 64


@pytest.fixture(params=["memory", "folder"])
def blobs(request, tmp_path):
    return DirectoryBlobs(tmp_path / "data" / "blobs" if request.param == "folder" else None)


@pytest.mark.parametrize("data", [b"", b"a", b"x" * (CHUNK_BYTES + 1)], ids=["empty", "short", "long"])
async def test_a_blob_comes_back_as_it_was_put(blobs, data):
    key = await blobs.put(data)
    assert key == hashlib.sha256(data).hexdigest()
    assert await blobs.get(key) == data
    assert await blobs.exists(key)


async def test_the_same_bytes_are_kept_once(blobs):
    first, second = await asyncio.gather(blobs.put(b"same"), blobs.put(b"same"))
    assert first == second
    assert await blobs.get(first) == b"same"


async def test_a_long_blob_is_streamed_in_chunks(tmp_path):
    blobs = DirectoryBlobs(tmp_path)
    key = await blobs.put(b"x" * (2 * CHUNK_BYTES + 1))
    assert [len(chunk) async for chunk in blobs.stream(key)] == [CHUNK_BYTES, CHUNK_BYTES, 1]


async def test_an_unknown_blob_is_refused(blobs):
    assert not await blobs.exists(UNKNOWN)
    with pytest.raises(NoSuchBlob):
        await blobs.get(UNKNOWN)


async def test_a_deleted_blob_is_gone_and_deleting_again_is_fine(blobs):
    key = await blobs.put(b"a")
    await blobs.delete(key)
    await blobs.delete(key)
    assert not await blobs.exists(key)


async def test_reset_forgets_every_blob_and_new_ones_can_be_put(blobs):
    keys = [await blobs.put(data) for data in (b"a", b"b")]
    await blobs.reset()
    await blobs.reset()
    assert [await blobs.exists(key) for key in keys] == [False, False]
    assert await blobs.get(await blobs.put(b"a")) == b"a"


async def test_a_blob_is_there_for_the_next_process(tmp_path):
    key = await DirectoryBlobs(tmp_path / "blobs").put(b"a")
    assert await DirectoryBlobs(tmp_path / "blobs").get(key) == b"a"


@pytest.mark.parametrize("step", ["fsync", "rename"])
async def test_a_write_that_fails_leaves_nothing_to_be_seen(tmp_path, monkeypatch, step):
    blobs = DirectoryBlobs(tmp_path)

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(StoreError, match="No space left"):
            await blobs.put(b"a")
    assert not await blobs.exists(hashlib.sha256(b"a").hexdigest())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert await blobs.get(await blobs.put(b"a")) == b"a"


async def test_the_file_and_every_folder_above_it_are_synced_before_the_answer(tmp_path, monkeypatch):
    """In this order: the content, then the names that lead to it."""
    synced, real = [], os.fsync

    def sync(descriptor):
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    key = await DirectoryBlobs(tmp_path / "blobs").put(b"a")
    content, *folders = synced
    assert "unfinished-" in content
    assert folders == [str(p) for p in (tmp_path / "blobs" / key[:2], tmp_path / "blobs", tmp_path)]
