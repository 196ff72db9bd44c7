"""Speed of guards over one list of terms: ``guards.py work.json medspacy`` or ``... regex``."""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from measure import peak_megabytes

BEGAN = time.perf_counter()
work = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
TERMS: list[str] = work["terms"]
MESSAGES: list[str] = work["messages"]


def with_medspacy() -> Callable[[str], object]:
    """Return medspaCy's target matcher and context rules over the terms."""
    from loguru import logger

    logger.remove()  # or a debug line a message is what gets timed
    import medspacy
    from medspacy.ner import TargetRule

    pipes = {"medspacy_pyrush", "medspacy_target_matcher", "medspacy_context"}
    nlp = medspacy.load(medspacy_enable=pipes)
    nlp.get_pipe("medspacy_target_matcher").add([TargetRule(term, "DANGER") for term in TERMS])
    logger.remove()
    logger.disable("PyRuSH")
    return lambda message: [(e.text, e._.is_negated) for e in nlp(message).ents]


def with_regex() -> Callable[[str], object]:
    """Return a plain list of compiled expressions, one a term."""
    patterns = [re.compile(rf"\b{re.escape(term)}s?\b", re.IGNORECASE) for term in TERMS]
    return lambda message: [pattern for pattern in patterns if pattern.search(message)]


def with_ours() -> Callable[[str], object]:
    """Return this product's rules, without the trained net."""
    from safety.guard import Guard

    guard = Guard()
    return lambda message: guard.decide([message])


check = {"medspacy": with_medspacy, "regex": with_regex, "ours": with_ours}[sys.argv[2]]()
check("warm up")
ready = time.perf_counter() - BEGAN
taken = []
for message in MESSAGES:  # each once: nothing can be remembered
    began = time.perf_counter()
    check(message)
    taken.append(1e3 * (time.perf_counter() - began))
taken.sort()
print(
    json.dumps(
        {
            "ready s": ready,
            "p50 ms": statistics.median(taken),
            "p99 ms": taken[int(0.99 * (len(taken) - 1))],
            "peak MB": peak_megabytes(),
        }
    )
)
