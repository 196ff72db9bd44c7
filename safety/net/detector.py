"""The net in the form in which the guard asks for it: findings from messages, with a mask.

What the rules have plainly cleared is hidden from the net, so that "I'm not pregnant" does not
ring a second time; what they could not clear stays for it to read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from safety.decision import Finding
from safety.net.net import NetReading

MASK = "…"
Covers = Callable[[Sequence[str]], bool]


class Reader(Protocol):
    """What reads messages: the net, or a stand-in."""

    version: str

    def read(self, messages: Sequence[str]) -> NetReading:
        """Return the reading of a conversation's user messages."""
        ...


def mask_cleared(messages: Sequence[str], cleared: Sequence[Finding]) -> list[str]:
    """Return the messages with every stretch that cleared findings cover replaced by three dots."""
    masked = list(messages)
    for number, start, end in reversed(_merged(cleared)):
        text = masked[number]
        masked[number] = f"{text[:start]}{MASK}{text[end:]}"
    return masked


def _merged(cleared: Sequence[Finding]) -> list[tuple[int, int, int]]:
    """Return (message, start, end) of what is covered, in order, overlaps joined."""
    stretches: list[tuple[int, int, int]] = []
    for number, start, end in sorted((f.message, *span) for f in cleared for span in f.spans):
        if stretches and stretches[-1][0] == number and start < stretches[-1][2]:
            before = stretches.pop()
            start, end = before[1], max(end, before[2])
        stretches.append((number, start, end))
    return stretches


class NetDetector:
    """A detector for the guard. It only ever adds findings that are in play.

    Args:
        net: What reads the messages.
        covers: Tells whether the documents answer the last of the messages. Where they do not, the
            turn ends in an abstention, which is safe: there only what reaches the firm threshold is
            raised (for emergencies it is no higher). Without it every message counts as covered.
    """

    def __init__(self, net: Reader, covers: Covers | None = None) -> None:
        self._net = net
        self._covers = covers
        self.version = f"net-{net.version}"

    def detect(self, messages: Sequence[str], cleared: Sequence[Finding]) -> list[Finding]:
        """Return what the net raises in the user's messages, likeliest contraindication first.

        Raises:
            NetError: The net failed; the guard fails closed.
        """
        reading = self._net.read(mask_cleared(messages, cleared))
        firm = all(raised.firm for raised in reading.raised)
        if not firm and self._covers is not None and not self._covers(messages):
            return []
        return [
            Finding(
                contraindication=raised.contraindication,
                rule=f"net.{raised.contraindication}",
                urgency=raised.urgency,
                message=len(messages) - 1,
                source="net",
                score=raised.probability,
                threshold=raised.threshold,
                nearest=reading.nearest,
            )
            for raised in reading.raised
        ]
