"""A browser and a running service for the page's tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.ui.fakes import FakeAssistant
from tests.ui.serving import serve
from ui.page import PageTexts

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("LEG_MASSAGE_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("needs chromium (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


def page_texts() -> PageTexts:
    return PageTexts(
        "Information, not medical advice.",
        {"open_wound": "Open wound", "emergency": "Emergency signs"},
    )


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture
def make_service(assistant: FakeAssistant, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Make a service around the scripted assistant; settings as keyword arguments."""
    from ui.service import Service
    from ui.settings import ServiceSettings
    from ui.store import Store

    stores: list[Store] = []

    def make(**settings: Any) -> Service:
        values = {"store": str(tmp_path / "store.sqlite3"), **settings}
        loaded = ServiceSettings.load({}, **values)
        path = loaded.store_path
        store = Store(path, loaded.store_messages) if path else None
        if store is not None:
            stores.append(store)
        return Service(assistant, loaded, "9.9+fake", store)

    yield make
    for store in stores:
        store.close()


@pytest.fixture(scope="session")
def shared_page() -> Iterator[str]:
    """The address of a page that many tests share; each browser has its own conversation."""
    from ui.server import build_app
    from ui.service import Service
    from ui.settings import ServiceSettings

    service = Service(FakeAssistant(), ServiceSettings.load({}, store="off"), "9.9+fake")
    with serve(build_app(service, page_texts(), ("What do strokes do?",))) as address:
        yield address


@pytest.fixture
def serve_page(make_service: Callable[..., Any]) -> Iterator[Callable[..., str]]:
    """Serve the page around the scripted assistant; gives its address."""
    from ui.server import build_app

    with ExitStack() as stack:

        def start(**settings: Any) -> str:
            app = build_app(make_service(**settings), page_texts(), ("What do strokes do?",))
            return stack.enter_context(serve(app))

        yield start
