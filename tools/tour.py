"""The pictures of docs/page.md, taken from the real page: ``python -m tools.tour``.

Needs chromium and Playwright. Starts the service on a free port, asks what the tour shows, and
writes the pictures into docs/images.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.page import start_service, wait_until_ready

_DESKTOP = {"width": 1280, "height": 800}
_PHONE = {"width": 390, "height": 844}
_REPLY = "#lm-chat .bot-row :is(.lm-reply, .lm-card)"


@dataclass(frozen=True)
class Stop:
    """One picture: what is asked, what is clicked, and on which screen."""

    name: str
    questions: tuple[str, ...] = ()
    shows: str = ""
    """What the last reply has to be, as a selector."""
    click: str = ""
    phone: bool = False
    dark: bool = False


STOPS = (
    Stop("first-visit"),
    Stop("page", ("What does petrissage do?",), ".lm-answer", click="a.lm-mark"),
    Stop(
        "referral",
        ("My left calf is swollen and hot since the flight, can I massage it?",),
        ".lm-card.lm-urgent",
    ),
    Stop(
        "two-referrals",
        ("I am 20 weeks pregnant and have varicose veins. Is massage safe?",),
        ".lm-card.lm-routine",
    ),
    Stop(
        "emergency",
        ("My chest hurts and I can't breathe properly after my leg massage",),
        ".lm-card.lm-emergency",
    ),
    Stop("notice", ("What is deep vein thrombosis?",), ".lm-answer:has(.lm-notice)"),
    Stop("abstention", ("What is the capital of France?",), ".lm-abstention"),
    Stop("phone", ("What does petrissage do?",), ".lm-answer", phone=True),
    Stop("phone-source", ("What does petrissage do?",), ".lm-answer", "a.lm-mark", phone=True),
    Stop("phone-referral", ("I am pregnant, can I get a leg massage?",), ".lm-card", phone=True),
    Stop("dark", ("What does petrissage do?",), ".lm-answer", "a.lm-mark", dark=True),
    Stop("dark-referral", ("Can I massage my varicose veins?",), ".lm-card", dark=True),
)


def take(browser: Any, address: str, stop: Stop, folder: Path) -> None:
    """Take one picture."""
    context = browser.new_context(
        viewport=_PHONE if stop.phone else _DESKTOP,
        color_scheme="dark" if stop.dark else "light",
        reduced_motion="reduce",
        has_touch=stop.phone,
    )
    tab = context.new_page()
    tab.goto(address)
    tab.wait_for_selector("#lm-sources h2")
    for number, question in enumerate(stop.questions):
        tab.fill("#lm-box textarea", question)
        tab.press("#lm-box textarea", "Enter")
        tab.wait_for_function(
            "([selector, before]) => document.querySelectorAll(selector).length > before",
            arg=[_REPLY, number],
        )
    if stop.shows and not tab.locator(_REPLY).last.evaluate(f"r => r.matches({stop.shows!r})"):
        raise RuntimeError(f"{stop.name}: the reply is not {stop.shows}")
    if stop.click:
        tab.locator(_REPLY).last.locator(stop.click).first.click()
    tab.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
    # Few colours make a small file; the page has few.
    reduced = picture.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    reduced.save(folder / f"{stop.name}.png", optimize=True)
    context.close()


def main() -> int:
    """Take every picture."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("docs/images"))
    folder = parser.parse_args().folder
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("tools.tour: needs chromium (apt-get install chromium)\n")
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        process, address = start_service(Path(scratch))
        try:
            wait_until_ready(address)
            with sync_playwright() as playwright:
                flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
                browser = playwright.chromium.launch(executable_path=chromium, args=flags)
                for stop in STOPS:
                    take(browser, address, stop, folder)
                browser.close()
        finally:
            process.terminate()
            process.wait(30)
    return 0


if __name__ == "__main__":
    sys.exit(main())
