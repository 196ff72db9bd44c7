"""Looks for text whose cost grows faster than its length: ``python -m tools.probes``.

Every regular expression of the project (found in its modules, not listed here) and every function
that reads text from outside is given repeated fragments, at one, two and four times a length. The
growth is the exponent of cost over length: 1 is linear. Ends in 1 where one is far over it.
"""

from __future__ import annotations

import argparse
import importlib
import math
import pkgutil
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("corpus", "index", "assistant", "safety", "ui")
APART = ("safety.training", "safety.tables", "ui.__main__", "assistant.evaluation")
FRAGMENTS = (
    *("a", "1", " ", "\n", "\t", "a ", "a.", "a-", "a_", "a'", "@", "$a", "?", "!", "-", "=", "#"),
    *("<a ", "<b>", "</", "<!--", "&#1;", "&a", "\\u0041", "\\", "[", "](", "![", "(", "{", "|a"),
    *("*", "**a", "_a", "`", "``", "~", ">", "> ", "- ", "1. ", ", ", ". ", "a\n", "a\n\n", ":"),
    *("no ", "not ", "never not ", "no a, ", "n't ", "1,", "1.", "9w", "'94 ", "ab", "aab", "leg "),
    *("clot ", "no clot or ", "left calf swollen ", "\u0301", "\u200b", "\u202e", "\U000e0061"),
    *("é", "п", "中", "🤰", "http://a ", "[1] ", "[1](", "a (b) ", "\r\n", "\x0c", "\u2028"),
)
BOUNDED = {"corpus.sentences._LAST_WORD": 80}
"""Expressions that their module runs on a stretch of at most so many characters."""
STEEP = 1.5
"""An exponent over this is no longer linear with some noise."""
NOTICEABLE = 0.02
"""Seconds under which a cost says nothing about growth."""
LONG_ENOUGH = 0.25
"""Seconds from which on a steep cost is wrong."""


class Probe(NamedTuple):
    """A measured cost: what was run on what, seconds at the greatest length, and the exponent."""

    name: str
    fragment: str
    length: int
    seconds: float
    exponent: float

    @property
    def is_wrong(self) -> bool:
        """Say whether the cost grows faster than it may."""
        return self.exponent > STEEP and self.seconds > LONG_ENOUGH


def expressions() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield every compiled regular expression that a module of the project holds."""
    for package in PACKAGES:
        names = [m.name for m in pkgutil.walk_packages([package], f"{package}.")]
        for name in (package, *names):
            if name.startswith(APART):
                continue
            for own, value in vars(importlib.import_module(name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{name}.{own}", value


def readers() -> dict[str, tuple[int, Callable[[str], object]]]:
    """Return the functions that read text from outside, with the greatest length to try."""
    from assistant.question import read_question
    from corpus.document import Document
    from corpus.sentences import split_sentences
    from corpus.split import split_document
    from index.spelling import Speller
    from index.text import terms_of
    from safety.guard import Guard
    from safety.near_miss import NearMisses
    from safety.normalise import normalise
    from ui.markup import inline_to_html, markdown_to_plain, plain_to_markdown, reply_to_html

    guard = Guard()
    near = NearMisses(guard.compiled)
    speller = Speller(["clay soil"], frozenset({"clay", "soil"}))
    limit = guard.policy.limits.max_message_chars
    return {
        "Guard.decide": (limit, lambda text: guard.decide([text])),
        "near misses": (limit, near),
        "normalise": (50_000, normalise),
        "read_question": (50_000, lambda text: read_question(text, speller)),
        "terms_of": (50_000, terms_of),
        "split_sentences": (50_000, split_sentences),
        "split_document": (
            50_000,
            lambda text: list(split_document(Document("x.md", text, markup="markdown"))),
        ),
        "plain_to_markdown": (50_000, plain_to_markdown),
        "markdown_to_plain": (50_000, markdown_to_plain),
        "reply_to_html": (20_000, lambda text: reply_to_html(text, str)),
        "inline_to_html": (20_000, inline_to_html),
    }


def probe(name: str, run: Callable[[str], object], fragment: str, longest: int) -> Probe:
    """Return the cost of one fragment, repeated to three lengths."""
    seconds = []
    for length in (longest // 4, longest // 2, longest):
        text = (fragment * (length // len(fragment) + 1))[:length]
        began = time.process_time()
        run(text)
        seconds.append(time.process_time() - began)
    exponent = math.log2(seconds[2] / max(seconds[0], 1e-9)) / 2 if seconds[2] > NOTICEABLE else 0.0
    return Probe(name, fragment, longest, seconds[2], exponent)


def as_used(name: str, pattern: re.Pattern[str], source: str) -> Callable[[str], object]:
    """Return how an expression is run: only at the start of a text, or all over it."""
    module, _, own = name.rpartition(".")
    if own.startswith("_"):
        source = Path(importlib.import_module(module).__file__ or "").read_text(encoding="utf-8")
    methods = set(re.findall(rf"\b{own}\.(\w+)\(", source))
    if methods and methods <= {"match", "fullmatch"}:
        return lambda text: pattern.match(text)
    return lambda text: sum(1 for _ in pattern.finditer(text))


def probes(longest: int) -> Iterator[list[Probe]]:
    """Yield the probes of each regular expression, then of each function."""
    files = sorted(path for package in PACKAGES for path in Path(package).rglob("*.py"))
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    for name, pattern in expressions():
        run = as_used(name, pattern, source)
        length = BOUNDED.get(name, longest)
        yield [probe(name, run, fragment, length) for fragment in FRAGMENTS]
    for name, (length, run) in readers().items():
        yield [probe(name, run, fragment, length) for fragment in FRAGMENTS]


def main() -> int:
    """Run all probes, print the steepest and the dearest, end in 1 where one is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--longest", type=int, default=8_000, help="for regular expressions")
    options = parser.parse_args()
    found: list[Probe] = []
    print(f"{'dearest of each':40}{'fragment':22}{'length':>8}{'seconds':>9}{'exponent':>9}")
    for group in probes(options.longest):
        found += group
        row = max(group, key=lambda p: p.seconds)
        print(
            f"{row.name:40}{row.fragment!a:22}{row.length:8}{row.seconds:9.3f}{row.exponent:9.2f}",
            flush=True,
        )
    print(f"{len(found)} probes of {len({p.name for p in found})} expressions and functions")
    wrong = [p for p in found if p.is_wrong]
    print(f"\n{len(wrong)} grow faster than their length")
    for row in wrong:
        print(f"{row.name} on {row.fragment!a}: {row.seconds:.2f} s, exponent {row.exponent:.2f}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
