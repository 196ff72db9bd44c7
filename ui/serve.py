"""Runs the service in uvicorn, until it is told to stop."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from assistant.assistant import Assistant
from corpus import Corpus, SettingsError
from safety.guard import Guard
from safety.near_miss import NearMisses
from ui.logs import set_up_logs
from ui.page import PageTexts
from ui.server import build_app
from ui.service import Service, no_near_misses
from ui.settings import ServiceSettings
from ui.store import Store
from ui.wording import page_words

if TYPE_CHECKING:
    from fastapi import FastAPI


def make_app(assistant: Assistant, settings: ServiceSettings) -> FastAPI:
    """Return the application for an assistant."""
    store_path = settings.store_path
    store = Store(store_path, settings.store_messages) if store_path is not None else None
    guard = assistant.guard
    near = NearMisses(guard.compiled) if isinstance(guard, Guard) else no_near_misses
    service = Service(assistant, settings, assistant.version, store, near)
    messages = assistant.policy.messages
    entries = messages["contraindication"]
    texts = PageTexts(
        standing_note=messages["standing_note"]["message"],
        names={name: str(entry["name"]) for name, entry in entries.items()},
    )
    examples = page_words().examples if _is_bundled(assistant.corpus) else ()
    return build_app(service, texts, examples)


def _is_bundled(corpus: Corpus) -> bool:
    """Say whether the example questions fit: they are about the bundled documents."""
    return corpus.fingerprint == Corpus.bundled().fingerprint


def serve(assistant: Assistant, settings: ServiceSettings) -> None:
    """Serve the page until the process is told to stop.

    Raises:
        SettingsError: The address or the port cannot be used.
    """
    listener = _listener(settings)
    set_up_logs(settings.log_level)
    app = make_app(assistant, settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level=settings.log_level.lower(),
        access_log=False,
        server_header=False,
        root_path=settings.root_path,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"open http://{shown}:{port} in a browser; stop with Ctrl+C\n")
    uvicorn.Server(config).run(sockets=[listener])


def _listener(settings: ServiceSettings) -> socket.socket:
    """Bind before anything slow is done, so that a port in use is known at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        # Without listening, a second bind with SO_REUSEADDR would succeed.
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {settings.host} port {settings.port} ({error.strerror or error});"
            " choose another with --host and --port"
        ) from error
    return listener
