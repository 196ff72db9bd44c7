from __future__ import annotations

import numpy as np

from safety.net.packing import pack, unpack


def some_change(rows: int, width: int) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.01, (rows, width)).astype(np.float32)


def test_unpacked_change_keeps_its_shape_and_direction() -> None:
    change = some_change(5, 7)
    levels, steps = pack(change)
    back = unpack(levels, steps, 7)
    assert back.shape == change.shape
    assert np.corrcoef(back.ravel(), change.ravel())[0, 1] > 0.95


def test_packed_change_takes_a_third_of_a_byte_a_number() -> None:
    levels, steps = pack(some_change(12, 384))
    assert levels.nbytes == 12 * 384 // 3
    assert steps.nbytes == 2 * 12


def test_packing_what_was_unpacked_changes_nothing() -> None:
    levels, steps = pack(some_change(6, 30))
    once = unpack(levels, steps, 30)
    again, same = pack(once)
    # The step may be found anew, so figures are compared, not bytes.
    assert np.allclose(unpack(again, same, 30), once, atol=0.35 * float(steps.max()))


def test_matrix_that_did_not_change_stays() -> None:
    levels, steps = pack(np.zeros((3, 9), np.float32))
    assert np.abs(unpack(levels, steps, 9)).max() < 1e-6
