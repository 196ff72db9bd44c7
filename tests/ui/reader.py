"""A reader in a real browser: opens the page, asks, looks at what came."""

from __future__ import annotations

from typing import Any

_IN_VIEW = """(selector) => {
    const box = document.querySelector(selector).getClientRects()[0];
    if (!box) return false;
    if (box.bottom <= 0 || box.top >= innerHeight || !box.height) return false;
    const at = document.elementFromPoint(box.left + 2, box.top + Math.min(box.height / 2, 12));
    return Boolean(at && at.closest(selector));
}"""
REPLY = "#lm-chat .bot-row :is(.lm-reply, .lm-card)"


class Reader:
    """One browser tab on the page, with every request and console error it made."""

    def __init__(self, browser: Any, address: str, **context: Any) -> None:
        self.address = address
        self.context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, **context}
        )
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.tab = self.context.new_page()
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self._streams: set[Any] = set()
        self.tab.on("request", self._began)
        for ended in ("requestfinished", "requestfailed"):
            self.tab.on(ended, self._ended)
        self.tab.on("console", self._note)
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.open()

    def _began(self, request: Any) -> None:
        if "queue/data" in request.url:
            self._streams.add(request)

    def _ended(self, request: Any) -> None:
        self._streams.discard(request)

    def settle(self) -> None:
        """Wait until the last event is over: it is, a moment after its reply is shown."""
        for _ in range(30):
            if not self._streams:
                return
            self.tab.wait_for_timeout(100)

    def _note(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self) -> None:
        self.tab.goto(self.address)
        self.tab.wait_for_selector("#lm-sources h2")

    def ask(self, question: str) -> Any:
        """Ask and return the reply's element."""
        before = self.tab.locator(REPLY).count()
        self.tab.fill("#lm-box textarea", question)
        # A reply is shown a moment before its event ends, and until then no other one begins: the
        # question stays in its box.
        for attempt in range(100):
            if attempt % 20 == 0:
                self.tab.press("#lm-box textarea", "Enter")
            self.tab.wait_for_timeout(150)
            if not self.tab.input_value("#lm-box textarea"):
                break
        return self.wait_for_reply(before)

    def wait_for_reply(self, before: int = 0) -> Any:
        self.tab.wait_for_function(
            "([selector, before]) => document.querySelectorAll(selector).length > before",
            arg=[REPLY, before],
        )
        return self.tab.locator(REPLY).last

    def comes_into_view(self, selector: str) -> bool:
        """Say whether the element is, or soon scrolls, inside the window and what scrolls it."""
        for _ in range(30):
            if self.is_in_view(selector):
                return True
            self.tab.wait_for_timeout(100)
        return False

    def is_in_view(self, selector: str) -> bool:
        """Say whether the element can be seen without scrolling."""
        return bool(self.tab.evaluate(_IN_VIEW, selector))

    def close(self) -> None:
        self.context.close()
