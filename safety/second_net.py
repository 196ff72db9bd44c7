"""The second net, loaded when it is first needed.

A referral by the rules must not wait for weights: here only the manifest is read, which names them,
so that every decision carries the version of both nets. Weights that are missing or damaged fail at
the first turn that needs them, and that turn fails closed.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import PolicyError
from safety.base_encoder import begin_hashing
from safety.decision import Finding

if TYPE_CHECKING:
    from safety.net import NetDetector
    from safety.net.detector import Covers


class SecondNet:
    """The trained detector behind the rules, as the guard asks for it.

    Args:
        folder: Weights in the form of the bundled ones; those by default.
        covers: Tells whether the documents answer the last of the user messages. Where they do not,
            the turn ends in an abstention anyway, and the net has to be surer; see ``safety.net``.
        before: Called before the weights are loaded, to begin what else the turn will need.

    Raises:
        PolicyError: The manifest of the weights cannot be read.
    """

    def __init__(
        self,
        folder: Path | str | None = None,
        covers: Covers | None = None,
        before: Callable[[], None] | None = None,
    ) -> None:
        self._before = before
        self._covers = covers
        self._folder = None if folder is None else Path(folder)
        place: Traversable = self._folder or resources.files("safety") / "net" / "weights"
        try:
            raw = (place / "manifest.json").read_bytes()
            version = json.loads(raw)["version"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PolicyError(
                f"{place}: the second net's manifest cannot be read ({error}); restore the weights,"
                " or set LEG_MASSAGE_SECOND_NET=off to decide by the rules alone"
            ) from error
        self.version = f"net-{version}+{hashlib.sha256(raw).hexdigest()[:12]}"
        self._loading = threading.Lock()
        self._detector: NetDetector | None = None

    def load(self) -> NetDetector:
        """Load the weights now, instead of at the first turn that needs them."""
        with self._loading:
            if self._detector is None:
                # Hashing takes as long as these imports and needs no lock of Python's meanwhile.
                begin_hashing()
                # What `before` begins may be another thread that needs these as well: two that
                # import NumPy at once can each get half of it, and then nobody gets it any more.
                import numpy  # noqa: F401
                import onnxruntime  # noqa: F401
                import tokenizers  # noqa: F401

                from safety.net import NetDetector, load_net

                if self._before is not None:
                    self._before()
                self._detector = NetDetector(load_net(self._folder), self._covers)
            return self._detector

    def detect(self, messages: Sequence[str], cleared: Sequence[Finding]) -> list[Finding]:
        """Return what the net raises; see ``safety.net``."""
        return (self._detector or self.load()).detect(messages, cleared)
