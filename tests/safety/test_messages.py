"""The fixed messages: complete, grounded word for word, short, plain, and in the right order."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from importlib import resources
from typing import Any

import pytest

from safety.policy import load_policy
from safety.readability import grade, sentences, syllables

CONTRACT = {
    "emergency": "emergency",
    "deep_vein_thrombosis": "urgent",
    "acute_injury": "urgent",
    "open_wound": "routine",
    "skin_infection": "routine",
    "varicose_veins": "routine",
    "pregnancy": "routine",
    "osteoporosis": "routine",
    "hypertension": "routine",
    "cancer": "routine",
    "recent_surgery": "routine",
    "bleeding_risk": "routine",
    "reduced_sensation": "routine",
    "poor_circulation": "routine",
    "organ_swelling": "routine",
    "systemic_illness": "routine",
}
LANGUAGES = {
    *("ar", "de", "es", "fr", "hi", "it", "ja", "nl", "pl", "pt", "ru", "tr", "zh"),
    *("hi-Latn", "zh-Hant"),
}
ABSTENTIONS = {"not_covered", "too_vague", "empty", "unreadable", "too_long", "other_language"}
MAX_GRADE = {"emergency": 5.0, "urgent": 5.0, "routine": 6.0}


def _file() -> str:
    return (
        resources.files("safety").joinpath("policy", "messages.toml").read_bytes().decode("utf-8")
    )


POLICY: dict[str, Any] = tomllib.loads(_file())
TABLES: dict[str, dict[str, Any]] = {
    **POLICY["contraindication"],
    "general": POLICY["general"],
    "failure": POLICY["failure"],
}


def _urgency(table: str, key: str) -> str:
    kind = key.removeprefix("message").removeprefix("_")
    floor = CONTRACT.get(table, "routine")
    return floor if floor == "emergency" else kind if kind in MAX_GRADE else floor


REFERRALS = [
    pytest.param(text, _urgency(table, key), id=f"{table}.{key}")
    for table, entry in TABLES.items()
    for key, text in entry.items()
    if key.startswith("message")
]
GROUNDINGS = [
    pytest.param(entry, id=f"{table}.{key}")
    for table, fields in TABLES.items()
    for key, entry in fields.items()
    if key.startswith("grounding")
]
NOTICES = [pytest.param(TABLES[name]["notice"], id=name) for name in CONTRACT]


@pytest.mark.parametrize(
    ("word", "count"),
    [("leg", 1), ("massage", 2), ("emergency", 4), ("wait", 1), ("fever", 2), ("checked", 1),
     ("needed", 2), ("rate", 1), ("muscle", 2), ("medical", 3), ("pneumonia", 4), ("911", 1)],
)  # fmt: skip
def test_syllables_are_counted(word: str, count: int) -> None:
    assert syllables(word) == count


def test_file_is_clean_text() -> None:
    assert unicodedata.is_normalized("NFC", _file())
    assert _file().endswith("\n")
    assert not set("\r\t") & set(_file())


def test_every_contraindication_of_the_contract_has_its_message() -> None:
    assert set(POLICY["contraindication"]) == set(CONTRACT)
    for entry in POLICY["contraindication"].values():
        assert {"name", "message", "notice", "grounding"} <= set(entry)


def test_policy_keeps_the_floor_of_the_contract() -> None:
    assert load_policy().floor == CONTRACT


def test_fields_have_known_names() -> None:
    pattern = re.compile(r"name|notice|(message|grounding)(_[a-z]+)*")
    for table, entry in TABLES.items():
        assert [key for key in entry if not pattern.fullmatch(key)] == [], table
        kinds = {key.removeprefix("message") for key in entry if key.startswith("message")}
        grounded = {key.removeprefix("grounding") for key in entry if key.startswith("grounding")}
        assert kinds >= grounded >= {""}


def test_spreading_skin_infection_has_an_urgent_message() -> None:
    assert "today" in POLICY["contraindication"]["skin_infection"]["message_urgent"]


@pytest.mark.parametrize("grounding", GROUNDINGS)
def test_quote_is_whole_sentences_of_its_section(grounding: dict[str, Any]) -> None:
    assert set(grounding) == {"document", "section", "quote"}
    quote = grounding["quote"]
    text = resources.files("corpus").joinpath(grounding["document"]).read_text("utf-8")
    assert text.count(quote) == 1
    start = text.index(quote)
    assert quote.endswith(".")
    assert text[start - 2 : start] in {". ", "\n\n", "* "}
    path: list[str] = []
    for mark, heading in re.findall(r"^(#{2,}) (.+)$", text[:start], re.MULTILINE):
        path = [*path[: len(mark) - 2], heading]
    assert path == grounding["section"]


@pytest.mark.parametrize(("text", "urgency"), REFERRALS)
def test_referral_is_short(text: str, urgency: str) -> None:
    found = sentences(text)
    lengths = [len(part) for part in found]
    assert 60 <= sum(lengths) <= 110
    assert 4 <= len(found) <= 7
    assert sum(lengths) / len(found) <= 12
    assert max(lengths) <= 20


@pytest.mark.parametrize(("text", "urgency"), REFERRALS)
def test_referral_is_easy_to_read(text: str, urgency: str) -> None:
    assert grade(text) <= MAX_GRADE[urgency]


@pytest.mark.parametrize(("text", "urgency"), REFERRALS)
def test_referral_says_what_makes_it_an_emergency(text: str, urgency: str) -> None:
    assert "local emergency number" in text
    if urgency == "urgent":
        assert "today" in text


@pytest.mark.parametrize(("text", "urgency"), REFERRALS)
def test_referral_puts_the_action_first(text: str, urgency: str) -> None:
    first = re.split(r"(?<=\.) ", text)[0]
    if "massage" in text:
        assert re.match(r"(Please (do not|wait)|Call|Go to|Press) ", first)
    if urgency == "emergency":
        assert re.search(r"[Ee]mergency|support right now", first)


@pytest.mark.parametrize(("text", "urgency"), REFERRALS)
def test_referral_ends_with_what_the_assistant_can_do(text: str, urgency: str) -> None:
    last = re.split(r"(?<=\.) ", text)[-1]
    if "massage" in text:
        assert re.match(r"I can share general facts|You can send your question again", last)


@pytest.mark.parametrize(
    ("text", "urgency"),
    REFERRALS + [pytest.param(*p.values, "", id=f"notice-{p.id}") for p in NOTICES],
)
def test_tone_is_calm_and_never_diagnoses(text: str, urgency: str) -> None:
    assert text.isascii()
    assert not re.search(r"!|\n|  ", text)
    assert not re.search(r"\b[A-Z]{2,}\b", re.sub(r"\b(DVT|US|UK)\b", "", text))
    banned = r"\byou have (?!to\b)|contraindicat|\bconsult\b|please note|simply|diagnos|patient"
    assert not re.search(banned, text, re.IGNORECASE)


def test_message_about_self_harm_speaks_of_support_and_nothing_else() -> None:
    text = POLICY["contraindication"]["emergency"]["message_selfharm"]
    quote = POLICY["contraindication"]["emergency"]["grounding_selfharm"]["quote"]
    for words in (text, quote):
        assert "support" in words
        assert "massage" not in words.lower()
    for words in ("crisis line", "988", "116 123", "13 11 14"):
        assert words in text


@pytest.mark.parametrize("text", NOTICES)
def test_notice_is_two_or_three_plain_sentences(text: str) -> None:
    found = sentences(text)
    assert 2 <= len(found) <= 3
    assert max(map(len, found)) <= 20
    assert grade(text) <= MAX_GRADE["routine"]


def test_every_abstention_has_its_message_and_emergency_advice() -> None:
    assert set(POLICY["abstain"]) == ABSTENTIONS
    for entry in POLICY["abstain"].values():
        assert "local emergency number" in entry["message"]
        assert grade(entry["message"]) <= MAX_GRADE["routine"]


def test_other_languages_are_answered_in_their_own_words() -> None:
    table = POLICY["abstain"]["other_language"]["in_language"]
    assert set(table) == LANGUAGES
    assert len(set(table.values())) == len(LANGUAGES)
    scripts = {"ar": "ARABIC", "hi": "DEVANAGARI", "ja": "HIRAGANA", "ru": "CYRILLIC", "zh": "CJK"}
    for code, script in scripts.items():
        assert any(unicodedata.name(char, "").startswith(script) for char in table[code]), code


def test_standing_note_says_what_the_assistant_is_not() -> None:
    note = POLICY["standing_note"]["message"]
    for words in ("general information", "not medical advice", "No clinician", "emergency number"):
        assert words in note
    assert grade(note) <= MAX_GRADE["routine"]
