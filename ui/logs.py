"""Structured logs: one JSON object a line, made of ids, codes and times, never of messages.

Errors are logged by type and place. Their text is left out, because libraries quote the input that
they could not handle, and here the input is what somebody said about their health.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

LOGGER = "leg_massage"

_OURS = (LOGGER, "uvicorn")
_SILENCED = ("gradio", "httpx", "asyncio", "multipart", "sentence_transformers", "transformers")


class JsonFormatter(logging.Formatter):
    """Writes a record and its ``fields`` as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; the text of an exception is left out."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        entry |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            entry |= _without_text(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False)


def _is_ours_or_a_warning(record: logging.LogRecord) -> bool:
    # Some libraries set a level of their own, so that the root's is not asked.
    return record.levelno >= logging.WARNING or record.name.startswith(_OURS)


def set_up_logs(level: str) -> None:
    """Send all log lines to standard error as JSON; dependencies only from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(_is_ours_or_a_warning)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(level)
    for name in _SILENCED:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


class _Tracebacks:
    """Stands in for the module ``traceback`` where a library prints errors with their text."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def print_exc(self, *_: object, **__: object) -> None:
        """Log the error that is being handled, without its text."""
        error = sys.exc_info()[1]
        if error is not None:
            log_failure("request failed", error)


def quieten_gradio() -> None:
    """Keep Gradio from printing errors, whose text may quote what somebody posted."""
    from gradio import queueing, route_utils, routes

    for module in (queueing, route_utils, routes):
        vars(module)["traceback"] = _Tracebacks()


def log_event(event: str, level: int = logging.INFO, **fields: object) -> None:
    """Write one event; the fields are ids, codes and numbers."""
    logging.getLogger(LOGGER).log(level, event, extra={"fields": fields})


def log_failure(event: str, error: BaseException, **fields: object) -> None:
    """Write a failure by the type and the place of its error, without the error's text."""
    log_event(event, logging.ERROR, **fields, **_without_text(error))


def _without_text(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "frames": [f"{frame.name}:{frame.lineno}" for frame in frames],
    }
