"""Coverage-guided fuzzing of what reads text: ``python -m tools.fuzz_atheris TARGET``.

Run by ``make atheris``, which gives each target a time box. Needs the package atheris.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["safety", "corpus"]):
    from corpus.errors import PolicyError
    from safety.guard import Guard
    from safety.normalise import normalise
    from safety.patterns import Symbols, parse
    from safety.policy import bundled, load_policy

LONGEST = 2_000
CLASSES: dict[str, tuple[str, ...]] = {"leg": (), "number": ()}
FOLDER = Path(tempfile.mkdtemp())
FILES = ("policy.toml", "messages.toml", "cues.toml", "senses/general.toml", "signs/shared.toml")


def text_of(data: bytes) -> str:
    """Return the characters of the input, halves of pairs included."""
    return data[:LONGEST].decode("utf-8", "surrogateescape")


def fuzz_normalise(data: bytes) -> None:
    """Every character of the result points into the message."""
    message = text_of(data)
    chars, spans = normalise(message)
    if len(chars) != len(spans) or not all(0 <= a < b <= len(message) for a, b in spans):
        raise AssertionError("a span points outside of the message")


def fuzz_guard(data: bytes) -> None:
    """No message makes the guard fail, and the same message is decided the same."""
    message = data[:LONGEST].decode("utf-8", "replace")
    decision = GUARD.decide([message])
    if decision.failed or GUARD.decide([message]) != decision:
        raise AssertionError("failed, or decided otherwise the second time")


def fuzz_pattern(data: bytes) -> None:
    """A pattern is read or refused by the project's own error."""
    try:
        parse(text_of(data)[:200], Symbols(), CLASSES)
    except PolicyError:
        return


def fuzz_policy(data: bytes) -> None:
    """A policy with a file of anything is read or refused by the project's own error."""
    name = FILES[data[0] % len(FILES)] if data else FILES[0]
    folder = FOLDER / "policy"
    whole = (folder / name).read_bytes()
    # Either the file is replaced, or what was drawn is put into the middle of it.
    cut = len(whole) * (data[1] if len(data) > 1 else 0) // 256
    drawn = data[2:] if data[:1] < b"\x80" else whole[:cut] + data[2:] + whole[cut:]
    try:
        (folder / name).write_bytes(drawn)
        load_policy(folder)
    except PolicyError:
        return
    finally:
        (folder / name).write_bytes(whole)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "normalise": fuzz_normalise,
    "guard": fuzz_guard,
    "pattern": fuzz_pattern,
    "policy": fuzz_policy,
}


if __name__ == "__main__":
    target = sys.argv.pop(1)
    if target == "guard":
        GUARD = Guard()
    if target == "policy":
        shutil.copytree(str(bundled()), FOLDER / "policy")
    atheris.Setup(sys.argv, TARGETS[target])
    atheris.Fuzz()
