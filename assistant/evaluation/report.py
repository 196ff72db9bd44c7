"""Write the score card of the answers: figures, and ten answers as they are produced.

python -m assistant.evaluation.report > docs/quality.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import resources

from assistant.answering import Answerer
from assistant.assistant import Assistant
from assistant.coverage import bundled_gate
from assistant.evaluation.calibrate import MOST_FALSE, MOST_FALSE_ANYWHERE, curve, known, letters
from assistant.evaluation.measure import Scores, evaluate

PAIRS = (
    "What does petrissage do?",
    "whats fascia",
    "Which muscles bend the knee?",
    "effleurage or tapotement, what's the difference",
    "Will massage clear lactic acid after a spin class?",
    "My desk chair and I have become one. Would massage help stiff hamstrings from sitting?",
    "why do I nearly nod off when somebody rubs my legs",
    "Who can give a leg massage?",
    "who should avoid leg massage",
    "which oil is best?",
)
"""One of each kind: how, definition, some of a list, comparison, disputed claim, story, why, whole
lists, and one that is left open."""


def main() -> int:
    """Print the score card."""
    assistant = Assistant()
    sys.stdout.write("\n".join(lines(assistant, assistant.load())) + "\n")
    return 0


def lines(assistant: Assistant, answerer: Answerer) -> Iterator[str]:
    """Yield the lines of the score card."""
    text = resources.files("assistant").joinpath("evaluation", "report.md").read_text("utf-8")
    heldout, tuning = evaluate(answerer, "heldout"), evaluate(answerer, "tuning")
    rows = known(answerer)
    yield text.format(
        tuning=_counts(tuning),
        heldout=_counts(heldout),
        figures="\n".join(_table(heldout, tuning)),
        curve="\n".join(curve(answerer.gate, rows)),
        letters="\n".join(letters(answerer.gate, rows)),
        most_false=MOST_FALSE,
        anywhere=bundled_gate(False).threshold,
        most_false_anywhere=MOST_FALSE_ANYWHERE,
    ).rstrip()
    for question in PAIRS:
        reply = assistant.answer(question)
        yield f"\n### {question}\n"
        yield reply.text
        if reply.citations:
            yield ""
        for citation in reply.citations:
            yield f"> [{citation.marker}] {citation.document}: {citation.quote!r}  "


def _counts(scores: Scores) -> str:
    left_open = scores.questions - scores.covered
    return f"{scores.questions}, of which {scores.covered} covered and {left_open} left open"


AIMS = {
    "gold_quoted": "0.95",
    "false_abstention": "at most 0.05",
    "right_abstention": "0.95",
    "median_words": "at most 90",
    "quote_validity": "1.0",
    "sentences_cited": "1.0",
}
"""What is aimed at on the held-out questions."""


def _table(heldout: Scores, tuning: Scores) -> Iterator[str]:
    yield "| figure | held out | aim | tuning |"
    yield "| --- | --- | --- | --- |"
    for name, value in vars(heldout).items():
        if name == "missed":
            continue
        other = getattr(tuning, name)
        own, others = (f"{v:.3f}" if isinstance(v, float) else str(v) for v in (value, other))
        yield f"| {name.replace('_', ' ')} | {own} | {AIMS.get(name, '')} | {others} |"


if __name__ == "__main__":
    raise SystemExit(main())
