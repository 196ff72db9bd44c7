"""Where a pattern is found does not hang on which of its words it is looked for by."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from safety.cases import bundled_cases
from safety.compile import Compiled
from safety.guard import Guard
from safety.lint.phrases import all_phrases
from safety.matcher import ClassSpans, Matcher
from safety.patterns import Pattern, parse

EVERY = 8
"""One case in so many is enough: the phrases are thousands."""


def patterns(compiled: Compiled) -> list[tuple[int, Pattern]]:
    return [
        (number, pattern)
        for number, (_, phrase) in enumerate(all_phrases(compiled.policy))
        for pattern in parse(phrase, compiled.symbols, compiled.classes)
    ]


def by_chance() -> Callable[[int], float]:
    weights: dict[int, float] = {}
    dice = random.Random(1)  # noqa: S311 - which word is tried first, no secret
    return lambda symbol: weights.setdefault(symbol, dice.random())


@pytest.mark.parametrize("order", ["reversed", "chance"])
def test_matches_do_not_depend_on_the_anchor(rules: Guard, order: str) -> None:
    compiled = rules.compiled
    weight = by_chance() if order == "chance" else lambda symbol: -compiled.weight(symbol)
    one, other = (Matcher(patterns(compiled), w) for w in (compiled.weight, weight))
    for case in bundled_cases()[::EVERY]:
        for turn in case.turns:
            tokens = rules.read(turn).tokens
            spans = ClassSpans(compiled.class_matcher.scan(tokens))
            found = (
                {hit.pattern for hit in matcher.scan(tokens, spans)} for matcher in (one, other)
            )
            assert next(found) == next(found), case.id
