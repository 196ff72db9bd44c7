"""A small trained net behind the rules: it may raise a contraindication, never clear one.

``load_net()`` gives a ``Net``; ``Net.read(messages)`` gives a ``NetReading``; ``NetDetector(net)``
is what the guard asks. Importing this package loads neither weights nor runtime.
"""

from __future__ import annotations

from safety.net.detector import NetDetector
from safety.net.errors import NetError
from safety.net.judge import GENERAL, Raised
from safety.net.net import Net, NetReading, load_net

__all__ = ["GENERAL", "Net", "NetDetector", "NetError", "NetReading", "Raised", "load_net"]
