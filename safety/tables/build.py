"""Make the frozen tables of this folder again: ``python safety/tables/build.py``.

Needs two things that the product itself does not: Debian's package ``scowl`` (Kevin Atkinson's word
lists, licence in /usr/share/doc/scowl) and the PyPI package ``confusable-homoglyphs`` (Unicode's
confusables.txt, Unicode licence). The tables are frozen, so that a new release of either cannot
change a safety decision.
"""

from __future__ import annotations

import json
import unicodedata
from importlib import resources
from pathlib import Path

SCOWL = Path("/usr/share/dict/scowl")
TIERS = (10, 20, 35, 40, 50, 55)
DIALECTS = ("english", "american", "british")
HERE = Path(__file__).parent


def scowl_words(kind: str, tier: int) -> set[str]:
    """Return the lower-case ASCII words of one tier (10 = most common)."""
    words: set[str] = set()
    for dialect in DIALECTS:
        path = SCOWL / f"{dialect}-{kind}.{tier}"
        if path.exists():
            words.update(path.read_text(encoding="latin-1").casefold().split())
    return {word for word in words if word.isascii() and word.isalpha()}


def build_words() -> str:
    """Return the word list: a line ``# tier`` and then the words that are new in that tier."""
    seen: set[str] = set()
    lines: list[str] = []
    for tier in TIERS:
        new = scowl_words("words", tier) | scowl_words("upper", tier)
        if tier == TIERS[-1]:
            new |= scowl_words("proper-names", 50)
        lines.append(f"# {tier}")
        lines.append(" ".join(sorted(new - seen)))
        seen |= new
    return "\n".join(lines) + "\n"


def build_confusables() -> str:
    """Return ``character<TAB>letter`` lines: what looks like which ASCII letter or digit."""
    path = resources.files("confusable_homoglyphs") / "confusables.json"
    table = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for character, looks in table.items():
        if len(character) != 1 or character.isascii():
            continue
        for look in looks:
            letter = look["c"].casefold()
            if len(letter) == 1 and letter.isascii() and letter.isalnum():
                found.setdefault(character, letter)
    for character, letter in list(found.items()):
        # Lower-casing comes first in use: the lower-case form must be in the table as well. A plain
        # letter always stays what it is (the long s folds to 's', and looks like 'f').
        lower = character.casefold()[:1]
        if not lower.isascii():
            found.setdefault(lower, letter)
    found = {c: x for c, x in found.items() if unicodedata.normalize("NFKD", c)[:1].casefold() != x}
    return "".join(f"{character}\t{found[character]}\n" for character in sorted(found) if character)


if __name__ == "__main__":
    (HERE / "words.txt").write_text(build_words(), encoding="utf-8")
    (HERE / "confusables.tsv").write_text(build_confusables(), encoding="utf-8")
