"""List the licence of every installed package: ``python -m tools.licences``.

Ends in 1 where a package states none, or one that would bind this project (GPL, AGPL).
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, distributions

BINDING = re.compile(r"\b(A?GPL)(?!.*exception)", re.IGNORECASE)
# Stated in the package's files, not in its metadata; looked up by hand.
STATED_ELSEWHERE = {"transformers": "Apache-2.0"}


def main() -> int:
    """Print the list; 1 where a licence is missing or binding."""
    found = {dist.name.lower(): dist for dist in distributions()}
    wrong = []
    for name in sorted(found):
        licence = licence_of(found[name]) or STATED_ELSEWHERE.get(name, "")
        print(f"{name:28}{found[name].version:16}{licence or 'NOT STATED'}")
        if not licence or BINDING.search(licence):
            wrong.append(name)
    if wrong:
        print(f"look at these: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


def licence_of(dist: Distribution) -> str:
    """Return the licence that a package's metadata states, in one line, or nothing."""
    if "License-Expression" in dist.metadata:
        return dist.metadata["License-Expression"]
    classifiers = [
        value.rpartition(" :: ")[2]
        for value in dist.metadata.get_all("Classifier") or []
        if value.startswith("License :: ") and value != "License :: OSI Approved"
    ]
    if classifiers:
        return ", ".join(classifiers)
    stated = dist.metadata["License"].strip() if "License" in dist.metadata else ""
    return stated.splitlines()[0][:60] if stated else ""


if __name__ == "__main__":
    sys.exit(main())
