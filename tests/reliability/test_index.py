"""An index that was killed, cut off, flipped or built twice: the old or the new one serves."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import LegMassageError
from index import IndexDamagedError, IndexMismatchError, build_index, load_index, open_index
from index.lock import one_builder
from index.manifest import MANIFEST, read_manifest
from tests.fakes import HashingEmbedder
from tools.kill import NEW, OLD, chance, corpus, forked, kill_builds, kill_writers

ROOT = Path(__file__).parents[2]
DOCUMENTS = "Hold the stroke for ten breaths and let go slowly. " * 400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the old index."""
    build_index(corpus(OLD), tmp_path / "index", embedder=HashingEmbedder())
    return tmp_path / "index"


def serves(folder: Path, text: str) -> bool:
    """Say whether the index of a corpus is there, sound, and finds what it holds."""
    index = load_index(corpus(text), folder, embedder=HashingEmbedder())
    return index.search("sandy soil drains", 1)[0].passage.text.startswith("Sandy")


@pytest.mark.parametrize("again", [False, True])
def test_killed_build_leaves_the_old_or_the_new_index(again: bool) -> None:
    served = list(kill_builds(again, 3, chance(7)))
    assert len(served) > 15
    assert set(served) == ({"old", "new"} if again else {"none", "new"})


def test_killed_writer_loses_nothing_that_it_reported() -> None:
    for reported, kept in kill_writers(5, chance(7)):
        assert kept >= reported > 0


def test_full_disk_leaves_the_old_index_and_no_pieces(folder: Path) -> None:
    before = {path.name for path in folder.iterdir()}

    def build_on_a_full_disk() -> None:
        # A write over the limit fails as on a full disk; the signal of it is ignored by Python.
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        try:
            open_index(corpus(NEW + DOCUMENTS), folder, embedder=HashingEmbedder())
        except IndexMismatchError as error:
            os._exit(0 if "cannot be rebuilt" in str(error) else 2)

    _, status = os.waitpid(forked(build_on_a_full_disk), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert {path.name for path in folder.iterdir()} == before
    assert serves(folder, OLD)


def test_read_only_folder_serves_what_it_holds_and_refuses_the_rest(folder: Path) -> None:
    def as_nobody() -> None:
        os.setgid(65534)
        os.setuid(65534)
        if not serves(folder, OLD):
            os._exit(2)
        try:
            open_index(corpus(NEW), folder, embedder=HashingEmbedder())
        except IndexMismatchError as error:
            os._exit(0 if "LEG_MASSAGE_INDEX" in str(error) else 3)

    if os.geteuid() != 0:
        pytest.skip("only root can become somebody who may not write")
    temporary = Path(tempfile.gettempdir())
    for path in (folder, *folder.parents):
        if temporary in path.parents:  # with several processes there is one folder more
            path.chmod(0o755)
    _, status = os.waitpid(forked(as_nobody), 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_index_can_be_read_by_others_as_the_umask_says(folder: Path) -> None:
    modes = {path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {0o666 & ~_umask()}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_second_builder_waits_for_the_first(folder: Path) -> None:
    done = threading.Event()

    def build() -> None:
        build_index(corpus(NEW), folder, embedder=HashingEmbedder())
        done.set()

    with one_builder(folder):
        thread = threading.Thread(target=build)
        thread.start()
        assert not done.wait(0.3)
        assert serves(folder, OLD)
    thread.join(30)
    assert serves(folder, NEW)


def test_builder_that_waited_uses_what_the_other_built(folder: Path) -> None:
    embedder = HashingEmbedder()
    with one_builder(folder):
        thread = threading.Thread(
            target=open_index, args=(corpus(NEW), folder), kwargs={"embedder": embedder}
        )
        thread.start()
        while not _waits_for_the_lock(thread):
            thread.join(0.05)
        _build_without_lock(folder)
    thread.join(30)
    assert embedder.embedded == []


def _waits_for_the_lock(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None and frame.f_code.co_name != "one_builder":
        frame = frame.f_back
    return frame is not None


def _build_without_lock(folder: Path) -> None:
    from index.build import _build

    _build(corpus(NEW), folder, None, HashingEmbedder(), None, None)


def test_builders_of_two_processes_leave_one_sound_index(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index import open_index;"
        "from tests.fakes import HashingEmbedder; from tools.kill import corpus, OLD, NEW;"
        "folder = Path(sys.argv[1]);"
        "[open_index(corpus(t), folder, embedder=HashingEmbedder()).search('soil', 1)"
        " for _ in range(15) for t in (OLD, NEW)]"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "index")],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [process.communicate()[1] for process in running] == ["", ""]
    assert serves(tmp_path / "index", NEW)


def damages(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield files of the index with a bit flipped or the end cut off."""
    drawn = chance(3)
    for path in sorted(path for path in folder.iterdir() if path.stat().st_size):
        whole = path.read_bytes()
        for _ in range(60):
            flipped = bytearray(whole)
            flipped[drawn.randrange(len(whole))] ^= 1 << drawn.randrange(8)
            yield path, bytes(flipped)
        for _ in range(10):
            yield path, whole[: drawn.randrange(len(whole))]


def test_damaged_file_never_changes_what_is_found(folder: Path) -> None:
    sound = load_index(corpus(OLD), folder, embedder=HashingEmbedder())
    expected = sound.search("sandy soil drains", 2)
    refused = harmless = 0
    for path, damaged in damages(folder):
        whole = path.read_bytes()
        path.write_bytes(damaged)
        try:
            index = load_index(corpus(OLD), folder, embedder=HashingEmbedder())
        except LegMassageError:
            refused += 1
        else:
            # Such as a letter of the model's name, which nothing is decided by.
            harmless += 1
            assert path.name == MANIFEST
            assert index.search("sandy soil drains", 2) == expected
        path.write_bytes(whole)
    assert refused > 4 * harmless


def test_folder_of_a_later_version_is_refused_and_built_anew(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    later = manifest | {"format_version": manifest["format_version"] + 1, "more": 1}
    (folder / MANIFEST).write_text(json.dumps(later))
    with pytest.raises(IndexMismatchError, match="another index format"):
        load_index(corpus(OLD), folder, embedder=HashingEmbedder())
    assert open_index(corpus(OLD), folder, embedder=HashingEmbedder()).search("clay", 1)


def test_file_that_cannot_be_read_is_damage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("index.store.sha256_of", refuse)
    with pytest.raises(IndexDamagedError, match="cannot be read"):
        load_index(corpus(OLD), folder, embedder=HashingEmbedder())


def test_manifest_names_only_files_of_its_folder(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["vectors"]["name"] = "../elsewhere.faiss"
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(IndexDamagedError):
        read_manifest(folder)
