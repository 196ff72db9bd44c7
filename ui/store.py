"""The local store: what happened, by day, and what readers thought of it.

A SQLite file on this machine, with outcomes, ids and reasons. Words of a question or reply are kept
only where the operator has opted in: with feedback, and for review. What was reported as kept is on
the disk.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from assistant.schema import Answer
from corpus.errors import LegMassageError
from ui.review import Noted

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
CREATE TABLE IF NOT EXISTS review (
    id INTEGER PRIMARY KEY, day TEXT NOT NULL, kind TEXT NOT NULL, noted TEXT NOT NULL
);
"""


MOST_NOTED = 10_000
"""Turns that wait for review at most."""


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
            # Kept means kept, even where the power fails the next moment.
            self._db.execute("PRAGMA synchronous=FULL")
            # What was reviewed and deleted leaves nothing to be read in the file.
            self._db.execute("PRAGMA secure_delete=ON")
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

    def feedback(self, answer: Answer, question: str, vote: str, reason: str = "") -> int:
        """Keep a reader's opinion of a reply; the words only where the operator opted in.

        Returns:
            The number of the opinion, for `feedback_reason`.
        """
        ids = ",".join(r.contraindication for r in (*answer.referrals, *answer.notices))
        words = (question, answer.text) if self.keep_messages else (None, None)
        with self._lock, self._db:
            cursor = self._db.execute(
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
            return int(cursor.lastrowid or 0)

    def feedback_reason(self, number: int, reason: str) -> None:
        """Add the reason to an opinion that was kept before."""
        with self._lock, self._db:
            self._db.execute("UPDATE feedback SET reason = ? WHERE rowid = ?", (reason, number))

    def note(self, item: Noted) -> None:
        """Keep a turn for review; the oldest go where there are too many."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT INTO review (day, kind, noted) VALUES (?, ?, ?)",
                (_today(), item.kind, json.dumps(item._asdict())),
            )
            self._db.execute(
                "DELETE FROM review WHERE id <= (SELECT MAX(id) FROM review) - ?", (MOST_NOTED,)
            )

    def noted(self, kind: str | None = None) -> list[tuple[int, Noted]]:
        """Return what waits for review, oldest first, by its number."""
        query = "SELECT id, noted FROM review WHERE ? IN (kind, '') ORDER BY id"
        with self._lock, closing(self._db.execute(query, (kind or "",))) as cursor:
            rows: Sequence[tuple[int, str]] = cursor.fetchall()
        return [(number, _read_noted(text)) for number, text in rows]

    def settle(self, number: int) -> None:
        """Forget a turn that was reviewed."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM review WHERE id = ?", (number,))

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


def _read_noted(text: str) -> Noted:
    fields = json.loads(text)
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Noted(**{**fields, **lists})


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
