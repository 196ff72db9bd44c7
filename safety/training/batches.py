"""Batches of cases of similar length that keep twins together, and their labels."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from safety.cases import CONTRAINDICATIONS
from safety.net.views import token_rows
from safety.training.augment import Augmenter
from safety.training.data import URGENCIES, Case

BATCH = 16
TOKENS = 1600  # a batch of long messages holds fewer of them
POOL = 400  # groups among which batches of similar length are formed


class Item(NamedTuple):
    """A case and the tokens it is read as this time."""

    case: Case
    tokens: Sequence[int]


class Targets(NamedTuple):
    """Labels of a batch: danger (n,), contraindications (n, ids), urgency (n,), -1 where none."""

    danger: Tensor
    named: Tensor
    urgency: Tensor


def epoch(cases: Sequence[Case], rng: random.Random, augmenter: Augmenter) -> list[list[Item]]:
    """Return one epoch's batches, in random order."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.group].append(case)
    order = list(groups.values())
    rng.shuffle(order)
    worded = [
        [
            Item(case, case.tokens if turns is None else token_rows(turns)[0])
            for case, turns in pairs
        ]
        for pairs in map(augmenter.reword, order)
    ]
    batches = [
        batch
        for start in range(0, len(worded), POOL)
        for batch in _pack(worded[start : start + POOL], rng)
    ]
    rng.shuffle(batches)
    return batches


def _pack(groups: Sequence[list[Item]], rng: random.Random) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for group in sorted(groups, key=lambda g: max(len(i.tokens) for i in g) + 6 * rng.random()):
        batch += group
        if len(batch) >= BATCH or len(batch) * max(len(i.tokens) for i in batch) > TOKENS:
            yield batch
            batch = []
    if batch:
        yield batch


def pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Return token ids and mask, both of shape (rows, longest row)."""
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
    return ids, ids > 0


def targets(cases: Sequence[Case]) -> Targets:
    """Return the labels of a batch."""
    danger = torch.tensor([float(bool(case.danger)) for case in cases])
    named = torch.zeros(len(cases), len(CONTRAINDICATIONS))
    urgency = torch.full((len(cases),), -1)
    for number, case in enumerate(cases):
        if case.danger:
            for name in case.contraindications:
                named[number, CONTRAINDICATIONS.index(name)] = 1
            if case.urgency is not None:
                urgency[number] = URGENCIES.index(case.urgency)
    return Targets(danger, named, urgency)
