"""A policy of a few lines, for tests of what the engine does with any policy."""

from __future__ import annotations

from typing import Any

from safety.policy import Policy

FLOOR = {"clot": "urgent", "wound": "routine"}
CLOT = {
    "id": "clot",
    "contract_id": "clot",
    "urgency": "urgent",
    "over": (),
    "rules": (
        {"id": "named", "phrases": ("clot|clots|thrombosis",)},
        {"id": "signs", "kind": "sign", "all": ("one_leg", "swollen"), "none": ("both",)},
    ),
}
WOUND = {
    "id": "wound",
    "contract_id": "wound",
    "urgency": "routine",
    "rules": (
        {
            "id": "cut",
            "phrases": ("cut|cuts|graze",),
            "refers": ("a cut on my shin",),
            "clears": ("no cut",),
        },
    ),
}
CUES = (
    {"id": "no", "kind": "deny", "phrases": ("no|not|without",)},
    {"id": "fill", "kind": "filler", "phrases": ("a|an|any|the|is|am|have|had|got",)},
    {"id": "think", "kind": "hedge", "phrases": ("think|maybe",)},
    {"id": "ago", "kind": "over_time", "phrases": ("years ago",)},
    {"id": "healed", "kind": "over_healed", "phrases": ("healed",)},
    {"id": "why", "kind": "education", "phrases": ("why|what is",)},
    {"id": "can", "kind": "request", "phrases": ("can|may|how",)},
    {"id": "mine", "kind": "personal", "phrases": ("my|i",)},
)


def small_policy(**changes: Any) -> Policy:
    """Return the small policy, with other values for some of its fields."""
    data = {
        "version": "small",
        "reference_year": 2026,
        "limits": {"max_message_chars": 500, "max_messages": 5},
        "floor": FLOOR,
        "contraindications": (CLOT, WOUND),
        "signs": {
            "one_leg": {"phrases": ("one|left leg|calf",)},
            "swollen": {"phrases": ("swell*|swollen|swolen",)},
            "both": {"phrases": ("both legs",)},
        },
        "classes": {
            "number": ("two", "ten"),
            "leg": ("leg", "calf", "lower leg"),
            "listable": ("rash",),
            "kin": ("mother", "sister"),
            "animal": ("cat",),
            "first_person": ("i", "my"),
            "third_person": ("@kin", "she", "her"),
        },
        "cues": CUES,
        "senses": ({"id": "short", "phrases": ("short cut|cuts",)},),
        "topics": {"clot": ("clot",), "wound": ("wound",)},
        "texting": {"thx": "thanks"},
        "emoji": {},
        "languages": {},
        "messages": {},
        "digest": "0" * 64,
    }
    return Policy.model_validate({**data, **changes})
