"""Which messages are set aside as another language, and what is looked for before."""

from __future__ import annotations

import pytest

from safety.guard import Guard


@pytest.mark.parametrize(
    "message",
    ["ok", "Thanks!", "knead how?", "calf??", "effleurage vs petrissage", "quads n glutes pls"],
)
def test_short_english_is_never_set_aside(rules: Guard, message: str) -> None:
    assert rules.decide([message]).action == "answer"


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("¿Cuánto tiempo debo masajear las piernas después de correr?", "es"),
        ("Combien de temps dois-je masser mes jambes après le sport ?", "fr"),
        ("Wie lange soll ich meine Beine nach dem Laufen massieren?", "de"),
        ("Per quanto tempo devo massaggiare le gambe dopo la corsa?", "it"),
        ("Как долго нужно массировать ноги после бега?", "ru"),
        ("跑步后应该按摩腿多长时间？", "zh"),
        ("走った後、脚をどのくらいマッサージすればいいですか", "ja"),
        ("كم من الوقت يجب أن أدلك ساقي بعد الجري؟", "ar"),
    ],
)
def test_another_language_is_named(rules: Guard, message: str, language: str) -> None:
    decision = rules.decide([message])
    assert (decision.action, decision.reason) == ("abstain", "other_language")
    assert decision.language == language


@pytest.mark.parametrize(
    ("message", "contraindication"),
    [
        ("Tengo dolor en el pecho, ¿puedo masajear la pierna?", "emergency"),
        ("Ich habe eine Thrombose im Bein, darf ich massieren?", "deep_vein_thrombosis"),
    ],
)
def test_core_words_of_other_languages_refer(
    rules: Guard, message: str, contraindication: str
) -> None:
    decision = rules.decide([message])
    assert decision.action == "refer"
    assert decision.contraindications[0] == contraindication


def test_english_with_foreign_words_is_read(rules: Guard) -> None:
    assert rules.decide(["What is the difference between shiatsu and thai massage?"]).reason is None
