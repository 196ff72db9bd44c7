"""The web service: the chat page mounted in FastAPI, beside the JSON endpoint and health routes."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import resources
from typing import TYPE_CHECKING

# Read by Gradio when it is imported; before that it would look up hosts of its maker.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Otherwise it sums up all its recent events anew after each one, for a page that is not served.
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000000"

from fastapi import FastAPI

from ui.api import add_routes, client_function
from ui.conversations import Conversations
from ui.export import add_export_routes
from ui.layout import COOKIE, build_page
from ui.logs import log_event, quieten_gradio
from ui.middleware import BasicAuth, ConversationCookie, Refusals, SecurityHeaders
from ui.operator import add_operator_page
from ui.page import ChatPage, PageTexts
from ui.service import Service
from ui.settings import ServiceSettings
from ui.wording import page_words

if TYPE_CHECKING:
    import gradio as gr

_EXTRA_THREADS = 8
"""For those who find no place: they are referred by the rules or told so at once."""
_TARGETS = 200
_GRADIO_SESSIONS = 64


def build_app(service: Service, texts: PageTexts, examples: tuple[str, ...]) -> FastAPI:
    """Return the whole service as an ASGI application; the models are loaded once it starts."""

    async def build_inside_a_loop() -> FastAPI:
        return _build(service, texts, examples)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Outside of an event loop, Gradio opens some of its own and never closes them.
        return asyncio.run(build_inside_a_loop())
    return _build(service, texts, examples)


def _build(service: Service, texts: PageTexts, examples: tuple[str, ...]) -> FastAPI:
    import gradio as gr

    quieten_gradio()
    settings = service.settings
    conversations = Conversations(settings.max_conversations, 60 * settings.idle_minutes)
    app = build_api(service, conversations, texts.standing_note)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        _blocks(service, conversations, texts, examples),
        path="/",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        max_file_size="1kb",
        theme=_theme(),
        css=_css(),
        head=_head(),
    )
    return mounted


def build_api(service: Service, conversations: Conversations, note: str = "") -> FastAPI:
    """Return everything but the page: JSON, health, metrics, downloads, and what guards them."""
    settings = service.settings
    words = page_words()
    app = FastAPI(
        title=words.title,
        description="Cited answers, fixed referrals. Information, not medical advice.",
        lifespan=_lifespan(service),
        openapi_url="/api/openapi.json",
        docs_url=None,  # these pages load scripts from outside
        redoc_url=None,
    )
    add_routes(app, service)
    add_export_routes(app, conversations, words, note)
    if settings.operator_page and service.store is not None:
        add_operator_page(app, service.store)
    _add_middleware(app, service)
    return app


def _blocks(
    service: Service,
    conversations: Conversations,
    texts: PageTexts,
    examples: tuple[str, ...],
) -> gr.Blocks:
    from gradio.events import api

    settings = service.settings
    words = page_words()
    page = ChatPage(service, conversations, words, texts)
    # Who has to wait waits in the service, where the rules have looked first. Gradio's own queue
    # is passed at once: in it a message would wait, or be turned away, before anybody has read it.
    threads = _threads(settings)
    blocks = build_page(page, words, texts.standing_note, examples, threads)
    with blocks:
        api(client_function(service), api_name="answer", concurrency_limit=threads)
    # Gradio keeps what each session shows, up to 10,000 of them. This page keeps its own record.
    blocks.state_session_capacity = _GRADIO_SESSIONS
    blocks.max_threads = threads
    blocks.queue(max_size=threads, default_concurrency_limit=threads)
    return blocks


def _threads(settings: ServiceSettings) -> int:
    """Return how many threads there are: a question that waits holds one."""
    return settings.concurrency + settings.queue_size + _EXTRA_THREADS


def _lifespan(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        from anyio import to_thread

        threads = _threads(service.settings)
        to_thread.current_default_thread_limiter().total_tokens = threads
        service.warm_up()
        yield
        if service.store is not None:
            service.store.close()
        log_event("stopped")

    return lifespan


def _add_middleware(app: FastAPI, service: Service) -> None:
    """Wrap the application; what is added last sees a request first."""
    settings, metrics = service.settings, service.metrics
    app.add_middleware(
        ConversationCookie, name=COOKIE, secure=settings.secure_cookie, path=settings.root_path
    )
    app.add_middleware(Refusals, max_body_bytes=settings.max_body_bytes, metrics=metrics)
    if settings.auth is not None:
        credentials = settings.auth.get_secret_value()
        app.add_middleware(BasicAuth, credentials=credentials, metrics=metrics)
    app.add_middleware(SecurityHeaders)


def _theme() -> gr.themes.Base:
    import gradio as gr

    # Fonts of the reader's own system: nothing is fetched, and print and page agree.
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    mono = ["ui-monospace", "Consolas", "monospace"]
    return gr.themes.Base(
        primary_hue="teal", neutral_hue="stone", radius_size="md", font=sans, font_mono=mono
    )


def _head() -> str:
    words = page_words()
    names = {
        "lm-chat": words.conversation_name,
        "lm-sources": words.sources_name,
        "asked": words.asked,
        "replied": words.replied,
    }
    return (
        '<meta name="color-scheme" content="light dark">'
        f'<style media="print">{_static("print.css")}</style>'
        f"<script>const NAMES = {json.dumps(names)};\n{_static('page.js')}</script>"
    )


def _static(name: str) -> str:
    return resources.files("ui").joinpath("static", name).read_text(encoding="utf-8")


def _css() -> str:
    # The stretch that a link points at stands out, in every block that it runs through.
    pointed_at = ", ".join(
        f"body:has(#s-{number}:target) mark.s-{number}" for number in range(1, _TARGETS + 1)
    )
    return (
        f"{_static('page.css')}\n{pointed_at} {{ background: var(--lm-mark-strong) !important; }}\n"
    )
