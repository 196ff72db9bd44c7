"""What goes wrong with the net itself. Every such turn fails closed."""

from __future__ import annotations

from corpus.errors import PolicyError


class NetError(PolicyError):
    """The trained net is missing, damaged, does not fit its base encoder, or failed to run."""
