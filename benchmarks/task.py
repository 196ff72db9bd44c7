"""What participants of the comparison are given: the article, questions, terms and messages."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from corpus import Corpus
from index import find_model
from index.passage_index import embedding_texts
from safety.cases import bundled_cases
from safety.policy import load_policy

ARTICLE = Path(__file__).parents[1] / "corpus" / "leg-massage.md"
LEAST_CHARACTERS = 40
MESSAGES = 400
QUESTIONS = (
    "What is petrissage and what does it do?",
    "Which muscles bend the knee?",
    "What are the benefits of a leg massage?",
    "Which stroke comes first in a session?",
    "How does massage affect swelling in the legs?",
    "What is the difference between kneading and friction?",
    "Can a foam roller be used on the hamstrings?",
    "What is a trigger point?",
    "Why are sore muscles massaged after a long run?",
    "What do the calf muscles do?",
    "Who gives leg massages?",
    "Does massage help people to sleep?",
)
RULES_QUESTION = "my left calf is swollen and hot since the flight, can I massage it?"


def work(folder: Path) -> Path:
    """Write the input of the retrieval table, and the texts of the build table; return the first.

    A passage is a line of the article of more than forty characters: a paragraph or a list item.
    """
    lines = ARTICLE.read_text(encoding="utf-8").splitlines()
    passages = [line.strip() for line in lines if len(line.strip()) > LEAST_CHARACTERS]
    model = str(find_model().folder)
    path = folder / "work.json"
    _write(path, {"passages": passages, "questions": QUESTIONS, "model": model})
    texts = list(embedding_texts(Corpus.bundled()))
    _write(folder / "texts.json", {"texts": texts, "model": model})
    return path


def guard_work(folder: Path) -> Path:
    """Write the input of the guards: names of what our policy looks for, and messages of cases."""
    messages = load_policy().messages["contraindication"].values()
    names = {str(entry["name"]).lower() for entry in messages}
    turns = {turn for case in bundled_cases() for turn in case.turns}
    sized = sorted(
        (turn for turn in turns if 15 <= len(turn.split()) <= 25),
        key=lambda turn: zlib.crc32(turn.encode()),
    )
    path = folder / "guards.json"
    _write(path, {"terms": sorted(names | set(_TERMS)), "messages": sized[:MESSAGES]})
    return path


def _write(path: Path, data: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")


# About as many terms as a list of this kind has; which ones hardly matters for its speed.
_TERMS = (
    "abscess", "apixaban", "bleeding", "blister", "blood clot", "blood thinner", "boil",
    "breathless", "brittle bones", "broken ankle", "broken leg", "bulging vein", "burn",
    "cancer", "cellulitis", "chemotherapy", "chest pain", "coughing blood", "cut", "dislocated",
    "due date", "dvt", "embolism", "fainted", "fever", "flu", "fracture", "gangrene",
    "gave birth", "graze", "haemophilia", "heart failure", "high blood pressure",
    "hip replacement", "hot calf", "hypertension", "impetigo", "infection", "kidney disease",
    "knee replacement", "leukaemia", "liver disease", "low platelets", "lymphoedema",
    "lymphoma", "metastasis", "neuropathy", "numb feet", "open wound", "operation",
    "osteoporosis", "paralysed", "phlebitis", "postpartum", "pregnancy", "pregnant",
    "radiotherapy", "rash", "recent surgery", "red calf", "ringworm", "rivaroxaban", "scabies",
    "sepsis", "shingles", "sprain", "stitches", "stress fracture", "stroke", "swollen calf",
    "swollen leg", "thrombosis", "torn muscle", "tumour", "ulcer", "varicose veins", "warfarin",
    "warm calf", "weeks along",
)  # fmt: skip
