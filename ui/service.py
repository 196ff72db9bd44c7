"""One way to the assistant for page, JSON endpoint and Gradio client.

The rules look first and their referral waits for nobody: only what needs models takes a place.
Checks types and sizes, measures, counts and logs. What a person said reaches the assistant and
nothing else: no log, no metric, no error text.
"""

from __future__ import annotations

import gc
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from assistant.schema import Answer, Message
from corpus import Corpus
from corpus.errors import InputError, LegMassageError
from ui.gate import FairGate
from ui.history import read_history
from ui.logs import log_event, log_failure
from ui.metrics import Metrics
from ui.rate import EMERGENCY, RateLimit, TooManyQuestionsError
from ui.review import NearMisses, noted
from ui.settings import ServiceSettings
from ui.store import Store

Made = TypeVar("Made")


class Answers(Protocol):
    """What the service needs of an assistant."""

    @property
    def corpus(self) -> Corpus:
        """The documents that answers are made from."""
        ...

    def answer(self, question: str, history: Sequence[Message | Mapping[str, str]] = ()) -> Answer:
        """Answer the question, given the conversation so far."""
        ...

    def refer_by_rules(
        self, question: str, history: Sequence[Message | Mapping[str, str]] = ()
    ) -> Answer | None:
        """Return what `answer` would, where the rules alone refer; None where they do not."""
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


class OpinionNotKeptError(LegMassageError):
    """The store could not be written."""


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
        # Of its own, and short: the rules take a millisecond for what people write.
        self._rules_gate = FairGate(settings.concurrency)
        self._rate = RateLimit(settings.rate_limit)
        self._lock = threading.Lock()
        self.waiting = 0
        """Questions that are being answered or wait for it."""

    def reply(
        self,
        question: object,
        history: object = (),
        channel: str = "page",
        conversation: str = "",
        address: str = "",
    ) -> Answer:
        """Answer a question that came from outside.

        Args:
            question: What was asked; anything but a string is refused.
            history: The conversation so far in any shape that Gradio or a client gives it.
            channel: Where the question came in, for the counts.
            conversation: Whose turn it takes where many wait; its own without one.
            address: Whose questions are counted where their rate is limited; none without one.

        Raises:
            InputError: The question or the history has a wrong type or too many messages.
            TooManyQuestionsError: The address asked too often.
            ServiceBusyError: Too many questions are waiting, and the rules do not refer this one.
            ServiceFailedError: The assistant gave no reply.
        """
        if not isinstance(question, str):
            raise InputError("question", f"expected text, not {type(question).__name__}")
        messages = read_history(list(history) if isinstance(history, tuple) else history)
        if len(messages) > self.settings.max_history:
            raise InputError("history", f"holds more than {self.settings.max_history} messages")
        if address:
            self._count_question(address)
        whose = conversation or f"thread {threading.get_ident()}"
        with self._rules_gate.turn(whose):
            found, seconds = self._timed(
                lambda: self.assistant.refer_by_rules(question, messages), channel
            )
        if found is not None:
            return self._recorded(found, seconds, question, messages, channel)
        with self._place(), self._gate.turn(whose):
            answer, seconds = self._timed(
                lambda: self.assistant.answer(question, messages), channel
            )
            return self._recorded(answer, seconds, question, messages, channel)

    def _count_question(self, address: str) -> None:
        try:
            self._rate.take(address)
        except TooManyQuestionsError:
            self.metrics.refused("rate")
            raise

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Hold one of the places for questions that are answered or wait for it."""
        with self._lock:
            if self.waiting >= self._places:
                self.metrics.refused("busy")
                raise ServiceBusyError(
                    f"too many questions are waiting; ask again in a moment. {EMERGENCY}"
                )
            self.waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self.waiting -= 1

    def _timed(self, make: Callable[[], Made], channel: str) -> tuple[Made, float]:
        """Return what is made, with the seconds it took.

        Raises:
            ServiceFailedError: It could not be made.
        """
        began = time.perf_counter()
        try:
            return make(), time.perf_counter() - began
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - the outermost boundary: whatever broke, its text may quote the user and must reach neither log nor client
            name = type(error).__name__
            self.metrics.error(name)
            log_failure("turn failed", error, channel=channel)
            raise ServiceFailedError(f"the question could not be answered ({name})") from None

    def _recorded(
        self,
        answer: Answer,
        seconds: float,
        question: str,
        history: Sequence[Message],
        channel: str,
    ) -> Answer:
        """Return the answer of a turn, counted, kept and logged."""
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

    def feedback(self, question: str, answer: Answer, vote: str) -> int | None:
        """Keep a reader's opinion of a reply; return its number in the store, if there is one.

        Raises:
            OpinionNotKeptError: The store could not be written.
        """
        with self._opinion_kept():
            row = self.store.feedback(answer, question, vote) if self.store is not None else None
        self.metrics.feedback(vote)
        return row

    def feedback_reason(self, row: int | None, reason: str) -> None:
        """Add the reason to an opinion.

        Raises:
            OpinionNotKeptError: The store could not be written.
        """
        if self.store is not None and row is not None:
            with self._opinion_kept():
                self.store.feedback_reason(row, reason)
        self.metrics.feedback_reason(reason)

    @contextmanager
    def _opinion_kept(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self.metrics.error("store")
            log_failure("opinion not kept", error)
            raise OpinionNotKeptError("the opinion could not be kept") from None

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
