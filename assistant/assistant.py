"""Assistant: from a conversation to one reply, the safety decision first.

Everything heavy is loaded when it is first needed: a referral by the rules opens no index and no
model. An assistant keeps no state of a conversation, so any replica can take any turn.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from assistant.conversation import check_history, check_question, user_messages
from assistant.denied import without_denied
from assistant.fixed import FixedTexts
from assistant.schema import Answer, Message
from assistant.settings import Settings
from corpus import Corpus, PolicyError
from safety.compile import Compiled
from safety.decision import Decision
from safety.grounding import documents, groundings
from safety.guard import Guard
from safety.policy import Policy, load_policy
from safety.policy_cache import prepared_policy
from safety.second_net import SecondNet

if TYPE_CHECKING:
    from assistant.answering import Answerer
    from assistant.generator import Generator
    from index import PassageIndex, Progress


log = logging.getLogger(__name__)


class Decides(Protocol):
    """What the safety decision comes from."""

    def decide(self, user_messages: Sequence[str]) -> Decision:
        """Decide about the last of the user messages, given all of them, oldest first."""
        ...


class Assistant:
    """Answers questions from a corpus, and refers what the policy says is not safe.

    Args:
        corpus: Documents: a `Corpus`, or files and folders; the bundled ones by default.
        policy: Safety policy: a `Policy` or its folder; the bundled one by default.
        index: Folder of the index; by default one in the user's cache folder.
        generator: Writes sentences from the retrieved passages; without one, answers are composed
            from the passages' own sentences.
        settings: Everything else that can be tuned.
        guard: Decides before anything else; by default the policy's own.

    Raises:
        PolicyError: The policy or the second net cannot be relied on; nothing may be served.
    """

    def __init__(
        self,
        corpus: Corpus | str | Path | Sequence[str | Path] | None = None,
        policy: Policy | str | Path | None = None,
        index: PassageIndex | str | Path | None = None,
        generator: Generator | None = None,
        settings: Settings | None = None,
        guard: Decides | None = None,
    ) -> None:
        self.settings = settings or Settings.load()
        self._corpus = corpus if corpus is not None else self.settings.corpus
        self._index = index if index is not None else self.settings.index
        self.generator = generator or _generator(self.settings)
        chosen = policy if policy is not None else self.settings.policy
        compiled = _compiled(chosen, self.settings.policy_cache)
        self.policy = compiled.policy
        self.guard: Decides = guard or Guard(
            compiled,
            SecondNet(covers=self._covers, before=self._begin_opening)
            if self.settings.second_net
            else None,
        )
        self._check_grounding()
        self._loading = threading.Lock()
        # Of the corpus's own headings, so it stays small.
        self._offers: dict[str, bool] = {}

    def _check_grounding(self) -> None:
        """Find the passage behind each fixed text now, not when somebody needs the text."""
        bundled = documents()
        for grounding in groundings(self.policy.messages):
            # One's own documents are read only where the bundled ones do not hold it.
            if grounding.passage(bundled) is None and not any(
                document.name == grounding.document and grounding.quote in document.text
                for document in self.corpus.documents
            ):
                raise PolicyError(
                    f"{grounding.name}: {grounding.document} does not hold the passage that"
                    f" grounds this message: {grounding.quote[:60]!r}"
                )

    def answer(self, question: str, history: Sequence[Message | Mapping[str, str]] = ()) -> Answer:
        """Answer the question. The safety decision comes first and is final.

        Args:
            question: The user's message. Whatever is in it, an answer comes back.
            history: The conversation so far, oldest first.

        Raises:
            InputError: The question is no string, or the history is not made of messages.
        """
        text = check_question(question)
        messages = check_history(history)
        said = user_messages(messages, text)
        decision = self.guard.decide(said)
        if decision.action == "refer":
            return self.fixed.refer(decision)
        if decision.action == "abstain":
            return self.fixed.abstain(decision, decision.reason or "not_covered")
        own = [finding for finding in decision.findings if finding.message == len(said) - 1]
        return self._answer(without_denied(text, own), messages, decision)

    def refer_by_rules(
        self, question: str, history: Sequence[Message | Mapping[str, str]] = ()
    ) -> Answer | None:
        """Return the referral that the rules alone give; None where `answer` has to look further.

        It is what `answer` would return, needs no model, and so need not wait behind others.

        Args:
            question: The user's message.
            history: The conversation so far, oldest first.

        Raises:
            InputError: The question is no string, or the history is not made of messages.
        """
        said = user_messages(check_history(history), check_question(question))
        decision = self.guard.refer_by_rules(said) if isinstance(self.guard, Guard) else None
        return None if decision is None else self.fixed.refer(decision)

    @property
    def version(self) -> str:
        """Versions of the policy and of the second net, as every reply carries them."""
        return self.guard.version if isinstance(self.guard, Guard) else self.policy.label

    def _answer(self, question: str, history: Sequence[Message], decision: Decision) -> Answer:
        notices = self.fixed.notices(decision)
        found = self.answerer.answer(question, history, first_marker=len(notices) + 1)
        offered = self._harmless(found.follow_ups)
        if not found.text and not notices:
            abstention = self.fixed.abstain(decision, found.reason, offered)
            return abstention.model_copy(update={"query": found.query})
        if found.composer == "generator" and (turned := self._read_again(found.text, decision)):
            return self.fixed.refer(turned)
        # Silence about a danger is worse than an answer that is only a notice.
        leading = [f"**{notice.message}** [{notice.citation.marker}]" for notice in notices]
        return Answer(
            outcome="answer",
            text="\n\n".join([*leading, found.text] if found.text else leading),
            citations=(*(notice.citation for notice in notices), *found.citations),
            notices=notices,
            decision=decision,
            follow_ups=offered,
            query=found.query,
            composer=found.composer,
        )

    def _covers(self, messages: Sequence[str]) -> bool:
        """Tell whether the documents answer the last of the user messages."""
        *before, last = (Message(role="user", content=message) for message in messages)
        return self.answerer.covers(last.content, before)

    def _harmless(self, questions: Sequence[str]) -> tuple[str, ...]:
        """Return the questions that would be answered, as many as are offered at most."""
        kept: list[str] = []
        for question in questions:
            if len(kept) == self.settings.follow_ups:
                break
            if question not in self._offers:
                decision = self.guard.decide([question])
                self._offers[question] = decision.action in {"answer", "inform"}
            if self._offers[question]:
                kept.append(question)
        return tuple(kept)

    def _read_again(self, text: str, decision: Decision) -> Decision | None:
        """Return the decision that what a generator wrote calls for, if it calls for a referral.

        What the question was about anyway is in the notices already.
        """
        again = self.guard.decide([text])
        if again.action != "refer" or set(again.contraindications) <= set(decision.notices):
            return None
        return again

    @cached_property
    def corpus(self) -> Corpus:
        """The documents."""
        if isinstance(self._corpus, Corpus):
            return self._corpus
        return Corpus.bundled() if self._corpus is None else Corpus.load(self._corpus)

    @cached_property
    def fixed(self) -> FixedTexts:
        """The policy's fixed texts."""
        return FixedTexts(self.policy, self.corpus)

    @property
    def answerer(self) -> Answerer:
        """The answering half; opens the index on first use, and builds it if it must."""
        return self.load()

    def load(self, progress: Progress | None = None) -> Answerer:
        """Open or build the index now, instead of at the first question."""
        with self._loading:
            return self._load(progress)

    def _load(self, progress: Progress | None) -> Answerer:
        if self._answerer is None:
            from assistant.answering import Answerer, open_for

            index = self._opened or open_for(
                self.corpus, self._index, self._corpus, self.settings, progress
            )
            self._answerer = Answerer(index, self.settings, self.generator)
        return self._answerer

    _answerer: Answerer | None = None
    _opened: PassageIndex | None = None

    def _begin_opening(self) -> None:
        """Open the index, if it is there, while the second net is loaded: two cores share it."""
        if self._answerer is None:
            threading.Thread(target=self._open).start()

    def _open(self) -> None:
        with self._loading:
            if self._answerer is None and self._opened is None:
                from assistant.answering import opened_for

                try:
                    self._opened = opened_for(self.corpus, self._index, self._corpus, self.settings)
                except Exception as error:  # noqa: BLE001 - the turn meets it again, and says so
                    log.info("the index could not be opened ahead: %s", type(error).__name__)


def _compiled(policy: Policy | str | Path | None, keep: bool) -> Compiled:
    """Return the policy compiled; one that is read from files may have been kept so."""
    if isinstance(policy, Policy):
        return Compiled(policy)
    return prepared_policy(policy) if keep else Compiled(load_policy(policy))


def _generator(settings: Settings) -> Generator | None:
    """Return the generator that the settings ask for; none by default."""
    if settings.generator_url is None:
        return None
    from assistant.generator import OpenAIGenerator

    key = settings.generator_key.get_secret_value() if settings.generator_key else "unused"
    return OpenAIGenerator(
        settings.generator_url, settings.generator_model, key, settings.generator_seconds
    )
