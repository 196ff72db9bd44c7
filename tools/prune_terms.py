"""Take phrases out of the policy that add nothing: ``python -m tools.prune_terms LIST``.

The list is what ``tools.term_cases --without`` wrote. Of its phrases, those are candidates of which
every sentence tried came out the same with and without them. All candidates are left out at once,
and every case of the suite and of the training data is decided again; where one changes, what
matched in it is put back, until none changes. ``--write`` then edits the files of the policy.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.mutants import Key, leaving_out
from benchmarks.muting import MutableGuard
from safety.cases import bundled_cases
from safety.decision import Decision
from safety.guard import Guard
from safety.policy import load_policy
from tools.term_drafts import Drafts

FOLDER = Path(__file__).parents[1] / "safety" / "policy"
HEADER = re.compile(r"^(?:\[\[?([a-z_]+)\]\]?|id = \"([^\"]+)\"|([a-z_]+) = \[)", re.MULTILINE)
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def main() -> int:
    """Print what can go; edit the policy where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", type=Path)
    parser.add_argument("--write", action="store_true", help="edit the files of the policy")
    options = parser.parse_args()
    gone = redundant(set(candidates(options.list.read_text("utf-8"))))
    for key in sorted(gone):
        print(" / ".join(key))
    print(f"{len(gone)} phrases add nothing")
    if options.write:
        for file in sorted(FOLDER.rglob("*.toml")):
            remove(file, gone)
    return 0


def candidates(text: str) -> Iterator[Key]:
    """Yield the phrases that made no difference to any sentence in which they matched."""
    for line in text.splitlines():
        name, _, why = line.partition("\t")
        kind = name.partition(" / ")[0]
        told = {what: int(count) for what, count in TRIED.findall(why)}
        if kind == "term" and len(told) > 1:
            continue  # what raises something stays unless every single sentence did without it
        if kind in KINDS and told.get("covered", 0) >= ENOUGH:
            yield tuple(name.split(" / ", 2))


DRAFTS = 40  # of each candidate: all its wordings, in one sentence at least
TRIED = re.compile(r"([a-z ]+) (\d+)(?:, |$)")
ENOUGH = 4  # sentences that came out the same
KINDS = ("term", "sign", "sense", "topic", "cue")


def redundant(gone: set[Key]) -> set[Key]:
    """Return those of the phrases that can all go without a change to any conversation."""
    policy = load_policy()
    mutable = MutableGuard(policy)
    limit = policy.limits.max_message_chars
    conversations = [case.turns for case in bundled_cases()]
    conversations += [tuple(row["turns"]) for row in _training()]
    # Two phrases may each be covered by the other: what was tried of either is decided again too.
    drafts = Drafts(policy)
    for key in sorted(gone):
        conversations += [draft.turns for draft in itertools.islice(drafts.of(key), DRAFTS)]
    everything = []
    for turns in dict.fromkeys(conversations):
        keys = _keys(mutable, turns, limit)
        everything.append((turns, keys & gone, _outcome(mutable.guard.decide(turns))))
        for turn in turns:
            mutable.forget(turn[:limit])
    print(f"{len(everything)} conversations, {len(gone)} candidates", file=sys.stderr)
    pending = everything
    while True:
        guard = Guard(leaving_out(policy, gone))
        changed = [row for row in pending if _outcome(guard.decide(row[0])) != row[2]]
        print(f"{len(changed)} of {len(pending)} change", file=sys.stderr)
        if not changed and pending is everything:
            return gone
        before = gone
        for turns, keys, _ in changed:
            # One at a time: it may be the other of two that is worth keeping.
            if keys & before and keys & before <= gone:
                gone = gone - {min(keys & before)}
            elif not keys & before:
                print(f"changes, and no candidate is in it: {turns}", file=sys.stderr)
                gone = gone - _sharing_words(gone, turns)
        pending = changed or everything


def _sharing_words(gone: set[Key], turns: Sequence[str]) -> set[Key]:
    """Return phrases whose words a message may have misspelt, as they begin alike."""
    begun = {word[:3] for turn in turns for word in turn.lower().split()}
    return {key for key in gone if any(w[:3] in begun for w in re.findall("[a-z]{5,}", key[2]))}


def _training() -> Iterator[dict[str, list[str]]]:
    for file in sorted((FOLDER.parent / "training").glob("*.jsonl")):
        # not splitlines(): a message may hold U+2028 unescaped
        for line in file.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                yield json.loads(line)


def _keys(mutable: MutableGuard, turns: Sequence[str], limit: int) -> frozenset[Key]:
    found = [mutable.found(turn[:limit]).keys for turn in turns]
    return frozenset().union(*found)


def _outcome(decision: Decision) -> tuple[object, ...]:
    return decision.action, decision.contraindications, decision.notices, decision.urgency


def remove(file: Path, gone: set[Key]) -> None:
    """Take phrases out of one file of the policy, and leave everything else as it is written."""
    text = file.read_text(encoding="utf-8")
    kind, stem = KIND_OF.get(file.parent.name, file.stem), file.stem
    kind = {"cues": "cue", "topics": "topic"}.get(kind, kind)
    name = ""
    cuts: list[tuple[int, int]] = []
    for header in HEADER.finditer(text):
        table, entry, field = header.groups()
        if table and kind == "sign":
            name = table
        elif entry:
            name = entry
        elif field and (field == "phrases" or kind == "topic"):
            where = {"term": f"{stem}.{name}", "topic": field}.get(kind, name)
            cuts += _cuts(text, header.end(), (kind, where), gone)
    for start, end in reversed(cuts):
        text = text[:start] + text[end:]
    if cuts:
        tomllib.loads(text)
        file.write_text(text, encoding="utf-8")


KIND_OF = {"contraindications": "term", "signs": "sign", "senses": "sense"}


def _cuts(
    text: str, start: int, where: tuple[str, str], gone: set[Key]
) -> Iterator[tuple[int, int]]:
    """Yield what to cut of a list that begins at ``start``: each string with its comma."""
    at = start
    while True:
        while text[at] in " \n\t,":
            at += 1
        if text[at] == "]":
            return
        if text[at] == "#":
            at = text.index("\n", at)
            continue
        string = STRING.match(text, at)
        if string is None:
            raise ValueError(f"not a list of strings: {text[at : at + 60]!r}")
        at = string.end()
        phrase = tomllib.loads(f"x = {string.group()}")["x"]
        if (*where, phrase) in gone:
            comma = re.compile(r",[ ]?").match(text, at)
            yield string.start(), comma.end() if comma else at
            at = comma.end() if comma else at


if __name__ == "__main__":
    sys.exit(main())
