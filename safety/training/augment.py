"""Noise and framing by code, on the training side only: the label stays, the wording changes.

Twins get the same treatment, so that what tells them apart is never the treatment. Contexts that
are put around a message come from long harmless messages of the same split: an aside must be found
in them, and they alone must stay harmless.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Sequence

from safety.training.data import HERE, Case

SENTENCE = re.compile(r"(?<=[.!?])\s+")
_KEYS = "qwertyuiop asdfghjkl zxcvbnm"

# Share of the groups of twins that meet each treatment in an epoch.
NOISE, CONTEXT, FRAME, TURNS = 0.12, 0.12, 0.08, 0.06


class Augmenter:
    """Gives each epoch its own wording of the training cases, from a seeded generator."""

    def __init__(self, cases: Sequence[Case], rng: random.Random) -> None:
        self._rng = rng
        self._frames: list[str] = tomllib.loads(
            (HERE / "framing.toml").read_text(encoding="utf-8")
        )["frames"]
        self._contexts = [
            sentence
            for case in cases
            # Half of a safe twin may read like the dangerous one: only cases without lend.
            if case.danger is False and case.group == case.id
            if len(case.turns) == 1 and len(case.tokens) > 60
            for sentence in SENTENCE.split(case.turns[0])[:-1]
            if 30 <= len(sentence) <= 160
        ]

    def reword(self, twins: Sequence[Case]) -> list[tuple[Case, tuple[str, ...] | None]]:
        """Return each case of a group with its new turns, None where it stays as it is."""
        draw = self._rng.random()
        limits = [NOISE, NOISE + CONTEXT, NOISE + CONTEXT + FRAME, NOISE + CONTEXT + FRAME + TURNS]
        if draw < limits[0]:
            return [(case, tuple(map(self._misspell, case.turns))) for case in twins]
        if draw < limits[1] and self._contexts:
            around = self._rng.sample(self._contexts, min(3, len(self._contexts)))
            before = self._rng.randrange(3)
            return [(case, _surround(case.turns, around, before)) for case in twins]
        if draw < limits[2]:
            frame = self._rng.choice(self._frames)
            return [
                (case, (*case.turns[:-1], frame.replace("{}", case.turns[-1]))) for case in twins
            ]
        if draw < limits[3]:
            return [(case, _regroup(case.turns)) for case in twins]
        return [(case, None) for case in twins]

    def _misspell(self, text: str) -> str:
        words = text.split(" ")
        for _ in range(self._rng.randint(1, 3)):
            place = self._rng.randrange(len(words))
            if len(words[place]) > 3:
                words[place] = self._slip(words[place])
        return " ".join(words)

    def _slip(self, word: str) -> str:
        """Return a word with a letter swapped, dropped, doubled or mistyped."""
        at = self._rng.randrange(1, len(word) - 1)
        kind = self._rng.randrange(4)
        if kind == 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if kind == 1:
            return word[:at] + word[at + 1 :]
        if kind == 2:
            return word[:at] + word[at] + word[at:]
        key = _KEYS.find(word[at].lower())
        beside = _KEYS[key + 1 : key + 2].strip() if key >= 0 else ""
        return word[:at] + (beside or word[at]) + word[at + 1 :]


def _surround(turns: Sequence[str], around: Sequence[str], before: int) -> tuple[str, ...]:
    first, last = " ".join(around[:before]), " ".join(around[before:])
    words = list(turns)
    words[0] = f"{first} {words[0]}".strip()
    words[-1] = f"{words[-1]} {last}".strip()
    return tuple(words)


def _regroup(turns: Sequence[str]) -> tuple[str, ...]:
    """Return several turns as one message, or one message of several sentences as turns."""
    if len(turns) > 1:
        return (" ".join(turns),)
    return tuple(SENTENCE.split(turns[0]))
