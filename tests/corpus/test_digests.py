"""A file is hashed once for each state that it is in, beside other work where that is asked for."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from corpus import digests
from corpus.digests import CHUNK, begin, sha256_of, shared_sha256


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights"
    path.write_bytes(b"first" * 1000)
    return path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list that grows with every file that is really read."""
    paths: list[Path] = []

    def hashed(path: Path) -> str:
        paths.append(path)
        return sha256_of(path)

    monkeypatch.setattr(digests, "sha256_of", hashed)
    return paths


@pytest.mark.parametrize("size", [0, 1, 1000, CHUNK - 1, CHUNK, CHUNK + 1])
def test_the_digest_is_that_of_the_whole_file(size: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(1) * size)
    assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_is_read_once(file: Path, read: list[Path]) -> None:
    begin(file)
    assert shared_sha256(file) == shared_sha256(file) == sha256_of(file)
    assert read == [file]


def test_a_changed_file_is_read_again(file: Path, read: list[Path]) -> None:
    before = shared_sha256(file)
    file.write_bytes(b"other" * 1000)
    status = file.stat()
    # As long as before, and of a later time, as every write gives it.
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
    assert shared_sha256(file) == sha256_of(file) != before
    assert read == [file, file]


def test_a_file_that_cannot_be_read_is_named_when_it_is_needed(tmp_path: Path) -> None:
    begin(tmp_path / "absent")
    with pytest.raises(FileNotFoundError):
        shared_sha256(tmp_path / "absent")
    begin(tmp_path)  # a folder
    for _ in range(2):
        with pytest.raises(IsADirectoryError):
            shared_sha256(tmp_path)


@pytest.mark.parametrize("ahead", [True, False])
def test_whoever_waits_is_told_of_any_error(
    ahead: bool, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Path) -> str:
        raise MemoryError("no room for a chunk")

    with monkeypatch.context() as patched:
        patched.setattr(digests, "sha256_of", fails)
        if ahead:
            begin(file)
        with pytest.raises(MemoryError):
            shared_sha256(file)
    assert shared_sha256(file) == sha256_of(file), "it may work another time"
