"""Figures are kept, and never used where they do not follow from what is given now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.kept import Figures, kept


class Computed:
    """Computes figures, and counts how often it had to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Figures:
        self.times += 1
        return np.arange(6.0).reshape(2, 3) / 7


@pytest.fixture
def compute(tmp_path: Path) -> Computed:
    computed = Computed()
    kept(tmp_path, "some", b"inputs", computed)
    return computed


def test_figures_are_computed_once(tmp_path: Path, compute: Computed) -> None:
    again = kept(tmp_path, "some", b"inputs", compute)
    assert compute.times == 1
    assert again.tobytes() == compute().tobytes() and again.shape == (2, 3)


def test_other_inputs_and_other_names_are_computed(tmp_path: Path, compute: Computed) -> None:
    kept(tmp_path, "some", b"other inputs", compute)
    kept(tmp_path, "another", b"inputs", compute)
    assert compute.times == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: raw[:40] + bytes([raw[40] ^ 1]) + raw[41:],
        lambda raw: b"",
    ],
    ids=["cut short", "a figure changed", "made from something else", "emptied"],
)
def test_what_is_damaged_is_computed_and_kept_anew(
    damage: Callable[[bytes], bytes], tmp_path: Path, compute: Computed
) -> None:
    (file,) = tmp_path.iterdir()
    sound = file.read_bytes()
    file.write_bytes(damage(sound))
    assert kept(tmp_path, "some", b"inputs", compute).tolist() == compute().tolist()
    assert file.read_bytes() == sound


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    compute = Computed()
    assert kept(tmp_path / "file", "some", b"", compute).shape == (2, 3)
