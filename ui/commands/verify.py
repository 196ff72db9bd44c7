"""``leg-massage verify``: re-check a saved answer or conversation against the documents."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.commands.common import add_source_arguments, for_terminal

if TYPE_CHECKING:
    from assistant.schema import Answer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "file",
        type=Path,
        help="what `leg-massage ask --json` printed, or a conversation saved as JSON",
    )
    add_source_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Print what does not hold; 1 if anything does not."""
    from assistant.verify import verify
    from ui.commands.common import make_assistant

    corpus = make_assistant(options).corpus
    answers = _answers(options.file)
    problems = [
        f"answer {number}: {problem}"
        for number, answer in enumerate(answers, start=1)
        for problem in verify(answer, corpus)
    ]
    for problem in problems:
        sys.stdout.write(for_terminal(problem) + "\n")
    sys.stdout.write(f"{len(answers)} answers checked, {len(problems) or 'no'} problems\n")
    return 1 if problems else 0


def _answers(path: Path) -> list[Answer]:
    from pydantic import ValidationError

    from assistant.schema import Answer
    from corpus.errors import InputError

    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        turns = data.get("turns", [{"answer": data}])
        return [Answer.model_validate(turn["answer"]) for turn in turns if turn["answer"]]
    except OSError as error:
        raise InputError("file", f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise InputError(
            "file", f"{path} is neither an answer nor a conversation of this program"
        ) from error
