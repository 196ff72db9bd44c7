"""Fit the net: one loss over danger, contraindications and urgency, and a margin between twins."""

from __future__ import annotations

import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from safety.cases import CONTRAINDICATIONS
from safety.net.packing import pack, unpack
from safety.training.augment import Augmenter
from safety.training.batches import Item, epoch, pad, targets
from safety.training.data import OUTPUTS, Case
from safety.training.encoder import Model

FRAME = (101, 102)  # what stands before and behind each reading in the bundled vocabulary
HIDDEN = 103  # its mask


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a fit depends on besides the data."""

    epochs: float = 2.0
    rate: float = 1.2e-4
    head_rate: float = 1e-3
    rate_decay: float = 0.9  # a layer learns at this share of the rate of the layer above it
    named_weight: float = 0.15
    urgency_weight: float = 0.2
    twin_weight: float = 0.4
    twin_margin: float = 2.0
    warm_up: float = 0.08
    hidden: float = 0.1  # share of the words that are hidden in each reading
    smoothing: float = 0.05  # labels are one writer's each: no case is taken as certain
    seed: int = 7


def fit(
    cases: Sequence[Case],
    recipe: Recipe,
    log: Callable[[str], None] = print,
) -> Model:
    """Return a model fitted to the cases from the encoder on, rounded as stored."""
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)  # noqa: S311 - shuffling, not secrets
    known = [case for case in cases if case.danger is not None]
    augmenter = Augmenter(known, rng)
    model = Model(OUTPUTS)
    start = [linear.weight.detach().clone() for linear in linears(model)]
    optimiser, rates = _optimiser(model, recipe)
    began, step = time.monotonic(), 0
    for number in range(math.ceil(recipe.epochs)):
        batches = epoch(known, rng, augmenter)
        total = round(len(batches) * recipe.epochs)
        running, began_at = 0.0, step
        for batch in batches[: total - step]:
            share = min(1.0, step / (recipe.warm_up * total + 1)) * max(0.03, 1 - step / total)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * share
            rows = [_hide(item.tokens, recipe.hidden, rng) for item in batch]
            value = loss(model(*pad(rows)), batch, recipe)
            value.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            running += value.item() / min(len(batches), total - began_at)
            step += 1
            if step % 100 == 0:
                log(f"step {step}/{total} {time.monotonic() - began:.0f} s")
        log(f"epoch {number + 1}: loss {running:.3f}, {time.monotonic() - began:.0f} s")
    _round(model, start)
    return model


def _hide(tokens: Sequence[int], share: float, rng: random.Random) -> list[int]:
    """Hide some words, so that no single one decides."""
    return [t if t in FRAME or rng.random() >= share else HIDDEN for t in tokens]


def linears(model: Model) -> list[torch.nn.Linear]:
    """Return the encoder's linear maps, whose changes are stored packed, in a fixed order."""
    return [linear for layer in model.layers for linear in layer.linear.values()]


def loss(logits: Tensor, batch: Sequence[Item], recipe: Recipe) -> Tensor:
    """Return the loss of a batch, a scalar."""
    cases = [item.case for item in batch]
    aim = targets(cases)
    overall = logits[:, 0]
    ids, levels = logits[:, 1 : 1 + len(CONTRAINDICATIONS)], logits[:, 1 + len(CONTRAINDICATIONS) :]
    smooth = aim.danger * (1 - 2 * recipe.smoothing) + recipe.smoothing
    value = functional.binary_cross_entropy_with_logits(overall, smooth)
    named = functional.binary_cross_entropy_with_logits(ids, aim.named, reduction="none")
    value = value + recipe.named_weight * named.sum(1).mean()
    known = aim.urgency >= 0
    if known.any():
        urgency = functional.cross_entropy(levels[known], aim.urgency[known])
        value = value + recipe.urgency_weight * urgency
    above, below = _twins(cases)
    if above:
        lead = overall[above] - overall[below]
        twins = functional.softplus(recipe.twin_margin - lead).sum() / len(cases)
        value = value + recipe.twin_weight * twins
    return value


def _twins(cases: Sequence[Case]) -> tuple[list[int], list[int]]:
    """Return the places of dangerous cases and, beside each, that of a safe twin."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, case in enumerate(cases):
        groups[case.group].append(number)
    pairs = [
        (a, b)
        for group in groups.values()
        for a in group
        for b in group
        if cases[a].danger and not cases[b].danger
    ]
    return [a for a, _ in pairs], [b for _, b in pairs]


def _optimiser(model: Model, recipe: Recipe) -> tuple[torch.optim.Optimizer, list[float]]:
    heads = [*model.head.parameters(), *model.attention.parameters()]
    groups = [{"params": heads}]
    rates = [recipe.head_rate]
    for depth, layer in enumerate(reversed(model.layers)):
        groups.append({"params": list(layer.parameters())})
        rates.append(recipe.rate * recipe.rate_decay**depth)
    return torch.optim.AdamW(groups, lr=recipe.rate, weight_decay=0.01, fused=True), rates


def _round(model: Model, start: Sequence[Tensor]) -> None:
    """Round what was learnt to its stored form, so that what is measured is what is shipped."""
    for linear, before in zip(linears(model), start, strict=True):
        change = (linear.weight.detach() - before).numpy()
        linear.levels, linear.steps = pack(change)
        rounded = unpack(linear.levels, linear.steps, change.shape[1])
        linear.weight.data = before + torch.from_numpy(rounded)
    for head in (model.head, model.attention):
        head.weight.data = head.weight.data.half().float()


def predict(model: Model, cases: Sequence[Case], size: int = 32) -> NDArray[np.float32]:
    """Return the logits of the cases, shape (cases, outputs)."""
    model.eval()
    out = np.zeros((len(cases), OUTPUTS), np.float32)
    order = sorted(range(len(cases)), key=lambda number: len(cases[number].tokens))
    with torch.no_grad():
        for start in range(0, len(order), size):
            part = order[start : start + size]
            out[part] = model(*pad([cases[number].tokens for number in part])).numpy()
    model.train()
    return out
