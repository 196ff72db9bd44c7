"""The same conversation gives the same bytes, whatever the process, locale, threads or files."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import as_file
from pathlib import Path

import pytest

from safety.cases import Case, bundled_cases
from safety.guard import Guard
from safety.policy import bundled, load_policy

EVERY = 7  # of the cases; enough of each kind, and a fresh process does them in two seconds

DIGEST = f"""
import hashlib
from safety.cases import bundled_cases
from safety.guard import Guard
guard = Guard()
digest = hashlib.sha256()
for case in bundled_cases()[::{EVERY}]:
    digest.update(guard.decide(case.turns).model_dump_json().encode())
print(digest.hexdigest())
"""


def sample() -> list[Case]:
    return bundled_cases()[::EVERY]


def digest_of(guard: Guard) -> str:
    digest = hashlib.sha256()
    for case in sample():
        digest.update(guard.decide(case.turns).model_dump_json().encode())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def expected(rules: Guard) -> str:
    return digest_of(rules)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "4294967295"},
        {"LC_ALL": "C"},
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
        {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"},
        {"PYTHONOPTIMIZE": "1"},
        {"TZ": "Pacific/Kiritimati"},
    ],
    ids=lambda environment: ",".join(f"{name}={value}" for name, value in environment.items()),
)
def test_a_fresh_process_decides_the_same(
    environment: dict[str, str], expected: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIGEST],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, **environment},
    )
    assert done.stdout.strip() == expected


def test_repeated_runs_decide_the_same(rules: Guard, expected: str) -> None:
    assert digest_of(rules) == expected


def test_a_guard_that_read_other_messages_before_decides_the_same(expected: str) -> None:
    guard = Guard()
    for case in reversed(bundled_cases()):
        guard.decide(case.turns)
    assert digest_of(guard) == expected


def test_threads_decide_the_same(rules: Guard) -> None:
    cases = sample()
    alone = [rules.decide(case.turns) for case in cases]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda case: rules.decide(case.turns), cases * 4))
    assert together == alone * 4


def test_the_order_of_the_policy_files_on_disk_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: str
) -> None:
    with as_file(bundled()) as folder:
        shutil.copytree(folder, tmp_path / "policy")
    listed = Path.iterdir

    def reversed_order(self: Path) -> Iterator[Path]:
        return iter(sorted(listed(self), reverse=True))

    monkeypatch.setattr(Path, "iterdir", reversed_order)
    assert digest_of(Guard(load_policy(tmp_path / "policy"))) == expected
