"""The local store: what happened, by day, and what readers thought of it.

A SQLite file on this machine, with outcomes, ids and reasons. The words of a question or reply are
kept only with feedback, and only where the operator has opted in.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from assistant.schema import Answer
from corpus.errors import LegMassageError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS turns (
    day TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, channel TEXT NOT NULL,
    policy TEXT NOT NULL, turns INTEGER NOT NULL,
    PRIMARY KEY (day, outcome, reason, channel, policy)
);
CREATE TABLE IF NOT EXISTS referrals (
    day TEXT NOT NULL, contraindication TEXT NOT NULL, urgency TEXT NOT NULL,
    shown_as TEXT NOT NULL, turns INTEGER NOT NULL,
    PRIMARY KEY (day, contraindication, urgency, shown_as)
);
CREATE TABLE IF NOT EXISTS feedback (
    day TEXT NOT NULL, vote TEXT NOT NULL, reason TEXT NOT NULL, outcome TEXT NOT NULL,
    contraindications TEXT NOT NULL, policy TEXT NOT NULL, question TEXT, reply TEXT
);
"""


class StoreError(LegMassageError):
    """The local store cannot be opened."""


class Count(NamedTuple):
    """How often something happened on a day."""

    day: str
    what: str
    detail: str
    turns: int


class Store:
    """Counts and feedback in one SQLite file; safe to use from several threads."""

    def __init__(self, path: Path, keep_messages: bool = False) -> None:
        self.path = path
        self.keep_messages = keep_messages
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False)
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{path}: the local store cannot be opened ({error}); set LEG_MASSAGE_STORE to a"
                " file that can be written, or to 'off'"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def turn(self, answer: Answer, channel: str) -> None:
        """Count a reply."""
        day = _today()
        shown = [(r, "referral") for r in answer.referrals] + [
            (n, "notice") for n in answer.notices
        ]
        with self._lock, self._db:
            self._db.execute(
                "INSERT INTO turns VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE"
                " SET turns = turns + 1",
                (day, answer.outcome, answer.reason or "", channel, answer.decision.policy_version),
            )
            self._db.executemany(
                "INSERT INTO referrals VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE"
                " SET turns = turns + 1",
                [(day, r.contraindication, r.urgency, shown_as) for r, shown_as in shown],
            )

    def feedback(self, answer: Answer, question: str, vote: str, reason: str) -> None:
        """Keep a reader's opinion of a reply; the words only where the operator opted in."""
        ids = ",".join(r.contraindication for r in (*answer.referrals, *answer.notices))
        words = (question, answer.text) if self.keep_messages else (None, None)
        with self._lock, self._db:
            self._db.execute(
                "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    _today(),
                    vote,
                    reason,
                    answer.outcome,
                    ids,
                    answer.decision.policy_version,
                    *words,
                ),
            )

    def outcomes(self) -> list[Count]:
        """Return turns by day, outcome and reason, newest day first."""
        return self._counts(
            "SELECT day, outcome, reason, SUM(turns) FROM turns"
            " GROUP BY day, outcome, reason ORDER BY day DESC, outcome, reason"
        )

    def contraindications(self) -> list[Count]:
        """Return referrals and notices by day and contraindication, newest day first."""
        return self._counts(
            "SELECT day, contraindication, shown_as || ' ' || urgency, SUM(turns) FROM referrals"
            " GROUP BY day, contraindication, shown_as, urgency"
            " ORDER BY day DESC, SUM(turns) DESC, contraindication, shown_as"
        )

    def opinions(self) -> list[Count]:
        """Return feedback by day, vote and reason, newest day first."""
        return self._counts(
            "SELECT day, vote, reason, COUNT(*) FROM feedback"
            " GROUP BY day, vote, reason ORDER BY day DESC, vote, reason"
        )

    def _counts(self, query: str) -> list[Count]:
        with self._lock, closing(self._db.execute(query)) as cursor:
            rows: Sequence[tuple[str, str, str, int]] = cursor.fetchall()
        return [Count(*row) for row in rows]


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
