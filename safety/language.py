"""Which messages can be read: English, and nothing that merely looks like it.

The gate never swallows a short English message: a message counts as English while its words are
English words or words of the policy, and is set aside only when its script or its words clearly
belong to another language.

Source: CLD2 (https://github.com/CLD2Owners/cld2), trusted only where it calls itself reliable.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import pairwise

from safety.everyday import MOST_COMMON, common_words
from safety.policy import Language
from safety.tokens import Token

LATIN_SHARE = 0.5
"""Share of letters that must be Latin for a message to be read as Latin script."""
PLAINLY_ENGLISH = 0.85
"""Share of English words from which on no detector is asked."""
ENGLISH_SHARE = 0.55
"""Share of words known as English from which on a message is English whatever a detector says."""


@cache
def _script(character: str) -> str:
    return unicodedata.name(character, "").split(" ")[0]


SCRIPTS = {
    "DEVANAGARI": "hi", "ARABIC": "ar", "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja",
    "CYRILLIC": "ru", "HANGUL": "ko", "GREEK": "el", "HEBREW": "he", "THAI": "th", "BENGALI": "bn",
    "TAMIL": "ta", "GUJARATI": "gu", "GURMUKHI": "pa", "TELUGU": "te", "KANNADA": "kn",
}  # fmt: skip


def foreign_script(message: str) -> str | None:
    """Return the language that the script of a message points to, if most of it is not Latin."""
    letters = [c for c in message[:4000] if c.isalpha()]
    if not letters:
        return None
    counts: dict[str, int] = {}
    for letter in letters:
        name = "LATIN" if letter.isascii() else _script(letter)
        counts[name] = counts.get(name, 0) + 1
    # A character of Chinese or Japanese script carries as much as two or three letters.
    weight = {name: n * (2 if name in {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"} else 1)
              for name, n in counts.items()}  # fmt: skip
    latin = weight.get("LATIN", 0) + weight.get("FULLWIDTH", 0) + weight.get("MATHEMATICAL", 0)
    if latin >= LATIN_SHARE * sum(weight.values()):
        return None
    if counts.get("HIRAGANA", 0) + counts.get("KATAKANA", 0):
        return "ja"
    main = max(sorted(weight), key=lambda name: weight[name])
    return SCRIPTS.get(main)


def other_language(
    message: str, tokens: list[Token], languages: Mapping[str, Language]
) -> str | None:
    """Return the ISO 639-1 code of a message that is not English, '' if the code is unknown.

    None means English, or too little text to tell.
    """
    script = None if message.isascii() else foreign_script(message)
    if script is not None:
        return script
    words = [t.text for t in tokens if t.text.isalpha()]
    if not words:
        return None
    share = _english(tokens) / len(words)
    if share >= PLAINLY_ENGLISH:
        return None
    code, reliable = _detect(message)
    functions = {code: frozenset(language.common) for code, language in languages.items()}
    hits = {c: sum(w in listed for w in words) for c, listed in functions.items()}
    best = max(sorted(hits), key=lambda c: hits[c]) if hits else ""
    known = common_words()
    english_functions = sum(known.get(w) == MOST_COMMON for w in words)
    if reliable and code not in {"en", "un"} and share < 0.8:
        return code
    if best and hits[best] >= 2 and hits[best] > english_functions and share < 0.75:
        return best
    if share < ENGLISH_SHARE and len(words) >= 3:
        if reliable and code == "en":
            return None
        if code not in {"en", "un"}:
            return code
        return best if best and hits[best] else ("" if share < 0.3 else None)
    return None


def _english(tokens: list[Token]) -> int:
    """Return how many words are English ones or words of the policy."""
    known = common_words()
    # Words that were found in a run of letters are no proof of English: 'zitten' is not 'zit ten'.
    split = {after.start for before, after in pairwise(tokens) if after.start == before.start}
    count = 0
    for token in tokens:
        if token.start in split and known.get(token.text) != MOST_COMMON:
            continue
        if token.text.isalpha() and (token.symbols or token.text in known):
            count += 1
    return count


def _detect(message: str) -> tuple[str, bool]:
    import pycld2

    clean = "".join(c for c in message[:2000] if c.isprintable() or c.isspace())
    try:
        reliable, _, details = pycld2.detect(clean, bestEffort=True)
    except pycld2.error:
        return "un", False
    return str(details[0][1]).split("-")[0], bool(reliable)


def core_words(message: str, languages: Mapping[str, Language]) -> list[tuple[str, str]]:
    """Return (contraindication, words) of core emergency and clot words in any listed language.

    Accents and case are folded on both sides. Words of Latin script must stand alone; scripts that
    do not space their words are searched as they stand.
    """
    text = _fold(message)
    spaced = f" {''.join(c if c.isalnum() else ' ' for c in text)} "
    spaced = f" {' '.join(spaced.split())} "
    found: list[tuple[str, str]] = []
    for code in sorted(languages):
        language = languages[code]
        for name in ("emergency", "deep_vein_thrombosis"):
            for words in getattr(language, name):
                if all(_occurs(part, spaced, text) for part in words.split(" + ")):
                    found.append((name, words))
    return found


def _occurs(words: str, spaced: str, text: str) -> bool:
    stand_alone, folded = _folded_words(words)
    return folded in (spaced if stand_alone else text)


@lru_cache(maxsize=4096)  # more than the core words of all languages, which alone are asked for
def _folded_words(words: str) -> tuple[bool, str]:
    """Return whether the words must stand alone, and the words as they are looked for."""
    folded = " ".join(_fold(words).split())
    if folded.isascii() or _spaces_words(folded):
        return True, f" {folded} "
    return False, folded


def _spaces_words(text: str) -> bool:
    return any(_script(c) in {"CYRILLIC", "GREEK", "LATIN"} for c in text if c.isalpha())


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (c for c in decomposed if not unicodedata.combining(c) or _script(c) == "DEVANAGARI")
    # Turkish dotless i and Polish barred l have no decomposition.
    return "".join(kept).translate({0x131: "i", 0x142: "l", 0xDF: "ss"})
