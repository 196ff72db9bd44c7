"""Sentences in which one entry of the policy may decide alone, made of its words and templates.

The label of a draft comes from its template, never from what the guard does.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks.mutants import Key
from benchmarks.muting import parts_of, phrase_keys
from safety.policy import Policy, Rule
from tools.wording import TEMPLATES, article, sort_of

WORDINGS = 60  # of one entry, by its alternatives
USES = 80  # phrases tried that a class stands in
PARTNERS = 8  # tried of each other sign of a combination


class Draft(NamedTuple):
    """A conversation that an entry should decide, and how.

    Attributes:
        turns: The user messages.
        expect: What the last must lead to.
        categories: Contraindications, any of which may come first.
        urgency: The least urgency.
        template: Name of the template, for which some words fit and others do not.
    """

    turns: tuple[str, ...]
    expect: str
    categories: tuple[str, ...] = ()
    urgency: str | None = None
    template: str = ""


class Drafts:
    """Makes drafts for the entries of one policy."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._rules = {
            f"{entry.id}.{rule.id}": (entry, rule)
            for entry in policy.contraindications
            for rule in entry.rules
        }
        self._kinds = {cue.id: cue.kind for cue in policy.cues}
        self._used = _using(policy)
        self._index_edges()
        self._some: dict[str, list[str]] = {}

    def of(self, key: Key) -> Iterator[Draft]:
        """Yield conversations in which the entry may decide alone."""
        if key[0] == "member":
            given = {key[1]: _whole(key[2])}
            if key[1] == "listable":
                yield from self._listed(given[key[1]])
            for other in self._used[key[1]][:USES]:
                for words in itertools.islice(wordings(other[-1], self.policy, given), 2):
                    yield from self._with(other, words)
        elif key[0] in ("combination", "blocker"):
            yield from self._of_combination(key)
        else:
            by_words = [self._with(key, words) for words in wordings(key[-1], self.policy)]
            # All wordings in the first template, then in the next: what fits one mostly fits all.
            for drafts in itertools.zip_longest(*by_words):
                yield from (draft for draft in drafts if draft is not None)

    def in_combinations(self, words: str, signs: Sequence[str]) -> Iterator[Draft]:
        """Yield conversations in which words of another sense must not add up with signs."""
        for name in signs:
            for rule, _, _ in self._combinations_with(name):
                for text, template in self._joined(rule, {name: words}):
                    yield Draft((text,), "answer", template=template)

    def in_phrases(self, words: str) -> Iterator[Draft]:
        """Yield conversations in which words of another sense must not begin or end a mention."""
        said = words.split()
        for at, word in enumerate(said):
            after = len(said) - at - 1
            for rest, room in self._openings.get(word, ()):
                if room >= after:
                    yield from self._around(f"{words} {rest}")
            for rest, room in self._endings.get(word, ()):
                if room >= at:
                    yield from self._around(f"{rest} {words}")

    def _around(self, words: str) -> Iterator[Draft]:
        for template in TEMPLATES["around"]["templates"]:
            yield Draft((_put(template, words),), "answer", template=template)

    def _index_edges(self) -> None:
        """Note phrases of rules by their first and last words, with what is left and its gap."""
        self._openings: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._endings: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for key in phrase_keys(self.policy):
            parts = [part for part in key[2].split() if part[0] != "!"]
            if key[0] != "term" or len(parts) < 2:
                continue
            for index, edge, beside, rest in (
                (self._openings, parts[0], parts[1], parts[1:]),
                (self._endings, parts[-1], parts[-2], parts[:-1]),
            ):
                room = int(beside[2:] or 3) if beside.startswith("..") else 0
                left = next(iter(wordings(" ".join(rest), self.policy)), "")
                for word in edge.split("|"):
                    index[word].append((left, room))

    def _listed(self, words: str) -> Iterator[Draft]:
        for template in TEMPLATES["listed"]["templates"]:
            yield Draft((_put(template, words),), "answer", template=template)

    def denied(self, key: Key) -> Iterator[Draft]:
        """Yield conversations that plainly deny what a phrase of a rule names."""
        for words in itertools.islice(wordings(key[-1], self.policy), 3):
            for template in _by_sort("denied", words):
                yield Draft((_put(template, words),), "answer", template=template)

    def _with(self, key: Key, words: str) -> Iterator[Draft]:
        """Yield the drafts for the words of a rule, sign, cue, other sense or topic."""
        kind, name = key[0], key[1]
        if kind == "term":
            entry, rule = self._rules[name]
            expect = "inform" if rule.kind == "notice" else "refer"
            urgency = rule.urgency or entry.urgency
            fitting = (
                TEMPLATES["topic"]["templates"]
                if rule.kind == "notice"
                else _by_sort("term", words)
            )
            for template in fitting:
                turns = (_put(template, words),)
                yield Draft(turns, expect, (entry.contract_id,), urgency, template)
        elif kind == "topic":
            for template in TEMPLATES["topic"]["templates"]:
                yield Draft((_put(template, words),), "inform", (name,), None, template)
        elif kind == "sense":
            for template in TEMPLATES["sense"]["templates"]:
                yield Draft((_put(template, words),), "answer", template=template)
        elif kind == "sign":
            yield from self._of_sign(name, words)
        else:
            yield from self._of_cue(name, words)

    def _of_cue(self, name: str, words: str) -> Iterator[Draft]:
        for group in TEMPLATES["cue"]:
            if group["kind"] == self._kinds[name]:
                for turns in group["turns"]:
                    yield Draft(
                        tuple(_put(turn, words) for turn in turns),
                        group["expect"],
                        tuple(group.get("categories", ())),
                        "routine" if group["expect"] == "refer" else None,
                        turns[-1],
                    )

    def _of_sign(self, name: str, words: str) -> Iterator[Draft]:
        """Yield the sign beside the others of its combinations, or where it explains one away."""
        for rule, contract_id, urgency in self._combinations_with(name):
            for text, template in self._joined(rule, {name: words}):
                yield Draft((text,), "refer", (contract_id,), urgency, template)
        for _, rule in self._rules.values():
            if any(name in slot.split("|") for slot in rule.none):
                for text, template in self._joined(rule, {}, extra=words):
                    yield Draft((text,), "answer", template=template)

    def _of_combination(self, key: Key) -> Iterator[Draft]:
        """Yield signs of a combination alone; for a blocker, with the sign that explains them."""
        entry, rule = self._rules[key[1]]
        if key[0] == "combination":
            urgency = rule.urgency or entry.urgency
            for text, template in self._joined(rule, {}):
                yield Draft((text,), "refer", (entry.contract_id,), urgency, template)
            return
        for name in key[2].split("|"):
            for words in self._some_words(name):
                for text, template in self._joined(rule, {}, extra=words):
                    yield Draft((text,), "answer", template=template)

    def _combinations_with(self, sign: str) -> Iterator[tuple[Rule, str, str]]:
        """Yield the combinations that need a sign; those with fewest others first."""
        found = [
            (rule, entry.contract_id, rule.urgency or entry.urgency)
            for entry, rule in self._rules.values()
            if any(sign in slot.split("|") for slot in rule.all)
        ]
        yield from sorted(found, key=lambda use: len(use[0].all))

    def _joined(
        self, rule: Rule, given: Mapping[str, str], extra: str | None = None
    ) -> Iterator[tuple[str, str]]:
        """Yield sentences with one sign a slot; ``given`` fixes the words of one sign."""
        slots = rule.all or ("",)
        for number in range(PARTNERS):
            parts = []
            for slot in slots:
                names = slot.split("|")
                fixed = next((given[name] for name in names if name in given), None)
                if fixed is None and slot:
                    some = self._some_words(names[number % len(names)])
                    fixed = some[number % len(some)]
                parts.append(fixed or self._named(rule, number))
            parts += [extra] if extra else []
            for joint in TEMPLATES["sign"]["joints"]:
                said = joint.join(dict.fromkeys(parts))
                for template in TEMPLATES["sign"]["templates"]:
                    yield _put(template, said), f"{joint}{template}"

    def _named(self, rule: Rule, number: int) -> str:
        """Return words of a rule of phrases."""
        phrase = rule.phrases[number % len(rule.phrases)]
        return next(iter(wordings(phrase, self.policy)), "")

    def _some_words(self, name: str) -> list[str]:
        """Return a few wordings of a sign, or members of a class."""
        found = self._some.get(name)
        if found is None:
            if name in self.policy.signs:
                phrases = self.policy.signs[name].phrases[:PARTNERS]
                said = [next(iter(wordings(phrase, self.policy)), "") for phrase in phrases]
                found = [words for words in said if words]
            else:
                found = members(self.policy, name)[:PARTNERS]
            self._some[name] = found = found or [name]
        return found


def _by_sort(kind: str, words: str) -> list[str]:
    """Return the templates for the sort of phrase that the words are, then all others."""
    groups = TEMPLATES[kind]
    return [*groups[sort_of(words)], *(text for group in groups.values() for text in group)]


def _put(template: str, words: str) -> str:
    """Fill a template; what stands at the start of a sentence is written large."""
    text = template.replace("{a}", article(words)).replace("{}", words)
    return text[0].upper() + text[1:]


def _whole(member: str) -> str:
    """Return a word that a class member stands for: '154/95' for '154/*', 'swell' for 'swell*'."""
    if not member.endswith("*"):
        return member
    stem = member[:-1]
    if stem[-1] in "/+.":
        return stem + {"/": "95", "+": "3", ".": "4"}[stem[-1]]
    return f"{stem}5" if "/" in stem else stem


def wordings(phrase: str, policy: Policy, given: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield words that a phrase matches, another alternative of each element at a time."""
    parts = phrase.split()
    widest = max(len(part.split("|")) for part in parts)
    seen = set()
    for number in range(min(WORDINGS, max(widest, 6))):
        chosen = (_word(part, number, policy, given or {}) for part in parts)
        words = " ".join(word for word in chosen if word).replace(" 's", "'s")
        if words and words not in seen:
            seen.add(words)
            yield words


def _word(part: str, number: int, policy: Policy, given: Mapping[str, str]) -> str:
    """Return a word for one element; nothing for gaps, negated and optional ones."""
    if part.startswith(("..", "!")):
        return ""
    if part.endswith("?") and len(part) > 1:
        if not any(_holds(choice, given, policy) for choice in part[:-1].split("|")):
            return ""
        part = part[:-1]
    choices = part.split("|")
    forced = [choice for choice in choices if _holds(choice, given, policy)]
    choice = forced[0] if forced else choices[number % len(choices)]
    if choice == "#":
        return next(iter(given.values())) if forced else ("3", "12", "two")[number % 3]
    if choice.startswith("@"):
        if forced:
            return next(iter(given.values()))
        if choice == "@past_year":
            return ("2009", "1998", "2014")[number % 3]
        known = members(policy, choice[1:])
        return known[number % len(known)] if known else ""
    return choice.rstrip("*")


def _holds(choice: str, given: Mapping[str, str], policy: Policy) -> bool:
    """Tell whether a class in a phrase contains the class whose member is given."""
    if not given:
        return False
    name = next(iter(given))
    if choice == "#":
        return name == "number"
    return choice.startswith("@") and name in parts_of(policy, choice[1:])


def members(policy: Policy, name: str) -> list[str]:
    """Return the plain members of a class, those of the classes it contains included."""
    return [
        _whole(member.split("|")[0])
        for part in sorted(parts_of(policy, name))
        for member in policy.classes.get(part, ())
        if not member.startswith("@")
    ]


def _using(policy: Policy) -> dict[str, Sequence[Key]]:
    """Return, for each class, the phrases that name it or a class that contains it."""
    found: dict[str, list[Key]] = {name: [] for name in policy.classes}
    for key in phrase_keys(policy):
        named = {
            word[1:]
            for part in key[-1].split()
            if not part.startswith("!")
            for word in part.strip("?").split("|")
            if word[:1] == "@"
        }
        if "#" in key[-1]:
            named.add("number")
        for name in {inner for outer in named for inner in parts_of(policy, outer)}:
            found.setdefault(name, []).append(key)
    # Phrases of rules come first: they need no partner.
    order = {"term": 0, "topic": 1, "sign": 2, "sense": 3, "cue": 4}
    slots = {
        n for e in policy.contraindications for r in e.rules for s in r.all for n in s.split("|")
    }
    for name, keys in found.items():
        if name in slots:
            keys.append(("sign", name, f"@{name}"))
        keys.sort(key=lambda key: (order[key[0]], len(key[-1])))
    return dict(found)
