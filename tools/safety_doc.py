"""The decision traces of docs/safety.md: ``python -m tools.safety_doc``.

Rewrites what stands between the two markers by what the bundled rules decide now. A test compares
the block with what this would write.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from safety.explain import trace
from safety.guard import Guard

DOC = Path(__file__).parents[1] / "docs" / "safety.md"
BEGIN = "<!-- traces: written by python -m tools.safety_doc -->\n"
END = "<!-- end of traces -->\n"
WIDTH = 98

EXAMPLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Signs, no name", ("One of my calves has swollen up. OK to rub it?",)),
    ("A plain denial", ("I am not pregnant and have no wounds. How do I knead my calf?",)),
    ("A hedge is no denial", ("My trainer says it's not a fracture, so can I roll my shin?",)),
    (
        "A finished finding clears the name, not the signs",
        ("The scan ruled out a clot. My right calf is still puffy, though.",),
    ),
    ("Over and healed", ("Broke my ankle nine years ago, healed well. May I use a roller?",)),
    ("Another sense", ("Break a leg, they said before my race. How do I warm up?",)),
    ("A question to learn", ("Why does a blood clot rule massage out?",)),
    ("Noise", ("is it ok to massge over vericose viens",)),
    (
        "A correction in a conversation",
        ("I'm pregnant and I have varicose veins.", "Sorry, I mistyped: I'm not pregnant."),
    ),
    ("Another language", ("Wie lange soll ich meine Beine nach dem Laufen massieren?",)),
)


def main() -> int:
    """Rewrite the block and tell whether it changed."""
    text = DOC.read_text(encoding="utf-8")
    current = with_traces(text)
    DOC.write_text(current, encoding="utf-8")
    print(f"{DOC.name}: {'up to date' if current == text else 'rewritten'}")
    return 0


def with_traces(text: str) -> str:
    """Return the document with the traces as they are now.

    Raises:
        ValueError: The document lacks one of the markers.
    """
    head, _, rest = text.partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        raise ValueError(f"{DOC.name}: put both markers back: {BEGIN.strip()} {END.strip()}")
    return f"{head}{BEGIN}\n{traces(Guard())}\n{END}{tail}"


def traces(guard: Guard) -> str:
    """Return all examples as Markdown: what was said, then the lines of the explanation."""
    parts = []
    for number, (kind, messages) in enumerate(EXAMPLES, start=1):
        marks = [f"{k}. " if len(messages) > 1 else "" for k in range(1, len(messages) + 1)]
        said = "\n".join(f"> {m}{text}" for m, text in zip(marks, messages, strict=True))
        lines = [part for line in trace(guard, messages, signs=False) for part in _wrapped(line)]
        parts.append(f"**{number}. {kind}**\n\n{said}\n\n```text\n" + "\n".join(lines) + "\n```\n")
    return "\n".join(parts)


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_long_words=False)


if __name__ == "__main__":
    sys.exit(main())
