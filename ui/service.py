"""One way to the assistant for page, JSON endpoint, Gradio client and MCP tool.

Checks types and sizes, measures, counts and logs. What a person said reaches the assistant and
nothing else: no log, no metric, no error text.
"""

from __future__ import annotations

import gc
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from assistant.schema import Answer, Message
from corpus import Corpus
from corpus.errors import InputError, LegMassageError
from ui.gate import FairGate
from ui.history import read_history
from ui.logs import log_event, log_failure
from ui.metrics import Metrics
from ui.review import NearMisses, noted
from ui.settings import ServiceSettings
from ui.store import Store


class Answers(Protocol):
    """What the service needs of an assistant."""

    @property
    def corpus(self) -> Corpus:
        """The documents that answers are made from."""
        ...

    def answer(self, question: str, history: Sequence[Message | Mapping[str, str]] = ()) -> Answer:
        """Answer the question, given the conversation so far."""
        ...

    def load(self) -> object:
        """Open the index, and build it where there is none."""
        ...


def no_near_misses(message: str) -> Sequence[tuple[str, str]]:
    """Find none; used where no policy is at hand to look in."""
    return ()


class ServiceFailedError(LegMassageError):
    """The assistant gave no reply. The message names the kind of error, not the question."""


class SafetyLayerFailedError(LegMassageError):
    """The safety layer does not work; every turn fails closed."""


class ServiceBusyError(LegMassageError):
    """More questions are being answered than the settings allow."""


class Service:
    """The assistant with its limits, metrics, logs and local store."""

    def __init__(
        self,
        assistant: Answers,
        settings: ServiceSettings,
        policy_version: str,
        store: Store | None = None,
        near_misses: NearMisses = no_near_misses,
    ) -> None:
        self.assistant = assistant
        self.settings = settings
        self.policy_version = policy_version
        self.store = store
        self._near_misses = near_misses
        self.metrics = Metrics()
        self.metrics.policy(policy_version)
        self._warm = threading.Event()
        self._warm_error: str | None = None
        self._places = settings.concurrency + settings.queue_size
        self._gate = FairGate(settings.concurrency)
        self._lock = threading.Lock()
        self.waiting = 0
        """Questions that are being answered or wait for it."""

    def reply(
        self,
        question: object,
        history: object = (),
        channel: str = "page",
        conversation: str = "",
    ) -> Answer:
        """Answer a question that came from outside.

        Args:
            question: What was asked; anything but a string is refused.
            history: The conversation so far in any shape that Gradio or a client gives it.
            channel: Where the question came in, for the counts.
            conversation: Whose turn it takes where many wait; its own without one.

        Raises:
            InputError: The question or the history has a wrong type or too many messages.
            ServiceBusyError: Too many questions are waiting.
            ServiceFailedError: The assistant gave no reply.
        """
        if not isinstance(question, str):
            raise InputError("question", f"expected text, not {type(question).__name__}")
        messages = read_history(list(history) if isinstance(history, tuple) else history)
        if len(messages) > self.settings.max_history:
            raise InputError("history", f"holds more than {self.settings.max_history} messages")
        self._enter()
        try:
            with self._gate.turn(conversation or f"thread {threading.get_ident()}"):
                return self._reply(question, messages, channel)
        finally:
            with self._lock:
                self.waiting -= 1

    def _enter(self) -> None:
        with self._lock:
            if self.waiting >= self._places:
                self.metrics.refused("busy")
                raise ServiceBusyError("too many questions are waiting; ask again in a moment")
            self.waiting += 1

    def _reply(self, question: str, history: Sequence[Message], channel: str) -> Answer:
        began = time.perf_counter()
        try:
            answer = self.assistant.answer(question, history)
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - the outermost boundary: whatever broke, its text may quote the user and must reach neither log nor client
            name = type(error).__name__
            self.metrics.error(name)
            log_failure("turn failed", error, channel=channel)
            raise ServiceFailedError(f"the question could not be answered ({name})") from None
        seconds = time.perf_counter() - began
        self.metrics.turn(answer, channel, seconds)
        self._keep(answer, channel)
        self._note(answer, question, history)
        log_event(
            "turn",
            channel=channel,
            outcome=answer.outcome,
            contraindications=[r.contraindication for r in answer.referrals],
            notices=[n.contraindication for n in answer.notices],
            reason=answer.reason,
            failed_closed=answer.decision.failed,
            policy=answer.decision.policy_version,
            milliseconds=round(1000 * seconds, 1),
        )
        return answer

    def _keep(self, answer: Answer, channel: str) -> None:
        if self.store is None:
            return
        try:
            self.store.turn(answer, channel)
        except sqlite3.Error as error:
            # A full disk costs the operator a count, not the reader a referral.
            self.metrics.error("store")
            log_failure("count not kept", error)

    def _note(self, answer: Answer, question: str, history: Sequence[Message]) -> None:
        """Keep the turn for review, where the operator wants it and there is a reason to look."""
        if self.store is None or not self.settings.review_log:
            return
        try:
            said = [message.content for message in history if message.role == "user"]
            item = noted([*said, question], answer, self._near_misses)
            if item is not None:
                self.store.note(item)
        except Exception as error:  # noqa: BLE001 - a turn is answered whatever the log of it does
            self.metrics.error("review")
            log_failure("turn not noted", error)

    def feedback(self, question: str, answer: Answer, vote: str, reason: str) -> None:
        """Keep a reader's opinion of a reply."""
        self.metrics.feedback(vote, reason)
        if self.store is not None:
            self.store.feedback(answer, question, vote, reason)

    def warm_up(self) -> threading.Thread:
        """Load index and models in the background; referrals by rule need neither."""
        thread = threading.Thread(target=self._warm_up, name="warm-up", daemon=True)
        thread.start()
        return thread

    def _warm_up(self) -> None:
        began = time.perf_counter()
        try:
            self.assistant.load()
            # The first question loads what the index alone does not need.
            for document in self.assistant.corpus.documents:
                reply = self.assistant.answer(document.title or document.name)
                if reply.decision.failed:
                    raise SafetyLayerFailedError("every turn would fail closed")
        except Exception as error:  # noqa: BLE001 - a thread has no caller; readiness reports it
            self._warm_error = type(error).__name__
            log_failure("warm-up failed", error)
            return
        # Policy, index and models stay for good: the collector need not look through them again,
        # which would stop a turn for a tenth of a second now and then.
        gc.collect()
        gc.freeze()
        self._warm.set()
        self.metrics.ready()
        log_event("ready", seconds=round(time.perf_counter() - began, 2))

    def readiness(self) -> tuple[bool, dict[str, str]]:
        """Say whether everything is loaded and verified, with the state of each part."""
        models = "ready" if self._warm.is_set() else self._warm_error or "loading"
        return self._warm.is_set(), {"policy": self.policy_version, "index_and_models": models}
