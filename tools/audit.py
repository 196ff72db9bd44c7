"""Known vulnerabilities in everything that is installed from the lock: ``python -m tools.audit``.

Runs pip-audit on the locked packages and on torch, which stands beside the lock, and holds its
report against the list: a package that was not looked up is no clean one. Ends in 0 when all were
looked up and none is vulnerable, in 1 where one is, and in 2 where the lookup was not complete.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
EXPLAINED: dict[str, str] = {}
"""Packages that the service cannot know, with the reason; everything else has to be looked up."""
OFFLINE = (
    "The vulnerability service could not be asked (it needs the internet). This is no result:"
    " nothing was checked. Run `make audit` on a machine that can reach it."
)


class Verdict(NamedTuple):
    """What the audit found: the exit status and the lines to print."""

    status: int
    lines: list[str]


def wanted(lock: str, makefile: str) -> dict[str, str]:
    """Return the version of each package that is installed.

    >>> wanted("numpy==2.4 --hash=sha256:0", "TORCH := torch==2.13.0")
    {'numpy': '2.4', 'torch': '2.13.0'}
    """
    found = dict(re.findall(r"^([a-zA-Z0-9_.-]+)==([^ ;\\]+)", lock, flags=re.MULTILINE))
    found |= dict(re.findall(r"^TORCH := (torch)==(\S+)", makefile, flags=re.MULTILINE))
    return found


def judge(packages: dict[str, str], report: dict[str, Any]) -> Verdict:
    """Hold pip-audit's report against the list of packages.

    Args:
        packages: Version by name of all that had to be looked up.
        report: pip-audit's report, as JSON.
    """
    entries = {_normal(entry["name"]): entry for entry in report.get("dependencies", [])}
    lines, vulnerable, missed = [], 0, 0
    for name, version in sorted(packages.items()):
        entry = entries.get(_normal(name))
        if entry is None or "skip_reason" in entry or entry.get("version") != version:
            reason = EXPLAINED.get(name)
            missed += reason is None
            why = reason or (entry or {}).get("skip_reason") or "not in the report"
            lines.append(f"{name} {version}: not looked up ({why})")
            continue
        for found in entry.get("vulns", []):
            vulnerable += 1
            fixed = ", ".join(found.get("fix_versions") or ["none"])
            lines.append(f"{name} {version}: {found['id']}, mended in {fixed}")
    lines.append(
        f"{len(packages)} packages, {vulnerable} known vulnerabilities, {missed} not looked up"
    )
    return Verdict(1 if vulnerable else (2 if missed else 0), lines)


def main() -> int:
    """Ask pip-audit, print what it found and what it could not look up."""
    packages = wanted(
        (ROOT / "requirements.lock").read_text(encoding="utf-8"),
        (ROOT / "Makefile").read_text(encoding="utf-8"),
    )
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text("".join(f"{n}=={v}\n" for n, v in packages.items()), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--timeout"]
        command += ["20", "--progress-spinner", "off", "-f", "json", "-r", str(listed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        print(f"{OFFLINE}\npip-audit said: {last[0][:300]}", file=sys.stderr)
        return 2
    verdict = judge(packages, report)
    print("\n".join(verdict.lines))
    if verdict.status == 2 and not any("vulns" in entry for entry in report["dependencies"]):
        print(OFFLINE, file=sys.stderr)
    return verdict.status


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
