"""Counters and histograms in Prometheus form. They hold ids and codes, never a user's words."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from assistant.schema import Answer

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter(
            "leg_massage_turns", "Turns by outcome.", ["outcome", "channel"], registry=self.registry
        )
        self._referrals = Counter(
            "leg_massage_referrals",
            "Contraindications referred, by urgency.",
            ["contraindication", "urgency"],
            registry=self.registry,
        )
        self._rules = Counter(
            "leg_massage_rule_hits",
            "Findings that counted in a referral, by rule.",
            ["rule"],
            registry=self.registry,
        )
        self._notices = Counter(
            "leg_massage_notices", "Notices shown.", ["contraindication"], registry=self.registry
        )
        self._abstentions = Counter(
            "leg_massage_abstentions", "Abstentions by reason.", ["reason"], registry=self.registry
        )
        self._failed_closed = Counter(
            "leg_massage_failed_closed",
            "Turns in which the safety layer failed and referred.",
            registry=self.registry,
        )
        self._errors = Counter(
            "leg_massage_errors", "Turns without a reply.", ["error"], registry=self.registry
        )
        self._refused = Counter(
            "leg_massage_refused", "Requests refused.", ["reason"], registry=self.registry
        )
        self._feedback = Counter(
            "leg_massage_feedback", "Feedback given.", ["vote"], registry=self.registry
        )
        self._reasons = Counter(
            "leg_massage_feedback_reasons",
            "Reasons given with a 'no'.",
            ["reason"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "leg_massage_turn_seconds",
            "Time to a reply, in seconds.",
            ["outcome"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._policy = Gauge(
            "leg_massage_policy_info", "Policy in force.", ["version"], registry=self.registry
        )
        self._ready = Gauge(
            "leg_massage_ready", "1 when models are loaded.", registry=self.registry
        )

    def policy(self, version: str) -> None:
        """Record the policy in force."""
        self._policy.labels(version).set(1)

    def ready(self) -> None:
        """Record that the models are loaded."""
        self._ready.set(1)

    def turn(self, answer: Answer, channel: str, seconds: float) -> None:
        """Count a reply."""
        self._turns.labels(answer.outcome, channel).inc()
        self._seconds.labels(answer.outcome).observe(seconds)
        for referral in answer.referrals:
            self._referrals.labels(referral.contraindication, referral.urgency).inc()
        if answer.outcome == "referral":
            rules = {f.rule for f in answer.decision.findings if f.status == "in_play"}
            for rule in rules:
                self._rules.labels(rule).inc()
        for notice in answer.notices:
            self._notices.labels(notice.contraindication).inc()
        if answer.outcome == "abstention":
            self._abstentions.labels(answer.reason or answer.decision.reason or "unknown").inc()
        if answer.decision.failed:
            self._failed_closed.inc()

    def error(self, name: str) -> None:
        """Count a turn that ended without a reply."""
        self._errors.labels(name).inc()

    def refused(self, reason: str) -> None:
        """Count a request that was refused before it was read."""
        self._refused.labels(reason).inc()

    def feedback(self, vote: str) -> None:
        """Count a feedback."""
        self._feedback.labels(vote).inc()

    def feedback_reason(self, reason: str) -> None:
        """Count the reason of a feedback."""
        self._reasons.labels(reason).inc()

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text form."""
        return generate_latest(self.registry)
