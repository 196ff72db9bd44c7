"""Conversations from a small grammar: statements that raise, deny, correct, ask and chat."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st

WHO = ("I have {}.", "My wife has {}.", "My mum has {}, can I rub her legs?", "A client has {}.")
ALSO = (
    "Could it be {}?",
    "I might have {}, not sure.",
    "The doctor suspects {}.",
    "They said it's {}",
)
NAMES = {
    "deep_vein_thrombosis": ("a blood clot", "a DVT"),
    "varicose_veins": ("varicose veins",),
    "osteoporosis": ("osteoporosis",),
    "cancer": ("cancer", "leukaemia"),
    "systemic_illness": ("a fever",),
    "skin_infection": ("cellulitis", "scabies"),
    "poor_circulation": ("peripheral artery disease",),
    "reduced_sensation": ("neuropathy",),
    "acute_injury": ("a torn calf muscle", "a broken ankle"),
}
RAISING = {
    contraindication: tuple(form.format(name) for form, name in product((*WHO, *ALSO), names))
    for contraindication, names in NAMES.items()
}
RAISING["pregnancy"] = ("I am pregnant.", "I'm 20 weeks along.", "My wife is expecting a baby.")
RAISING["emergency"] = ("I have chest pain and can't breathe.", "My leg turned cold and blue.")
RAISING["bleeding_risk"] = ("I take warfarin every day.", "I'm on blood thinners.")
CLOSED_FORMS = {
    "pregnancy": ("Sorry, I mistyped: I'm not pregnant.", "I am not pregnant."),
    "varicose_veins": ("Sorry, I meant to say I have no varicose veins.",),
    "osteoporosis": ("Correction: I don't have osteoporosis.",),
    "systemic_illness": ("I have no fever.",),
}
OPENINGS = ("", "Thanks. ", "ok, ", "One more thing: ")
QUESTIONS = (
    "What does petrissage do?",
    "How firm should I press?",
    "Which oil is nice for the skin?",
    "How long should a session take?",
    "Which strokes come first?",
)
HARMLESS = (
    *(opening + question for opening, question in product(OPENINGS, QUESTIONS)),
    "My legs are tired after a long day at work.",
    "I ran ten kilometres on Sunday and feel it.",
    "That was really useful, thank you.",
)

raising = st.sampled_from(
    [(name, text) for name, texts in sorted(RAISING.items()) for text in texts]
)
# Said of nobody else: whose condition it is, and who is massaged, is a matter of its own.
own = raising.filter(lambda pair: not any(who in pair[1] for who in ("wife", "mum", "client")))
harmless = st.sampled_from(HARMLESS)
closed_form = st.sampled_from([text for texts in CLOSED_FORMS.values() for text in texts])
statement = st.one_of(raising.map(lambda pair: pair[1]), harmless, closed_form)
conversation = st.lists(statement, min_size=1, max_size=8)
