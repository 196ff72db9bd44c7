"""A message is read for the question in it and for its kind."""

from __future__ import annotations

import pytest

from assistant.comparison import sides
from assistant.coverage import aspects
from assistant.follow import resolve
from assistant.question import kind_of, read_question
from assistant.schema import Message
from index.spelling import Speller

KINDS = [
    ("What is petrissage?", "definition"),
    ("petrissage meaning", "definition"),
    ("whats fascia", "definition"),
    ("Which muscles bend the knee?", "list"),
    ("benefits", "list"),
    ("How does massage move lymph?", "how"),
    ("Why do knots hurt?", "why"),
    ("Who should avoid it?", "who"),
    ("when should I get one", "when"),
    ("Does it help me sleep?", "yes_no"),
    ("petrissage vs friction", "comparison"),
    ("How is friction different from kneading?", "comparison"),
    ("soleus", "general"),
]


@pytest.mark.parametrize(("text", "kind"), KINDS, ids=[text for text, _ in KINDS])
def test_kind(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_story_before_the_question_is_left_out() -> None:
    message = (
        "We moved house on Friday and the van broke down twice. The cat was sick in the box. "
        "What does effleurage do to tired muscles?"
    )
    assert read_question(message).text == "What does effleurage do to tired muscles?"


def test_question_that_points_back_keeps_what_it_points_at() -> None:
    message = (
        "The dog ate my sandwich. My hamstrings are stiff from the desk. Is massage used for that?"
    )
    assert read_question(message).text.startswith("My hamstrings are stiff from the desk.")


def test_message_that_asks_nothing_is_taken_whole() -> None:
    assert read_question("stiff calves after driving").text == "stiff calves after driving"


def test_words_of_courtesy_carry_no_topic() -> None:
    assert read_question("Good morning sir, kindly explain petrissage please").terms == (
        "petrissag",
    )


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("petrissage vs effleurage", ("petrissage", "effleurage")),
        ("How do quads and hamstrings differ?", ("quads", "hamstrings")),
        ("a roller or a stick", ("a roller", "a stick")),
        ("what is fascia", None),
    ],
)
def test_sides_of_a_comparison(text: str, pair: tuple[str, str] | None) -> None:
    assert sides(text) == pair


NAMES = frozenset({"calf", "hamstr", "petrissag"})
LIST = "They are [1]:\n\n- **Petrissage (kneading):** Kneading. [2]\n- **Friction:** Rubbing. [3]"
FOLLOW_UPS = [
    ("and the calves?", "What do the calves do?"),
    ("what about friction?", "What do the hamstrings do friction?"),
    ("why?", "why? What do the hamstrings do?"),
    ("tell me more", "What do the hamstrings do?"),
    ("how do they get tight?", "What do the hamstrings do? how do they get tight?"),
    ("tell me about the second one", "What is Friction?"),
    ("and the last one?", "What is Friction?"),
    ("What does petrissage do?", "What does petrissage do?"),
    ("and which oil is best?", "and which oil is best?"),
]


@pytest.mark.parametrize(("message", "question"), FOLLOW_UPS, ids=[m for m, _ in FOLLOW_UPS])
def test_follow_up(message: str, question: str) -> None:
    history = [
        Message(role="user", content="What do the hamstrings do?"),
        Message(role="assistant", content=LIST),
    ]
    assert resolve(message, history, NAMES) == question


def test_question_that_an_abstention_offered_is_asked_as_it_stands() -> None:
    offered = "Not covered. The nearest:\n\n- What is friction?\n- Tell me about petrissage"
    history = [
        Message(role="user", content="Which oil is best?"),
        Message(role="assistant", content=offered),
    ]
    assert resolve("the first one", history, NAMES) == "What is friction?"
    assert resolve("the second one please", history, NAMES) == "Tell me about petrissage"


def test_word_that_names_the_thing_is_read_with_a_short_question() -> None:
    speller = Speller(["Dorsiflexion lifts the foot."], ["sounds", "dinosaur", "lifts"])
    question = read_question("Dorsiflexion. Sounds like a dinosaur. What is it?", speller)
    assert "dorsiflexion" in question.jargon


@pytest.mark.parametrize("message", ["", " \n ", "\u3000"])
def test_message_without_a_word_asks_nothing(message: str) -> None:
    assert read_question(message, Speller([], [])).terms == ()


def test_follow_up_of_a_follow_up_finds_the_first_question() -> None:
    history = [
        Message(role="user", content="What do the hamstrings do?"),
        Message(role="assistant", content="They bend the knee."),
        Message(role="user", content="why?"),
        Message(role="assistant", content="Because."),
    ]
    assert "hamstrings" in resolve("really?", history, NAMES)


def test_first_message_leans_on_nothing() -> None:
    assert resolve("and the calves?", [], NAMES) == "and the calves?"


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("is it good for the mind", "is leg massage good for the mind"),
        ("who is it for", "who is leg massage for"),
        ("what time is it", "what time is it"),
        ("is it true that oil helps", "is it true that oil helps"),
        ("how warm should the oil be when I heat it", "how warm should the oil be when I heat it"),
        ("is it", "is it"),
    ],
)
def test_it_with_nothing_before_is_what_the_documents_are_about(
    message: str, question: str
) -> None:
    assert resolve(message, [], NAMES, "leg massage") == question


def test_it_after_a_question_is_what_was_asked_about() -> None:
    history = [Message(role="user", content="What do the hamstrings do?")]
    assert "leg massage" not in resolve("is it strong?", history, NAMES, "leg massage")


def test_length_of_a_session_is_not_how_long_its_effect_lasts() -> None:
    session, effect = "How long should a massage last?", "How long does massage ease soreness for?"
    [aspect] = [aspect for aspect in aspects() if aspect.name == "length of a session"]
    assert aspect.asks.search(session)
    assert not aspect.asks.search(effect)
    assert aspect.tells is not None
    assert not aspect.tells.search("It calms long-lasting tightness for a short while.")
    assert aspect.tells.search("Knead each calf for ten minutes.")
