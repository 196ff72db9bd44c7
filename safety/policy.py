"""The safety policy: contraindications, their rules and messages, read from TOML and validated.

A policy is a folder. The bundled one is ``safety/policy``; another one is given by its path.

    policy.toml              schema, version, limits, the contract's floor of urgency, and the
                             names of the files in the three folders below
    contraindications/*.toml one file an id: urgency, rules
    signs/*.toml             findings in slots: signs, settings, sides
    classes.toml             word classes that patterns refer to
    cues.toml                words that change how a mention reads, by kind
    senses/*.toml            other senses: idiom, homonym, animals
    topics.toml              words that name a contraindication as a subject, for notices
    texting.toml emoji.toml  short forms and pictures
    languages.toml           core words of languages that are not read
    messages.toml            the fixed messages and the passages that ground them
    grounding.toml           hashes of those passages; may be left out
"""

from __future__ import annotations

import hashlib
import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpus.errors import PolicyError
from safety.decision import URGENCY_RANK, Urgency
from safety.texts import missing_texts

GROUNDING = "grounding"
SCHEMA = 1
"""The form of the files that this version of the program reads."""
FOLDERS = ("contraindications", "signs", "senses")
"""Folders whose files ``policy.toml`` names: a file that is lost must not go unnoticed."""
CLASSES = frozenset({"animal", "first_person", "kin", "listable", "third_person"})
"""Word classes that the engine itself asks for, beside those that patterns refer to."""
CueKind = Literal[
    "deny", "filler", "hedge", "hedge_after", "condition", "double", "not_yet", "over_time",
    "over_healed", "still", "ruled_out_before", "ruled_out_after", "lay_source", "correction",
    "for_self", "for_named", "excluded", "attributed", "dead", "is_well", "animal", "education",
    "study", "request", "personal", "claimed", "after_denial", "all_well",
]  # fmt: skip

Over = Literal["time", "healed", "since"]
"""Forms of 'over'; 'since': what has been so since a time long ago is over, as a plate put in."""


class Strict(BaseModel):
    """Base of everything read from a policy: unknown keys are errors, values are frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Rule(Strict):
    """What makes a finding: phrases that name it, or signs that add up."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Literal["name", "sign", "notice"] = Field(
        default="name",
        description="A name is cleared by a finished medical finding; a sign that is felt is not;"
        " a notice never refers.",
    )
    phrases: tuple[str, ...] = ()
    all: tuple[str, ...] = Field(default=(), description="Signs needed; 'a|b': either will do.")
    none: tuple[str, ...] = Field(default=(), description="Signs that explain it away when near.")
    yields_to: tuple[str, ...] = Field(
        default=(),
        description="Contraindications, or rules of them, that say it already where they are in"
        " play beside it, in the same message and a sentence away at most: crutches after an"
        " operation are no second injury.",
    )
    within: int = Field(default=2, ge=0, le=99, description="Sentences that the signs may span.")
    urgency: Urgency | None = Field(default=None, description="Where it differs from the id's.")
    over: tuple[Over, ...] | None = Field(
        default=None, description="Which forms of 'over' clear it; none for a standing risk."
    )
    source: str = Field(default="", description="Clinical source of a combination.")
    note: str = ""
    message: str | None = Field(default=None, description="Variant of the fixed message.")
    refers: tuple[str, ...] = Field(default=(), description="Messages that must refer by it.")
    clears: tuple[str, ...] = Field(default=(), description="Messages in which it must not count.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.phrases) == bool(self.all):
            raise ValueError(f"rule {self.id!r} needs either phrases or a list of signs")
        return self


class Contraindication(Strict):
    """An entry of the policy, with the id and the least urgency of the safety contract."""

    id: str
    contract_id: str = Field(description="The contract's id that it belongs to.")
    urgency: Urgency
    over: tuple[Over, ...] = ("time", "healed")
    rules: tuple[Rule, ...] = Field(min_length=1)


class Cue(Strict):
    """Words that change how a mention reads."""

    id: str
    kind: CueKind
    phrases: tuple[str, ...] = Field(min_length=1)
    note: str = ""


class Sense(Strict):
    """Another sense: a mention inside it is no finding."""

    id: str
    phrases: tuple[str, ...] = Field(min_length=1)
    of: tuple[str, ...] = Field(default=(), description="Only for these ids; all where empty.")
    note: str = ""


class Sign(Strict):
    """A sign, setting, side or place that combinations use."""

    phrases: tuple[str, ...] = Field(min_length=1)
    note: str = ""


class Language(Strict):
    """Core words of a language that is not read, looked for before it is set aside."""

    name: str
    emergency: tuple[str, ...]
    deep_vein_thrombosis: tuple[str, ...]
    common: tuple[str, ...] = ()


class Limits(Strict):
    """Bounds of what is read."""

    max_message_chars: int = Field(ge=100)
    max_messages: int = Field(ge=1)


class Policy(Strict):
    """A whole, validated policy."""

    version: str
    reference_year: int = Field(description="Years before it are past; no clock is asked.")
    limits: Limits
    floor: dict[str, Urgency] = Field(description="The contract's least urgency of each id.")
    contraindications: tuple[Contraindication, ...]
    signs: dict[str, Sign]
    classes: dict[str, tuple[str, ...]]
    cues: tuple[Cue, ...]
    senses: tuple[Sense, ...]
    topics: dict[str, tuple[str, ...]]
    texting: dict[str, str]
    emoji: dict[str, str]
    languages: dict[str, Language]
    messages: dict[str, Any]
    grounding: dict[str, str] = Field(default={}, description="SHA-256 of passages, by message.")
    digest: str = Field(description="SHA-256 over all files of the policy, hexadecimal.")

    @property
    def label(self) -> str:
        """Version and hash, as every decision carries them."""
        return f"{self.version}+{self.digest[:12]}"

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if lost := sorted(CLASSES - self.classes.keys()):
            raise ValueError(f"classes.toml has no {', '.join(lost)}; the engine reads them")
        found = {c.contract_id for c in self.contraindications}
        if found != set(self.floor):
            raise ValueError(f"not in both policy and floor: {sorted(found ^ set(self.floor))}")
        if set(self.topics) != set(self.floor):
            raise ValueError(f"topics {sorted(set(self.topics) ^ set(self.floor))} do not match")
        ids = [c.id for c in self.contraindications]
        if len(set(ids)) != len(ids):
            raise ValueError(f"an id is given twice: {ids}")
        for entry in self.contraindications:
            names = [rule.id for rule in entry.rules]
            if len(set(names)) != len(names):
                raise ValueError(f"{entry.id}: a rule id is given twice: {names}")
            for rule in entry.rules:
                self._check_rule(entry, rule)
        return self

    def _check_rule(self, entry: Contraindication, rule: Rule) -> None:
        least = self.floor[entry.contract_id]
        if URGENCY_RANK[rule.urgency or entry.urgency] < URGENCY_RANK[least]:
            raise ValueError(f"{entry.id}.{rule.id}: urgency is under the contract's floor")
        for slot in (*rule.all, *rule.none):
            for name in slot.split("|"):
                if name not in self.signs and name not in self.classes:
                    raise ValueError(f"{entry.id}.{rule.id}: there is no sign {name!r}")


def bundled() -> Traversable:
    """Return the folder of the policy that ships with the package."""
    return resources.files("safety") / "policy"


def load_policy(path: Path | str | None = None) -> Policy:
    """Read and validate a policy folder, the bundled one by default.

    Raises:
        PolicyError: A file is missing or not named, is not TOML, is of another schema, has an
            unknown key or contradicts another; or a fixed text is missing.
    """
    folder: Traversable = Path(path) if path is not None else bundled()
    if not folder.is_dir():
        raise PolicyError(f"{folder}: no such policy folder; give one with policy.toml in it")
    digest = hashlib.sha256()
    data: dict[str, Any] = {}
    data["policy"] = _read(folder / "policy.toml", digest)
    files = _files(folder, data["policy"])
    for name in ("classes", "cues", "topics", "texting", "languages", "messages"):
        data[name] = _read(folder / f"{name}.toml", digest)
    emoji = _read(folder / "emoji.toml", digest)
    hashes = folder / f"{GROUNDING}.toml"
    grounding = _read(hashes, digest) if hashes.is_file() else {"sha256": {}}
    entries = [
        _read(folder / "contraindications" / file, digest) for file in files["contraindications"]
    ]
    signs = [_read(folder / "signs" / file, digest) for file in files["signs"]]
    senses = [_read(folder / "senses" / file, digest) for file in files["senses"]]
    try:
        policy = Policy(
            **data["policy"],
            contraindications=tuple(_entry(entry) for entry in entries),
            signs={name: Sign(**sign) for file in signs for name, sign in file.items()},
            classes={name: tuple(words) for name, words in data["classes"].items()},
            cues=tuple(Cue(**cue) for cue in data["cues"]["cue"]),
            senses=tuple(Sense(**sense) for file in senses for sense in file["sense"]),
            topics={name: tuple(phrases) for name, phrases in data["topics"].items()},
            texting=data["texting"]["texting"],
            emoji=emoji["emoji"],
            languages={c: Language(**lang) for c, lang in data["languages"].items()},
            messages=data["messages"],
            grounding=grounding["sha256"],
            digest=digest.hexdigest(),
        )
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PolicyError(f"{folder}: the policy is not valid: {error}") from error
    if missing := missing_texts(policy.messages, policy.floor):
        raise PolicyError(f"{folder / 'messages.toml'}: no text for {', '.join(missing)}")
    return policy


def _entry(data: dict[str, Any]) -> Contraindication:
    rules = tuple(Rule(**rule) for rule in data.pop("rule", []))
    data.setdefault("contract_id", data.get("id"))
    return Contraindication(**data, rules=rules)


def _files(folder: Traversable, frame: dict[str, Any]) -> dict[str, list[str]]:
    """Take schema and file names out of ``policy.toml``; return the names of each folder's files.

    Raises:
        PolicyError: The schema is another one, or the folders do not hold exactly these files.
    """
    schema = frame.pop("schema", None)
    if schema != SCHEMA:
        stated = "no schema" if schema is None else f"schema {schema!r}"
        raise PolicyError(
            f"{folder / 'policy.toml'}: states {stated}, and this version reads schema {SCHEMA};"
            " take the policy that came with it and apply your changes anew"
        )
    named = frame.pop("files", {})
    found: dict[str, list[str]] = {}
    for kind in FOLDERS:
        wanted = {f"{name}.toml" for name in named.get(kind, ())}
        if not (folder / kind).is_dir():
            raise PolicyError(f"{folder / kind}: the policy has no such folder")
        there = {f.name for f in (folder / kind).iterdir() if f.name.endswith(".toml")}
        if lost := sorted(wanted - there):
            raise PolicyError(f"{folder / kind}: {', '.join(lost)} missing; restore the policy")
        if there != wanted or not wanted:
            extra = ", ".join(sorted(there - wanted)) or "no file"
            raise PolicyError(f"{folder / kind}: {extra} is not named under [files] in policy.toml")
        found[kind] = sorted(wanted)
    return found


def _read(file: Traversable, digest: hashlib._Hash) -> dict[str, Any]:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise PolicyError(f"{file}: cannot be read ({error}); restore the policy file") from error
    digest.update(file.name.encode() + b"\0" + raw + b"\0")
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"{file}: is not valid TOML: {error}") from error
