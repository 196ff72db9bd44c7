"""What is asked in the tests of the cluster: every outcome, with and without a history."""

from __future__ import annotations

from typing import Any

EARLIER = [
    {"role": "user", "content": "I'm 20 weeks along and my calves ache."},
    {"role": "assistant", "content": "Please ask your midwife first."},
]
REFERRED = "my left calf is swollen and hot since the flight, can I massage it?"

CONVERSATIONS: list[dict[str, Any]] = [
    {"question": question, "history": history}
    for question, history in [
        ("What does petrissage do?", []),
        ("How is effleurage done?", []),
        ("Which muscles are in the calf?", []),
        ("What are the benefits of a leg massage?", []),
        ("Does massage remove lactic acid?", []),
        ("Which techniques are there, and how do they differ?", []),
        ("What is a deep vein thrombosis?", []),
        (REFERRED, []),
        ("Is leg massage safe with varicose veins?", []),
        ("How hard should I press?", EARLIER),
        ("Who won the cup final?", []),
        ("", []),
    ]
]
