"""The deterministic safety layer: it decides before anything is retrieved or generated.

``Guard.decide`` takes the user messages of a conversation and returns a ``Decision``.
"""

from safety.decision import Decision, Finding, Referral, Urgency
from safety.guard import Guard
from safety.policy import Policy, load_policy

__all__ = ["Decision", "Finding", "Guard", "Policy", "Referral", "Urgency", "load_policy"]
