"""What the tests of this folder share."""

from __future__ import annotations

import pytest

from safety.policy import Policy, load_policy


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy()
