"""The net with its own weights: it loads, fails closed, and gives the same figures every time."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from onnxruntime import InferenceSession

from corpus.fair import PADDING
from safety.net import Net, NetError, load_net
from safety.net.net import NetReading
from safety.net.views import token_rows
from safety.net.weights import FILES, HERE

pytestmark = pytest.mark.model

MESSAGES = [
    ["How long should I knead a calf?"],
    ["One boot will not go on any more, and the shin above it shines."],
    ["my calf is fat", "only the left one", "how do I rub it?"],
    ["My cat had kittens, so I slept little. Which oil suits tired feet?"],
    ["The doctor wants to look at my lungs on Monday because I cough pink. Foot rub before?"],
]


@pytest.fixture(scope="module")
def net() -> Net:
    return load_net()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE, tmp_path / "weights"))


def test_danger_in_words_nobody_listed_is_raised(net: Net) -> None:
    reading = net.read(MESSAGES[1])
    assert reading.raised and reading.score >= reading.threshold
    assert reading.nearest and len(set(reading.nearest)) == len(reading.nearest)


def test_plain_question_is_left_alone(net: Net) -> None:
    reading = net.read(MESSAGES[0])
    assert reading.raised == () and reading.nearest == ()


def test_no_messages_and_empty_messages_are_read_without_failing(net: Net) -> None:
    assert net.read([""]).raised == ()
    assert net.read([]).raised == ()


def test_figures_are_the_same_each_time_and_in_each_thread(net: Net) -> None:
    once = [net.read(messages) for messages in MESSAGES]
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(net.read, MESSAGES * 4))
    assert again == once * 4


def test_figures_do_not_hang_on_the_batch_they_are_in(net: Net) -> None:
    rows = [token_rows(messages)[0] for messages in MESSAGES]
    alone = np.concatenate([net.logits([row])[0] for row in rows])
    together = net.logits(rows)[0]
    assert np.array_equal(alone, together)


class HeldSession:
    """The net's own session, which works when it is let, and notes how many rows came at once."""

    def __init__(self, session: InferenceSession, error: Exception | None = None) -> None:
        self._session, self._error = session, error
        self.go = threading.Event()
        self.rows: list[int] = []

    def run(self, outputs: list[str], feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        self.rows.append(len(feed["mask"]))
        self.go.wait(10)
        if self._error is not None:
            raise self._error
        figures: list[np.ndarray] = self._session.run(outputs, feed)
        return figures


def read_together(
    net: Net, asked: list[list[str]], held: HeldSession
) -> list[NetReading | NetError]:
    """Read conversations in threads that all wait for the first one's pass, and then share."""

    def read(messages: list[str]) -> NetReading | NetError:
        try:
            return net.read(messages)
        except NetError as error:
            return error

    with ThreadPoolExecutor(len(asked)) as pool:
        reading = [pool.submit(read, messages) for messages in asked]
        deadline = time.monotonic() + 10
        while len(net._turns._waiting) < len(asked) - 1 or not held.rows:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        held.go.set()
        return [one.result(30) for one in reading]


def test_readings_do_not_hang_on_who_is_read_with_them(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    filler = "We walked along the river and talked about the harvest and the new bridge. " * 40
    asked = [*MESSAGES, [filler + MESSAGES[1][0]], ["hi"], [""], *MESSAGES[::-1]]
    once = [net.read(messages) for messages in asked]
    held = HeldSession(net._session)
    monkeypatch.setattr(net, "_session", held)
    assert read_together(net, asked, held) == once
    assert max(held.rows) > 1, "none was read with another"


def test_longer_rows_beside_a_row_change_nothing_in_it(net: Net) -> None:
    row = token_rows(MESSAGES[1])[0]
    alone = net.logits([row])[0][0]
    for more in (1, PADDING, 200):
        longer = [*row[:-1], *[row[1]] * more, row[-1]]
        assert np.array_equal(net.logits([row, longer])[0][0], alone)


def test_a_pass_that_fails_is_an_error_for_each_that_it_read_for(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldSession(net._session, RuntimeError("out of memory"))
    with monkeypatch.context() as patch:
        patch.setattr(net, "_session", held)
        got = read_together(net, MESSAGES, held)
    assert all(isinstance(one, NetError) for one in got)
    assert net.read(MESSAGES[1]).raised


def test_danger_far_down_in_a_long_message_is_found(net: Net) -> None:
    filler = "We walked along the river and talked about the harvest and the new bridge. " * 40
    assert net.read([filler + MESSAGES[1][0]]).raised


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_missing_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(NetError, match=name):
        load_net(folder)


@pytest.mark.parametrize("name", FILES)
def test_one_changed_byte_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(NetError, match=r"not the one it was trained with"):
        load_net(folder)


def test_other_encoder_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["base"]["model.safetensors"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(NetError, match=r"model.safetensors"):
        load_net(folder)


def test_version_names_weights_and_thresholds(net: Net, folder: Path) -> None:
    assert load_net(folder).version == net.version
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["thresholds"]["routine"] = 0.9999
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert load_net(folder).version != net.version


def test_failure_of_the_runtime_is_an_error_of_the_net(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def run(self, *_: object) -> None:
            raise RuntimeError("out of memory")

    monkeypatch.setattr(net, "_session", Broken())
    with pytest.raises(NetError, match="failed to run"):
        net.read(["hello"])


def test_figure_that_is_no_number_is_an_error(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    class Strange:
        def run(self, *_: object) -> list[np.ndarray]:
            return [np.full((1, 9, 384), np.nan, np.float32)]

    monkeypatch.setattr(net, "_session", Strange())
    with pytest.raises(NetError, match="no number"):
        net.read(["hello"])


def test_weights_take_less_than_five_megabytes() -> None:
    assert sum(file.stat().st_size for file in HERE.iterdir()) < 5_000_000


def test_reading_needs_no_torch() -> None:
    program = (
        "import sys; from safety.net import load_net; load_net().read(['hello']);"
        "print(sorted({'torch', 'transformers', 'sklearn', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
